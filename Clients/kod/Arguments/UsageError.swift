/// The command line, or the configuration it names, can't be acted on; nothing was sent.
struct UsageError: Error, Equatable {
  var message: String
  /// The command whose help would tell more.
  var command: String?
  /// 2, unless the configuration itself says that the server is not there.
  var exit: ExitStatus

  init(_ message: String, command: String? = nil, exit: ExitStatus = .usage) {
    self.message = message
    self.command = command
    self.exit = exit
  }
}
