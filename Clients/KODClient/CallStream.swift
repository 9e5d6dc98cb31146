internal import KODWire

/// One stream as its reader holds it: it ends when nobody holds it any more.
final class CallStream: Sendable {
  let buffer: StreamBuffer
  private let ticket: ClientStateMachine.Ticket
  /// A client lives as long as its stream is held.
  private let client: KODClient

  init(
    _ client: KODClient, _ method: Method, _ request: some WireMessage, isLasting: Bool
  ) {
    let core = client.core
    let ticket = CallHandle().ticket
    self.client = client
    self.ticket = ticket
    buffer = StreamBuffer(capacity: core.configuration.subscriptionBufferEvents) { _ in
      core.post(.streamCaughtUp(ticket))
    }
    let call = StreamCall(method, payload: request.encoded(), isLasting: isLasting)
    core.post(.openStream(ticket, call, buffer))
  }

  deinit { client.core.post(.closeStream(ticket)) }

  /// The server stops sending; what was received may still be read.
  func cancel() {
    client.core.post(.closeStream(ticket))
    buffer.finish()
  }
}
