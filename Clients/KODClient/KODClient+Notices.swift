public import KODWire

// What notifiers answer (R65).

extension KODClient {
  /// Sent may be followed by delivered or failed; delivered and failed are final. Repeating it
  /// changes nothing.
  public func acknowledgeNotice(
    _ request: AcknowledgeNoticeRequest, timeout: Duration? = nil
  ) async throws(ClientError) -> AcknowledgeNoticeResponse {
    try await call(
      .Notices.acknowledgeNotice, request, timeout: timeout, repetition: .safe)
  }
}
