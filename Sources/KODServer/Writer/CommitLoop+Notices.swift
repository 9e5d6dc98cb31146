internal import KODEngine
internal import KODWire

/// Who takes notices to phones and mailboxes (R65): a few at most. Several share: each gets every notice.
struct Notifiers {
  private(set) var subscribers: [Subscriber] = []

  mutating func insert(_ subscriber: Subscriber) { subscribers.append(subscriber) }

  func contains(_ connection: ConnectionID) -> Bool {
    subscribers.contains { $0.connection == connection }
  }

  mutating func remove(_ connection: ConnectionID, call: UInt32?) {
    subscribers.removeAll { $0.matches(connection, call: call) }
  }
}

extension CommitLoop {
  /// What is not acknowledged comes first, the oldest before the newest; a notice that is made in between follows as
  /// news, because the subscriber is listed at the same moment.
  func subscribeNotices(_ call: CallRequest, on connection: ConnectionID) {
    guard !notifiers.contains(connection) else {
      outbox.fail(
        connection, call.call, .of(.subscriptionExists, "this session has a subscription"))
      return
    }
    // What has been made until here is among the outstanding ones.
    sendNotices()
    notifiers.insert(Subscriber(connection: connection, call: call.call))
    for id in state.engine.outstandingNotices() {
      guard let notice = Notice(id, in: state.engine) else { continue }
      outbox.item(connection, call.call, NoticeItem(item: .notice(notice)))
    }
    outbox.item(connection, call.call, NoticeItem(item: .stateEnd(StateEnd())))
  }

  /// News of notices since the last call, to every notifier.
  func sendNotices() {
    for news in state.takeNotices() where !notifiers.subscribers.isEmpty {
      guard let item = item(news) else { continue }
      for notifier in notifiers.subscribers {
        outbox.item(notifier.connection, notifier.call, NoticeItem(item: item))
      }
    }
  }

  private func item(_ news: NoticeNews) -> NoticeItem.Item? {
    switch news {
    case .opened(let id): Notice(id, in: state.engine).map { .notice($0) }
    case .withdrawn(let id): .withdrawn(NoticeWithdrawn(noticeId: id.number))
    }
  }

  func acknowledge(
    _ notice: NoticeID, _ noticeState: KODEngine.NoticeState, detail: String,
    _ call: CallRequest, on connection: ConnectionID
  ) {
    switch perform(.acknowledgeNotice(call.principal, notice, noticeState), at: call.receivedAt) {
    case .success:
      if noticeState == .failed {
        log.warning("notice-failed", ["notice": "\(notice.number)", "detail": detail])
      }
      outbox.respond(
        connection, call.call,
        AcknowledgeNoticeResponse(
          noticeId: notice.number, state: .init(rawValue: Int32(noticeState.rawValue))))
    case .failure(let rejection):
      outbox.fail(connection, call.call, Status(rejection))
    }
    sendPushes()
  }
}
