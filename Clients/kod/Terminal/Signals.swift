import Foundation

/// Signals as a stream of their numbers, delivered outside of any handler.
///
/// The handler writes the number into a pipe, which is all that a handler may do; a thread reads it from
/// there. Handlers, unlike ignored signals, are not passed on to child processes.
enum Signals {
  /// The pipe's writing end. Set once before the first handler is installed, and never closed.
  nonisolated(unsafe) private static var writingEnd: Int32 = -1

  /// From now on these signals do nothing but appear in the stream. Once in a process.
  static func stream(_ numbers: [Int32]) -> AsyncStream<Int32> {
    let (stream, sender) = AsyncStream<Int32>.makeStream()
    var ends: [Int32] = [-1, -1]
    guard writingEnd < 0, pipe(&ends) == 0 else { return stream }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    // A full pipe must not block a handler.
    _ = fcntl(ends[1], F_SETFL, O_NONBLOCK)
    writingEnd = ends[1]
    let readingEnd = ends[0]
    Thread.detachNewThread {
      var number: UInt8 = 0
      while true {
        let count = read(readingEnd, &number, 1)
        if count == 1 {
          sender.yield(Int32(number))
        } else if count == 0 || errno != EINTR {
          break
        }
      }
    }
    for number in numbers { take(number) }
    return stream
  }

  private static func take(_ number: Int32) {
    signal(number) { number in
      let saved = errno
      var byte = UInt8(truncatingIfNeeded: number)
      _ = write(Signals.writingEnd, &byte, 1)
      errno = saved
    }
  }

  /// Stops the process as Control-Z does elsewhere, with all of its job, and returns when it goes on. Raised in this
  /// thread, so that nothing runs between the stop and the return; ignored by the system where no shell could wake
  /// the job again.
  static func stopJob() {
    signal(SIGTSTP, SIG_IGN)
    kill(0, SIGTSTP)
    signal(SIGTSTP, SIG_DFL)
    // Dispatch's threads block signals; a blocked stop would come at some later time, in some other thread.
    var stop = sigset_t()
    var before = sigset_t()
    sigemptyset(&stop)
    sigaddset(&stop, SIGTSTP)
    pthread_sigmask(SIG_UNBLOCK, &stop, &before)
    raise(SIGTSTP)
    pthread_sigmask(SIG_SETMASK, &before, nil)
    take(SIGTSTP)
  }
}
