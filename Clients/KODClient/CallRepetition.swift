/// Whether a call may be sent again when its answer was lost or the server was not able to serve it.
public enum CallRepetition: Sendable, Equatable {
  /// Sent at most once: a second execution could do something else than the first.
  case never
  /// Executing it twice is the same as once (it only reads, carries an idempotency key, or is
  /// idempotent by its nature, like accepting an offer, R28): repeated until its deadline.
  case safe
}
