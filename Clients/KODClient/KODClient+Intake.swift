public import KODWire

// What intake partners read.

extension KODClient {
  /// The caller's own referrals, newest first.
  public func listSubmissions(
    _ request: ListSubmissionsRequest, timeout: Duration? = nil
  ) async throws(ClientError) -> ListSubmissionsResponse {
    try await call(
      .Intake.listSubmissions, request, timeout: timeout, repetition: .safe)
  }
}
