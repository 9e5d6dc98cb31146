import Foundation

/// The terminal in raw mode on its alternate screen, and back: on return, on signals, and on a crash.
enum RawTerminal {
  /// The settings to return to. Written once, before any handler can run, and only read after that; a signal
  /// handler can take no lock.
  nonisolated(unsafe) private static var original = termios()
  /// Whether there is something to restore; a plain int, for the same reason. Set and cleared by the one task that
  /// draws, and read by the crash handler.
  nonisolated(unsafe) private static var isRaw: sig_atomic_t = 0

  /// Alternate screen, no cursor, no wrapping, pasted text in brackets; and all of it undone, a frame begun
  /// (`?2026`) included.
  private static let enterSequence =
    "\u{1b}[?1049h\u{1b}[?25l\u{1b}[?7l\u{1b}[?2004h\u{1b}[2J"
  private static let leaveSequence: StaticString =
    "\u{1b}[?2026l\u{1b}[0m\u{1b}[?2004l\u{1b}[?7h\u{1b}[?25h\u{1b}[?1049l"

  static var isAvailable: Bool {
    isatty(STDIN_FILENO) == 1 && isatty(STDOUT_FILENO) == 1
  }

  /// False: this terminal can't be put into raw mode.
  static func enter() -> Bool {
    guard isRaw == 0 else { return true }
    guard tcgetattr(STDIN_FILENO, &original) == 0 else { return false }
    var raw = original
    cfmakeraw(&raw)
    // Output processing stays, so that a stray message of the runtime is readable.
    raw.c_oflag |= tcflag_t(OPOST)
    guard tcsetattr(STDIN_FILENO, TCSAFLUSH, &raw) == 0 else { return false }
    isRaw = 1
    installCrashHandlers()
    Output.write(enterSequence, to: STDOUT_FILENO)
    return true
  }

  /// After a stop: whoever had the terminal meanwhile may have left it in another mode.
  static func enterAgain() {
    leave()
    _ = enter()
  }

  /// May be called at any time, also from a signal handler: it uses nothing but tcsetattr and write.
  static func leave() {
    guard isRaw == 1 else { return }
    isRaw = 0
    _ = Foundation.write(
      STDOUT_FILENO, leaveSequence.utf8Start, leaveSequence.utf8CodeUnitCount)
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &original)
  }

  /// The end of a process that its terminal keeps from ending in order, by reading nothing: settings are restored,
  /// what was to be shown is dropped.
  static func abandon(status: Int32) -> Never {
    if isRaw == 1 {
      tcflush(STDOUT_FILENO, TCOFLUSH)
      tcsetattr(STDIN_FILENO, TCSANOW, &original)
    }
    _exit(status)
  }

  /// Signals that no handler of ours turns into an orderly end: restore, then die of them as usual.
  private static func installCrashHandlers() {
    for number in [SIGSEGV, SIGBUS, SIGILL, SIGTRAP, SIGABRT, SIGFPE] {
      signal(number) { number in
        RawTerminal.leave()
        signal(number, SIG_DFL)
        raise(number)
      }
    }
  }

  /// Columns and rows; 80 by 24 when the terminal does not say.
  static func size() -> (columns: Int, rows: Int) {
    var size = winsize()
    guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0, size.ws_row > 0
    else { return (80, 24) }
    return (Int(size.ws_col), Int(size.ws_row))
  }
}
