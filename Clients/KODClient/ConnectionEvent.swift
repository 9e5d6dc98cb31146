public import KODWire

/// What becomes of a client's connection (`KODClient.Configuration.connectionChanged`).
public enum ConnectionEvent: Sendable {
  /// A session is up, for the first time or again.
  case connected(Welcome)
  /// The session was lost, or an attempt to have one has failed; another attempt follows by itself
  /// after `retryIn`.
  case disconnected(ClientError, retryIn: Duration)
  /// The server refused for good; nothing is tried any more.
  case ended(ClientError)
}
