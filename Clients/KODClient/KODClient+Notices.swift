public import KODWire

// What notifiers answer (R65).

extension KODClient {
  /// Begins to receive notices: those that are pending, then whatever comes (R65).
  ///
  /// - Parameter channels: those that this notifier serves; none: all. What it does not acknowledge
  ///   takes up its share of the notices that the server tells at a time.
  public func noticeStream(channels: [NoticeChannel] = []) -> NoticeStream {
    NoticeStream(
      stream: CallStream(
        self, .Notices.subscribeNotices, SubscribeNoticesRequest(channels: channels),
        isLasting: true))
  }

  /// Sent may be followed by delivered or failed; delivered and failed are final. Repeating it
  /// changes nothing.
  public func acknowledgeNotice(
    _ request: AcknowledgeNoticeRequest, timeout: Duration? = nil
  ) async throws(ClientError) -> AcknowledgeNoticeResponse {
    try await call(
      .Notices.acknowledgeNotice, request, timeout: timeout, repetition: .safe)
  }
}
