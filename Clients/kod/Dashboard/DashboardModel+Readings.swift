import KODWire

extension DashboardModel.Reading {
  /// True: ask now.
  mutating func begins(_ now: Int64) -> Bool {
    guard isStale, !isAsked, now >= notBefore else { return false }
    isStale = false
    isAsked = true
    notBefore = now + DashboardModel.pause
    return true
  }

  mutating func arrived(_ value: Value) {
    self.value = value
    isAsked = false
    failure = nil
  }

  mutating func failed(_ why: String, now: Int64) {
    isAsked = false
    isStale = true
    notBefore = now + DashboardModel.patience
    failure = why
  }

  /// After a connection: whatever was on its way is lost, and waiting is over.
  mutating func renew() {
    isStale = true
    isAsked = false
    notBefore = .min
  }

  /// When it will be asked for; nil: not by itself.
  var nextAsk: Int64? { isStale && !isAsked ? notBefore : nil }
}

/// Asking for what is shown, and no more often than it pays.
extension DashboardModel {
  /// Something happened that changes what the server would answer.
  mutating func markStale() {
    standing.isStale = true
    updates.isStale = true
    search.reading.isStale = true
    metrics.isStale = true
    detail?.record.isStale = true
  }

  mutating func renewAll() {
    standing.renew()
    updates.renew()
    search.reading.renew()
    search.isAskingMore = false
    metrics.renew()
    profile.renew()
    detail?.record.renew()
    detail?.why?.renew()
  }

  /// What is visible and stale is asked for.
  mutating func due(_ now: Int64) -> [Effect] {
    guard isConnected, live.role == .assister else { return [] }
    var questions: [Question] = []
    if let end = updates.value?.dayEndUs, end > 0, now >= end { updates.isStale = true }
    if standing.begins(now) { questions.append(.standing) }
    if profile.begins(now) { questions.append(.profile) }
    if let referral = detail?.referral {
      if detail?.record.begins(now) == true { questions.append(.record(referral)) }
      if detail?.why?.begins(now) == true { questions.append(.explain(referral)) }
    } else {
      switch tab {
      case .updates: if updates.begins(now) { questions.append(.updates) }
      case .referrals:
        if search.reading.begins(now) { questions.append(.referrals(search.request(ownClock))) }
      case .metrics:
        if metrics.begins(now) { questions.append(.metrics(metricsRequest(now))) }
      case .contact, .availability: break
      }
    }
    return questions.map { .ask($0) }
  }

  func metricsRequest(_ now: Int64) -> GetMetricsRequest {
    GetMetricsRequest(fromUs: ownClock.midnight(now, days: 1 - period.days))
  }

  // MARK: When something changes by itself

  /// Seconds are visible somewhere.
  var isTicking: Bool {
    if !isConnected || !live.rows.isEmpty { return true }
    guard tab == .updates || detail != nil else { return false }
    return live.assignments.contains { $0.state == .referralAssigned && $0.attempts.isEmpty }
  }

  /// The next instant at which the screen would be another, or something is to be asked; all countdowns change on the
  /// same whole seconds, so that they take one frame together.
  func wake(after now: Int64) -> Int64 {
    let minute: Int64 = 60_000_000
    var wakes = [(now / minute + 1) * minute]
    if isTicking {
      wakes.append((now / 1_000_000 + 1) * 1_000_000)
      wakes += live.rows.map(\.offer.deadlineUs)
    }
    if isConnected, live.role == .assister {
      var asks = [standing.nextAsk, profile.nextAsk]
      if let detail {
        asks += [detail.record.nextAsk, detail.why?.nextAsk]
      } else if tab == .updates {
        asks.append(updates.nextAsk)
        wakes.append(updates.value?.dayEndUs ?? 0)
      } else if tab == .referrals {
        asks.append(search.reading.nextAsk)
      } else if tab == .metrics {
        asks.append(metrics.nextAsk)
      }
      wakes += asks.compactMap { $0 }
    }
    return wakes.filter { $0 > now }.min() ?? now + minute
  }
}
