/// A partner's own referrals, newest first, in slices.
public struct SubmissionScan: Sendable {
  private let partner: Int
  private let onlyOpen: Bool
  /// Exactly this one; empty: any.
  private let reference: String
  /// Number of the next referral to look at, 0: no more; nil: it has not begun. The place that a
  /// page token stands for.
  public private(set) var next: UInt32?

  public init(
    of partner: PrincipalID, onlyOpen: Bool = false, reference: String = "",
    from next: UInt32? = nil
  ) {
    self.partner = partner.index
    self.onlyOpen = onlyOpen
    self.reference = reference
    self.next = next
  }

  /// Whether the position is one of this partner's.
  public func isSound(in engine: Engine) -> Bool {
    guard let next, next != 0 else { return true }
    return Int(next) <= engine.referrals.count
      && engine.referrals[Int(next) - 1].partner.index == partner
  }

  public var isAtEnd: Bool { next == 0 }

  /// Appends ids until there are `most`, or `budget` referrals were looked at. True: there are
  /// `most`, or that was all.
  public mutating func step(
    in engine: Engine, budget: Int, most: Int, into rows: inout [ReferralID]
  ) -> Bool {
    guard engine.principals.indices.contains(partner) else { return true }
    var number = next ?? engine.principals[partner].lastSubmission
    defer { next = number }
    var budget = budget
    while number != 0, rows.count < most {
      guard budget > 0 else { return false }
      budget -= 1
      let index = Int(number) - 1
      let isMeant =
        (!onlyOpen || engine.isOpen(engine.referrals[index].state))
        && (reference.isEmpty || engine.referrals[index].partnerReference == reference)
      if isMeant { rows.append(ReferralID(index: index)) }
      number = engine.referrals[index].previousOfPartner
    }
    return true
  }
}

/// Assisters in the order their credentials were made, in slices.
public struct AssisterScan: Sendable {
  private let registration: RegistrationState?
  private let onlyAvailable: Bool
  private let needle: String
  /// Index of the next principal to look at: the place that a page token stands for.
  public private(set) var next: Int
  public private(set) var isAtEnd = false

  /// - Parameter nameContains: letters of any case; empty: any.
  public init(
    registration: RegistrationState? = nil, onlyAvailable: Bool = false,
    nameContains: String = "", from next: Int = 0
  ) {
    self.registration = registration
    self.onlyAvailable = onlyAvailable
    needle = nameContains.lowercased()
    self.next = max(0, next)
  }

  /// Appends ids until there are `most`, or `budget` principals were looked at. True: there are
  /// `most`, or that was all.
  public mutating func step(
    in engine: Engine, budget: Int, most: Int, into rows: inout [PrincipalID]
  ) -> Bool {
    var budget = budget
    while next < engine.principals.count {
      guard rows.count < most else { return true }
      guard budget > 0 else { return false }
      budget -= 1
      if isMeant(next, engine) { rows.append(PrincipalID(index: next)) }
      next += 1
    }
    isAtEnd = true
    return true
  }

  private func isMeant(_ index: Int, _ engine: Engine) -> Bool {
    guard engine.principals[index].role == .assister else { return false }
    if let registration, engine.assisters[index].registration != registration { return false }
    if onlyAvailable, !engine.isAvailable(index) { return false }
    return needle.isEmpty || engine.principals[index].name.lowercased().contains(needle)
  }
}
