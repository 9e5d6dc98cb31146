internal import KODWire
internal import Synchronization

/// What the program's tasks ask of the loop. Each crosses in the loop's mailbox, in order.
enum ClientCommand: Sendable {
  case connect(Request<Welcome>, isPersistent: Bool)
  case call(Request<[UInt8]>, PendingCall)
  /// The task that waits for this request was cancelled.
  case cancel(ClientStateMachine.Ticket)
  case subscribe(SubscriptionBuffer, after: SubscriptionPosition?)
  case unsubscribe(SubscriptionBuffer)
  case subscriberCaughtUp(SubscriptionBuffer)
  case openStream(ClientStateMachine.Ticket, StreamCall, StreamBuffer)
  /// Nobody reads the stream any more.
  case closeStream(ClientStateMachine.Ticket)
  case streamCaughtUp(ClientStateMachine.Ticket)
  /// The program has made a renewed credential durable; or why it has not.
  case credentialKept(ClientError?)
  /// The program found an answer that does not decode, and why.
  case answerWasUnsound(String)
  case close(CheckedContinuation<Void, Never>?)
}

/// A task that waits for the loop.
struct Request<Answer: Sendable>: Sendable {
  let call: CallHandle
  let continuation: CheckedContinuation<Result<Answer, ClientError>, Never>
}

/// Names a request before it is made, so that a cancellation can overtake it and still be heard.
final class CallHandle: Sendable {
  private static let lastTicket = Atomic<ClientStateMachine.Ticket>(0)

  /// Unique in the process, and growing.
  let ticket: ClientStateMachine.Ticket
  /// Set before the `cancel` command is posted: if that comes before the request itself, the loop
  /// sees this when the request arrives.
  private let cancelled = Atomic(false)

  init() {
    ticket = Self.lastTicket.add(1, ordering: .relaxed).newValue
  }

  var isCancelled: Bool { cancelled.load(ordering: .acquiring) }
  func cancel() { cancelled.store(true, ordering: .releasing) }
}
