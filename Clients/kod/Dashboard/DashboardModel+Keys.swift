import KODWire

/// What keys do. Whoever types into a field types text; an overlay takes all keys; else the page and its row.
extension DashboardModel {
  mutating func press(_ key: Key, now: Int64) -> [Effect] {
    hint = ""
    defer { settleSelection() }
    switch key {
    case .interrupt: return [.quit]
    case .suspend: return [.suspend]
    case .redraw: return [.redraw]
    case .character("q") where isBlind: return [.quit]
    default: if isBlind { return [] }
    }
    if overlay != nil { return pressOverlay(key, now: now) }
    if tab == .contact, contact.form.editing != nil {
      pressField(key, now: now)
      return []
    }
    if tab == .availability, hours.form.editing != nil {
      pressField(key, now: now)
      return []
    }
    return pressPage(key, now: now)
  }

  private mutating func pressPage(_ key: Key, now: Int64) -> [Effect] {
    switch key {
    case .character("q"): return quit()
    case .character("?"): overlay = .help(0)
    case .character(let digit) where ("1"..."5").contains(digit):
      go(to: Tab(rawValue: digit.wholeNumberValue ?? 1) ?? .updates)
    case .tab: go(to: Tab(rawValue: tab.rawValue % 5 + 1) ?? .updates)
    case .backTab: go(to: Tab(rawValue: (tab.rawValue + 3) % 5 + 1) ?? .updates)
    case .character("o"): return switchAvailability(now: now)
    default:
      if detail != nil { return pressDetail(key, now: now) }
      switch tab {
      case .updates: return pressUpdates(key, now: now)
      case .referrals: return pressReferrals(key, now: now)
      case .metrics: pressMetrics(key)
      case .contact, .availability: return pressForm(key, now: now)
      }
    }
    return []
  }

  private mutating func quit() -> [Effect] {
    guard contact.form.isChanged || hours.form.isChanged else { return [.quit] }
    let page = contact.form.isChanged ? "Preferred Contact" : "My Availability"
    overlay = .confirmation(
      DashboardQuestion(text: "What you changed in \(page) is not saved. Quit?", purpose: .quit))
    return []
  }

  mutating func go(to tab: Tab) {
    self.tab = tab
    detail = nil
    isOwnSelection = false
    // A page that was not shown may have grown old.
    switch tab {
    case .updates: updates.isStale = true
    case .referrals: search.reading.isStale = true
    case .metrics: metrics.isStale = true
    case .contact, .availability: profile.isStale = true
    }
  }

  /// The server is needed, and not there.
  mutating func isCut() -> Bool {
    guard !isConnected else { return false }
    hint = "not connected: nothing was sent"
    return true
  }

  // MARK: Lists

  /// Steps of a list's keys; nil: not one of them.
  func step(_ key: Key) -> Int? {
    switch key {
    case .up, .character("k"): -1
    case .down, .character("j"): 1
    case .pageUp: -10
    case .pageDown: 10
    case .home, .character("g"): -1_000_000
    case .end, .character("G"): 1_000_000
    default: nil
    }
  }

  private mutating func pressUpdates(_ key: Key, now: Int64) -> [Effect] {
    if let step = step(key) {
      let items = items
      guard !items.isEmpty else { return [] }
      let current = selected.flatMap { items.firstIndex(of: $0) } ?? 0
      selected = items[min(max(current + step, 0), items.count - 1)]
      isOwnSelection = true
      live.guardedUntil = 0
      if case .offer(let offer) = selected { live.selected = offer }
      return []
    }
    return act(key, now: now)
  }

  private mutating func pressReferrals(_ key: Key, now: Int64) -> [Effect] {
    if let step = step(key) {
      guard search.move(step), !search.isAskingMore, isConnected else { return [] }
      search.isAskingMore = true
      return [.ask(.referrals(search.request(ownClock, page: search.nextPage)))]
    }
    switch key {
    case .character("/"): overlay = .filter(FilterForm(search.filter))
    case .escape:
      guard !search.filter.isEmpty else { return [] }
      search.search(ReferralFilter())
      hint = "everything is shown again"
    default: return act(key, now: now)
    }
    return []
  }

  private mutating func pressDetail(_ key: Key, now: Int64) -> [Effect] {
    if let step = step(key) {
      let scroll = detail?.scroll ?? 0
      detail?.scroll = max(0, scroll + step)
      return []
    }
    switch key {
    case .escape, .backspace, .left:
      detail = nil
      go(to: tab)
    case .character("w"):
      guard !isCut() else { return [] }
      if detail?.why == nil { detail?.why = Reading() } else { detail?.why = nil }
    case .enter: return []
    default: return act(key, now: now)
    }
    return []
  }

  private mutating func pressMetrics(_ key: Key) {
    switch key {
    case .left, .character("h"): turnPeriod(-1)
    case .right, .character("l"): turnPeriod(1)
    default:
      guard let step = step(key) else { return }
      metricsScroll = max(0, metricsScroll + step)
    }
  }

  private mutating func turnPeriod(_ step: Int) {
    guard let next = Period(rawValue: period.rawValue + step) else { return }
    period = next
    metrics = Reading()
    metricsScroll = 0
  }

  // MARK: A referral

  /// The keys that act on what is selected, on every page that shows referrals.
  private mutating func act(_ key: Key, now: Int64) -> [Effect] {
    let asking: Set<Character> = ["a", "r", "t", "c", "n", "x"]
    guard key == .enter || asking.contains(where: { key == .character($0) }) else { return [] }
    guard let target else {
      hint = "nothing is selected"
      return []
    }
    if key == .enter {
      detail = Detail(referral: target.referral)
      return []
    }
    guard !isCut() else { return [] }
    switch key {
    case .character("a"), .character("r"): return answer(key, target, now: now)
    case .character("n"): overlay = .prompt(.note(target.referral, target.note))
    default:
      guard let assignment = target.assignment else {
        hint = "referral \(target.referral) is not yours: only who holds it can do that"
        return []
      }
      hold(key, assignment)
    }
    return []
  }

  private mutating func answer(_ key: Key, _ target: Target, now: Int64) -> [Effect] {
    guard let offer = target.offer else {
      hint =
        live.rows.isEmpty
        ? "there is no open offer" : "this is no open offer: g selects the first one"
      return []
    }
    if live.selected != offer {
      live.selected = offer
      live.guardedUntil = 0
    }
    let wishes = live.press(key, now: now)
    hint = live.hint
    return effects(wishes)
  }

  private mutating func hold(_ key: Key, _ assignment: Assignment) {
    let referral = assignment.referralId
    switch key {
    case .character("t"):
      if assignment.state == .referralContacted {
        hint = "referral \(referral) is reached already: c closes it"
      } else {
        overlay = .choice(Choice(purpose: .attempt, referral: referral))
      }
    case .character("c"): overlay = .choice(Choice(purpose: .outcome, referral: referral))
    default: overlay = .prompt(.release(referral))
    }
  }

  // MARK: The switch

  private mutating func switchAvailability(now: Int64) -> [Effect] {
    guard !isCut(), let status = live.status else { return [] }
    if status.available, !live.rows.isEmpty {
      let count = live.rows.count
      overlay = .confirmation(
        DashboardQuestion(
          text:
            "Switching off gives back \(count == 1 ? "the open offer" : "\(count) open offers"). "
            + "Switch off?", purpose: .switchOff))
      return []
    }
    return effects(live.press(.character("v"), now: now))
  }
}
