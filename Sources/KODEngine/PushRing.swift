extension Engine {
  /// Which events push what to whom, as a number that goes up when that changes: the same log then
  /// gives the pushes other offsets, and a subscriber of the version before must begin anew.
  public static let pushNumbering = 3
}

/// A principal's last pushes, 16 bytes each.
struct PushRing {
  /// The push of offset n is at (n - 1) modulo the window.
  private var kept: [PackedPush] = []
  /// The newest offset.
  private(set) var last: UInt64 = 0

  /// How many are kept: all of them, until the window is full.
  var count: Int { kept.count }

  init() {}

  /// Nil: not as many as are kept once `last` were appended.
  init?(last: UInt64, oldestFirst: [PackedPush]) {
    let window = UInt64(EngineLimits.keptPushes)
    guard UInt64(oldestFirst.count) == min(last, window) else { return nil }
    let turn = Int(last % window)
    kept = turn == last ? oldestFirst : Array(oldestFirst.suffix(turn) + oldestFirst.dropLast(turn))
    self.last = last
  }

  mutating func append(_ push: PackedPush) {
    if kept.count < EngineLimits.keptPushes {
      kept.append(push)
    } else {
      kept[Int(last % UInt64(EngineLimits.keptPushes))] = push
    }
    last += 1
  }

  /// `offset` must be one of the last `count`.
  subscript(offset: UInt64) -> PackedPush {
    kept[Int((offset - 1) % UInt64(EngineLimits.keptPushes))]
  }
}

/// A push without principal and offset. Bits: instant 52, kind 4, detail 8; subject 56, number 8.
struct PackedPush: Hashable {
  var head: UInt64
  var tail: UInt64

  init(head: UInt64, tail: UInt64) {
    self.head = head
    self.tail = tail
  }

  init(at: Instant, body: Push.Body) {
    let (kind, subject, detail, number): (UInt64, UInt64, UInt8, UInt8) =
      switch body {
      case .offerOpened(let offer): (1, offer.number, 0, 0)
      case .offerReminder(let offer, let number): (2, offer.number, 0, number)
      // An Offer that was withdrawn was not missed: one number serves both.
      case .offerClosed(let offer, let state, let missed, let withdrawal):
        (3, offer.number, state.rawValue, withdrawal?.rawValue ?? missed)
      case .registrationChanged(let state, let missed): (4, 0, state.rawValue, missed)
      case .assignmentEnded(let referral, let state, let cause):
        (5, referral.number, state.packed, cause.rawValue)
      case .assisterDeregistered(let assister): (7, UInt64(assister.number), 0, 0)
      case .referralUpdate(let referral, let state, let promiseMissed):
        (8, referral.number, state.packed, promiseMissed ? 1 : 0)
      case .assignmentReminder(let referral, let number): (9, referral.number, 0, number)
      case .assignmentGiven(let referral): (10, referral.number, 0, 0)
      case .referralAlert(let referral, let kind, let cause):
        (13, referral.number, kind.rawValue, cause?.rawValue ?? 0)
      case .availabilityChanged(let blockers, let override, let cleared):
        (11, 0, blockers.rawValue, override.rawValue | (cleared ? 16 : 0))
      case .policyChanged(let version): (12, UInt64(version), 0, 0)
      }
    head = UInt64(at.microseconds) << 12 | kind << 8 | UInt64(detail)
    tail = subject << 8 | UInt64(number)
  }

  var at: Instant { Instant(microseconds: Int64(head >> 12)) }

  /// Nil: not a push that this version writes.
  var body: Push.Body? {
    let detail = UInt8(truncatingIfNeeded: head)
    let subject = tail >> 8
    let number = UInt8(truncatingIfNeeded: tail)
    switch head >> 8 & 15 {
    case 1: return .offerOpened(OfferID(subject))
    case 2: return .offerReminder(OfferID(subject), number: number)
    case 3:
      return OfferState(rawValue: detail).map {
        $0 == .withdrawn
          ? .offerClosed(
            OfferID(subject), $0, missedInARow: 0, withdrawal: WithdrawalCause(rawValue: number))
          : .offerClosed(OfferID(subject), $0, missedInARow: number, withdrawal: nil)
      }
    case 4:
      return RegistrationState(rawValue: detail).map {
        .registrationChanged($0, missedInARow: number)
      }
    case 5:
      guard let state = ReferralState(packed: detail), let cause = AssignmentEnd(rawValue: number)
      else { return nil }
      return .assignmentEnded(ReferralID(subject), state, cause)
    // Retired: 13 says it now.
    case 6:
      return WaitingCause(rawValue: detail).map {
        .referralAlert(ReferralID(subject), .waiting, $0)
      }
    case 7:
      return .assisterDeregistered(PrincipalID(UInt32(truncatingIfNeeded: subject)))
    case 8:
      return ReferralState(packed: detail).map {
        .referralUpdate(ReferralID(subject), $0, promiseMissed: number == 1)
      }
    case 9: return .assignmentReminder(ReferralID(subject), number: number)
    case 10: return .assignmentGiven(ReferralID(subject))
    case 13:
      return AlertKind(rawValue: detail).map {
        .referralAlert(ReferralID(subject), $0, WaitingCause(rawValue: number))
      }
    case 11:
      return AvailabilityOverride(rawValue: number & 15).map {
        .availabilityChanged(
          Blockers(rawValue: detail), $0, overrideCleared: number & 16 != 0)
      }
    case 12: return .policyChanged(version: UInt32(truncatingIfNeeded: subject))
    default: return nil
    }
  }

  /// Decodes, and packs again to the same bits unless its kind is retired.
  var isGenuine: Bool {
    guard let body else { return false }
    let isRetired = head >> 8 & 15 == 6
    return isRetired
      ? UInt8(truncatingIfNeeded: tail) == 0 : PackedPush(at: at, body: body) == self
  }
}

extension ReferralState {
  /// State above, cause or outcome below.
  var packed: UInt8 {
    switch self {
    case .general: 0x10
    case .mass: 0x20
    case .waiting(let cause): 0x30 | cause.rawValue
    case .assigned: 0x40
    case .contacted: 0x50
    case .closed(let outcome): 0x60 | outcome.rawValue
    case .cancelled: 0x70
    }
  }

  init?(packed: UInt8) {
    switch (packed >> 4, packed & 15) {
    case (1, 0): self = .general
    case (2, 0): self = .mass
    case (3, let cause):
      guard let cause = WaitingCause(rawValue: cause) else { return nil }
      self = .waiting(cause)
    case (4, 0): self = .assigned
    case (5, 0): self = .contacted
    case (6, let outcome):
      guard let outcome = Outcome(rawValue: outcome) else { return nil }
      self = .closed(outcome)
    case (7, 0): self = .cancelled
    default: return nil
    }
  }
}
