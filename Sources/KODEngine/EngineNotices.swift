// Notices outside a session (R65). They follow from the events that open and end Offers, so that
// a mass opening costs no more log for them.

extension Engine {
  /// A notice is made for who has no session, but an address, while there is a notifier.
  mutating func openNotice(_ offer: Int, _ at: Instant) {
    let assister = offers[offer].assisterIndex
    guard
      notifiers > 0, !assisters[assister].hasSession,
      let channel = profiles[assister].contact?.channels.first
    else { return }
    offers[offer].hasNotice = true
    notices.append(NoticeRow(offer: offer, first: NoticeRow.Attempt(channel, at: at)))
    totals.noticesPending += 1
    freshNotices.append(.opened(NoticeID(OfferID(index: offer), attempt: 1)))
  }

  /// Its Offer has ended.
  mutating func withdrawNotice(_ offer: Int, _ at: Instant) {
    guard let row = noticeRow(of: offer) else { return }
    for attempt in 1...2 where notices[row][attempt]?.state == .pending {
      notices[row][attempt]?.state = .withdrawn
      notices[row][attempt]?.changedAt = at
      freshNotices.append(.withdrawn(NoticeID(OfferID(index: offer), attempt: attempt)))
      settledNotice()
    }
  }

  private mutating func settledNotice() {
    totals.noticesPending -= 1
    while firstPendingNotice < notices.count, !notices[firstPendingNotice].isPending {
      firstPendingNotice += 1
    }
  }

  func acknowledge(
    _ by: PrincipalID, _ id: NoticeID, _ state: NoticeState, _ now: Instant
  ) -> Decision {
    guard role(of: by) == .notifier else { return .rejected(.roleNotAllowed) }
    guard let current = noticeAttempt(id)?.state, current != .withdrawn else {
      return .rejected(.noticeUnknown)
    }
    if state == current, state != .pending { return .accepted([], .none) }
    switch (current, state) {
    case (.pending, .sent), (.pending, .delivered), (.pending, .failed), (.sent, .delivered),
      (.sent, .failed):
      return .accepted([.noticeAcknowledged(id, state, at: now)], .none)
    default: return .rejected(.noticeSettled)
    }
  }

  /// When the first channel fails the second one is tried.
  mutating func applyAcknowledgement(_ id: NoticeID, _ state: NoticeState, _ at: Instant) {
    let offer = id.offer.index
    guard let row = noticeRow(of: offer) else { return }
    let wasPending = notices[row][id.attempt]?.state == .pending
    notices[row][id.attempt]?.state = state
    notices[row][id.attempt]?.changedAt = at
    if state == .failed, id.attempt == 1, let channel = secondChannel(row) {
      notices[row].second = NoticeRow.Attempt(channel, at: at)
      totals.noticesPending += 1
      firstPendingNotice = min(firstPendingNotice, row)
      freshNotices.append(.opened(NoticeID(id.offer, attempt: 2)))
    }
    if wasPending { settledNotice() }
  }

  /// Nil: there is none, or it is of no use any more.
  private func secondChannel(_ row: Int) -> NoticeChannel? {
    let offer = offers[notices[row].offer]
    guard offer.state == .pending, !assisters[offer.assisterIndex].hasSession else { return nil }
    return profiles[offer.assisterIndex].contact?.channels.first {
      $0 != notices[row].first.channel
    }
  }

  /// R22: it reached a session, or a notifier says that word of it went out.
  func wasHandedOver(_ offer: Int) -> Bool {
    if offers[offer].delivered { return true }
    guard offers[offer].hasNotice, let row = noticeRow(of: offer) else { return false }
    return notices[row].wentOut
  }

  /// News of the notices since the last call, in order.
  public mutating func takeNotices() -> [NoticeNews] {
    let taken = freshNotices
    freshNotices.removeAll(keepingCapacity: true)
    return taken
  }

  // MARK: Queries

  /// Nil: there is none of that number.
  public func notice(_ id: NoticeID) -> NoticeView? {
    guard let attempt = noticeAttempt(id), let offer = offerRow(id.offer) else { return nil }
    let contact = profiles[offer.assisterIndex].contact ?? PreferredContact()
    return NoticeView(
      id: id, offer: id.offer, assister: PrincipalID(index: offer.assisterIndex),
      channel: attempt.channel,
      address: attempt.channel == .phone ? contact.phone : contact.email,
      language: assisters[offer.assisterIndex].languages.first.map { languages[$0] } ?? "",
      attempt: id.attempt, createdAt: attempt.createdAt, state: attempt.state,
      changedAt: attempt.changedAt)
  }

  /// Not acknowledged yet and with an address, the oldest Offer's first.
  public func outstandingNotices() -> [NoticeID] {
    var outstanding: [NoticeID] = []
    for row in notices[firstPendingNotice...] {
      for attempt in 1...2 where row[attempt]?.state == .pending {
        outstanding.append(NoticeID(OfferID(index: row.offer), attempt: attempt))
      }
    }
    return outstanding.filter { notice($0)?.address.isEmpty == false }
  }

  /// About one Offer, in order of the attempts.
  public func notices(of id: OfferID) -> [NoticeView] {
    [1, 2].compactMap { notice(NoticeID(id, attempt: $0)) }
  }

  // MARK: Rows

  func noticeAttempt(_ id: NoticeID) -> NoticeRow.Attempt? {
    guard let offer = offerRow(id.offer), offer.hasNotice else { return nil }
    return noticeRow(of: id.offer.index).flatMap { notices[$0][id.attempt] }
  }

  /// Index of the row about that Offer.
  func noticeRow(of offer: Int) -> Int? {
    let row = notices.indices.partitionPoint { [notices] in notices[$0].offer < offer }
    return row < notices.count && notices[row].offer == offer ? row : nil
  }
}

extension NoticeRow {
  var isPending: Bool { first.state == .pending || second?.state == .pending }
}

extension PreferredContact {
  /// With an address, in the order in which they are tried.
  var channels: [NoticeChannel] {
    let order: [NoticeChannel] = emailFirst ? [.email, .phone] : [.phone, .email]
    return order.filter { $0 == .phone ? !phone.isEmpty : !email.isEmpty }
  }
}
