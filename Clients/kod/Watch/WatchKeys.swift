import KODWire

extension WatchModel {
  mutating func press(_ key: Key, now: Int64) -> [Effect] {
    hint = ""
    switch key {
    case .interrupt, .character("q"): return [.quit]
    case .suspend: return [.suspend]
    case .redraw: return [.redraw]
    case .up, .character("k"): move(-1)
    case .down, .character("j"): move(1)
    case .character("a"): return act(.accept, now: now)
    case .character("r"): return act(.reject, now: now)
    case .character("v"): return toggleAvailability()
    case .character(let character):
      if let number = character.wholeNumberValue, number > 0 { select(number) }
    case .enter: hint = "a accepts the selected offer, r rejects it"
    default: break
    }
    return []
  }

  private mutating func move(_ step: Int) {
    guard !rows.isEmpty else { return }
    let current = rows.firstIndex { $0.offer.offerId == selected } ?? 0
    let next = min(max(current + step, 0), rows.count - 1)
    selected = rows[next].offer.offerId
    guardedUntil = 0
  }

  private mutating func select(_ number: Int) {
    guard let row = rows.first(where: { $0.number == number }) else {
      hint = "there is no offer \(number) in the list"
      return
    }
    selected = row.offer.offerId
    guardedUntil = 0
  }

  private mutating func act(_ asking: Asking, now: Int64) -> [Effect] {
    // First: without a connection nobody knows whether there is an open offer.
    guard connection == .connected else {
      hint = "not connected: nothing was sent"
      return []
    }
    guard let index = rows.firstIndex(where: { $0.offer.offerId == selected }) else {
      hint = "there is no open offer"
      return []
    }
    guard now >= guardedUntil || rows[index].offer.referralId == guardedReferral else {
      hint = "the offer you had selected just ended: press again for offer \(selected ?? 0)"
      guardedUntil = 0
      return []
    }
    guard rows[index].asking == nil else {
      hint = "already asked; waiting for the server's answer"
      return []
    }
    rows[index].asking = asking
    let offer = rows[index].offer.offerId
    return [asking == .accept ? .accept(offer) : .reject(offer)]
  }

  private mutating func toggleAvailability() -> [Effect] {
    guard connection == .connected, let status else {
      hint = "not connected: nothing was sent"
      return []
    }
    return [.setAvailability(status.available ? .overrideOff : .overrideOn)]
  }
}
