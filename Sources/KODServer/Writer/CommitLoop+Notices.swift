internal import KODEngine
internal import KODWire

/// Who takes notices to phones and mailboxes (R65): a few at most. Several share: each gets every
/// notice of the channels that it serves.
///
/// A stream flows by credit: so many notices at most are in it that nobody has acknowledged. Further ones wait here, as
/// ids, and follow as those are acknowledged or withdrawn. So a burst is as long as the notifier is quick, and never
/// more than a connection may hold.
struct Notifiers {
  fileprivate struct Notifier {
    let subscriber: Subscriber
    /// Empty: all.
    let channels: Set<KODEngine.NoticeChannel>
    /// In the stream, neither acknowledged nor withdrawn.
    var open: Set<NoticeID> = []
    /// For later, the oldest first. Some are over by the time that there is room.
    var waiting: [NoticeID] = []
    var waitingStart = 0
    /// Waiting ones at which those that are over are dropped next.
    var tidiesAt = Notifiers.leastTidied
  }

  fileprivate static let leastTidied = 4_096

  private let maximumOpen: Int
  private var notifiers: [Notifier] = []

  init(maximumOpen: Int) { self.maximumOpen = maximumOpen }

  var isEmpty: Bool { notifiers.isEmpty }

  func contains(_ connection: ConnectionID) -> Bool {
    notifiers.contains { $0.subscriber.connection == connection }
  }

  /// - Parameter outstanding: the oldest first.
  mutating func insert(
    _ subscriber: Subscriber, channels: Set<KODEngine.NoticeChannel>, outstanding: [NoticeID]
  ) {
    notifiers.append(Notifier(subscriber: subscriber, channels: channels, waiting: outstanding))
  }

  /// Whether something waits for room in that stream.
  func hasWaiting(_ subscriber: Subscriber, isPending: (NoticeID) -> Bool) -> Bool {
    notifiers.contains { notifier in
      notifier.subscriber == subscriber
        && notifier.waiting[notifier.waitingStart...].contains(where: isPending)
    }
  }

  mutating func remove(_ connection: ConnectionID, call: UInt32?) {
    notifiers.removeAll { $0.subscriber.matches(connection, call: call) }
  }

  /// One more that every notifier of the channel is to be told.
  mutating func opened(
    _ notice: NoticeID, on channel: KODEngine.NoticeChannel, isPending: (NoticeID) -> Bool
  ) {
    for index in notifiers.indices
    where notifiers[index].channels.isEmpty || notifiers[index].channels.contains(channel) {
      notifiers[index].append(notice, isPending: isPending)
    }
  }

  /// Acknowledged or withdrawn: makes room. Returns in whose stream it was.
  @discardableResult
  mutating func settled(_ notice: NoticeID) -> [Subscriber] {
    var told: [Subscriber] = []
    for index in notifiers.indices where notifiers[index].open.remove(notice) != nil {
      told.append(notifiers[index].subscriber)
    }
    return told
  }

  /// Calls `tell` for what there is room for now.
  ///
  /// - Parameter tell: returns false when the notice is over; then it takes no room.
  mutating func fill(_ tell: (NoticeID, Subscriber) -> Bool) {
    for index in notifiers.indices {
      while notifiers[index].open.count < maximumOpen, let next = notifiers[index].next() {
        if tell(next, notifiers[index].subscriber) { notifiers[index].open.insert(next) }
      }
    }
  }
}

extension Notifiers.Notifier {
  fileprivate mutating func append(_ notice: NoticeID, isPending: (NoticeID) -> Bool) {
    waiting.append(notice)
    guard waiting.count >= tidiesAt else { return }
    waiting = waiting[waitingStart...].filter(isPending)
    waitingStart = 0
    tidiesAt = max(Notifiers.leastTidied, waiting.count * 2)
  }

  fileprivate mutating func next() -> NoticeID? {
    guard waitingStart < waiting.count else {
      waiting = []
      waitingStart = 0
      return nil
    }
    defer { waitingStart += 1 }
    return waiting[waitingStart]
  }
}

extension CommitLoop {
  /// What is not acknowledged comes first, the oldest before the newest, as far as there is room; a notice that is made
  /// in between follows as news, because the subscriber is listed at the same moment. `state_end` does not wait for
  /// room: a notifier may acknowledge nothing before it.
  func subscribeNotices(
    _ call: CallRequest, on connection: ConnectionID, channels: Set<KODEngine.NoticeChannel>
  ) {
    guard !notifiers.contains(connection) else {
      outbox.fail(
        connection, call.call, .of(.subscriptionExists, "this session has a subscription"))
      return
    }
    // What has been made until here is among the outstanding ones.
    sendNotices()
    let engine = state.engine
    let subscriber = Subscriber(connection: connection, call: call.call)
    notifiers.insert(
      subscriber, channels: channels,
      outstanding: engine.outstandingNotices().filter { id in
        channels.isEmpty || engine.notice(id).map { channels.contains($0.channel) } == true
      })
    fillNotifiers()
    let hasMore = notifiers.hasWaiting(subscriber) { engine.notice($0)?.state == .pending }
    outbox.boundedItem(
      connection, call.call, NoticeItem(item: .stateEnd(StateEnd(hasMore: hasMore))))
  }

  /// News of notices since the last call, to every notifier, and what there is room for by now.
  func sendNotices() {
    let news = state.takeNotices()
    guard !notifiers.isEmpty else { return }
    if !news.isEmpty { send(news, in: state.engine) }
    fillNotifiers()
  }

  private func send(_ news: [NoticeNews], in engine: Engine) {
    for news in news {
      switch news {
      case .opened(let id):
        guard let notice = engine.notice(id) else { continue }
        notifiers.opened(id, on: notice.channel) { engine.notice($0)?.state == .pending }
      case .withdrawn(let id):
        // Whoever has not been told of it need not be told that it is over.
        for subscriber in notifiers.settled(id) {
          outbox.boundedItem(
            subscriber.connection, subscriber.call,
            NoticeItem(item: .withdrawn(NoticeWithdrawn(noticeId: id.number))))
        }
      }
    }
  }

  private func fillNotifiers() {
    let engine = state.engine
    notifiers.fill { id, subscriber in
      guard engine.notice(id)?.state == .pending, let notice = Notice(id, in: engine),
        !notice.address.isEmpty
      else { return false }
      outbox.boundedItem(
        subscriber.connection, subscriber.call, NoticeItem(item: .notice(notice)))
      return true
    }
  }

  func acknowledge(
    _ notice: NoticeID, _ noticeState: KODEngine.NoticeState, detail: String,
    _ call: CallRequest, on connection: ConnectionID
  ) {
    switch perform(.acknowledgeNotice(call.principal, notice, noticeState), at: call.receivedAt) {
    case .success:
      notifiers.settled(notice)
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
