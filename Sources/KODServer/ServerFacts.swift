internal import Glibc
internal import KODEngine
internal import Synchronization

/// What loops and writer both need to know of the server.
final class ServerFacts: Sendable {
  let startedAt: Instant
  let streamEpoch: String
  /// Connections that have been welcomed and not closed.
  let sessions = Atomic<Int>(0)
  /// Numbers sessions from 1.
  let sessionCounter = Atomic<UInt64>(0)

  init(startedAt: Instant, streamEpoch: String) {
    self.startedAt = startedAt
    self.streamEpoch = streamEpoch
  }
}

/// How the process ends, for scripts and service managers.
public enum ExitStatus: Int32, Sendable {
  case done = 0
  /// Refused or failed.
  case failed = 1
  case usage = 2
  /// The log could not be written or synced. Outcomes of calls in flight are unknown; the next start reads the disk.
  case commitFailed = 74

  /// Ends at once, without unwinding: nothing that is not on disk may get out any more.
  public func exit() -> Never { _exit(rawValue) }
}
