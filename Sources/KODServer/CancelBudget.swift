/// What a session may still cancel: so many calls in a row, and so many a second in the long run. Opening and
/// cancelling is cheaper for a client than for the server, so that the client has to be slowed down. A token bucket;
/// pure.
struct CancelBudget {
  private static let unit: Int64 = 1_000

  /// In thousandths of a cancellation; time takes it back.
  private var spent: Int64 = 0
  private var countedAt: Int64 = 0

  /// One more, at that instant of the monotonic clock in milliseconds.
  ///
  /// - Returns: whether it is still within the limits.
  mutating func spend(at milliseconds: Int64, _ limits: Limits) -> Bool {
    let most = Int64(limits.cancelBurst) * Self.unit
    // As much as can be owed is regained in this time: a longer pause gives no more.
    let elapsed = min(max(0, milliseconds - countedAt), most)
    countedAt = milliseconds
    spent = max(0, spent - elapsed * Int64(limits.cancelsPerSecond)) + Self.unit
    return spent <= most
  }
}
