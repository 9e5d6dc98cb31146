/// Everything an assister was ever offered or given, newest first, a row for each referral (R70,
/// R71), in slices.
///
/// The Offers and the work of an assister are chains from the newest back. The scan goes down both
/// at once and gives a referral where it first meets it; further down it is recognised because a
/// newer row of it lies between the start of the list and here.
public struct ReferralScan: Sendable {
  private let assister: Int
  private let filter: ReferralFilter
  private let needle: String
  /// Nil: it has not begun.
  public private(set) var position: ReferralPosition?

  /// - Parameter position: where an earlier page ended; nil: from the newest on.
  public init(
    of assister: PrincipalID, _ filter: ReferralFilter, from position: ReferralPosition? = nil
  ) {
    self.assister = assister.index
    self.filter = filter
    self.position = position
    needle = filter.noteContains.lowercased()
  }

  /// Whether the position is one that a list of this assister can have had.
  public func isSound(in engine: Engine) -> Bool {
    guard let position else { return true }
    guard engine.assisters.indices.contains(assister) else { return false }
    let offers = [position.offer, position.newestOffer]
    let work = [position.assignment, position.newestAssignment]
    return position.offer <= position.newestOffer
      && position.assignment <= position.newestAssignment
      && offers.allSatisfy { number in
        number == 0
          || number <= engine.offers.count
            && engine.offers[Int(number) - 1].assisterIndex == assister
      }
      && work.allSatisfy { number in
        number == 0
          || number <= engine.assignments.count
            && engine.assignments[Int(number) - 1].assisterIndex == assister
      }
  }

  /// Appends rows until there are `most`, or `budget` rows were looked at. True: there are `most`,
  /// or that was all; `isAtEnd` tells which.
  public mutating func step(
    in engine: Engine, budget: Int, most: Int, into rows: inout [ReferralRowView]
  ) -> Bool {
    guard engine.assisters.indices.contains(assister) else { return true }
    var position = self.position ?? start(in: engine)
    var budget = budget
    defer { self.position = position }
    while !isAtEnd(position), rows.count < most {
      guard budget > 0 else { return false }
      budget -= 1
      let offer = position.offer == 0 ? nil : engine.offers[Int(position.offer) - 1]
      let work = position.assignment == 0 ? nil : engine.assignments[Int(position.assignment) - 1]
      if let work, work.offer != nil || (offer.map { $0.offeredAt <= work.startedAt } ?? true) {
        // Accepted work is listed with its Offer.
        if work.offer == nil { give(work, position, engine, &rows) }
        position.assignment = work.previousOfAssister
        if let from = filter.from, work.startedAt < from { position.assignment = 0 }
      } else if let offer {
        give(offer, OfferID(UInt64(position.offer)), position, engine, &rows)
        position.offer = offer.previousOfAssister
        if let from = filter.from, offer.offeredAt < from { position.offer = 0 }
      }
    }
    return true
  }

  /// Whether nothing is left to look at.
  public var isAtEnd: Bool { position.map { isAtEnd($0) } ?? false }

  private func isAtEnd(_ position: ReferralPosition) -> Bool {
    position.offer == 0 && position.assignment == 0
  }

  private func start(in engine: Engine) -> ReferralPosition {
    let row = engine.assisters[assister]
    return ReferralPosition(
      offer: row.lastOffer, assignment: row.lastAssignment, newestOffer: row.lastOffer,
      newestAssignment: row.lastAssignment)
  }

  private func give(
    _ offer: Offer, _ id: OfferID, _ position: ReferralPosition, _ engine: Engine,
    _ rows: inout [ReferralRowView]
  ) {
    guard isInPeriod(offer.offeredAt), fits(offer) else { return }
    let referral = offer.referralIndex
    guard matches(referral, engine) else { return }
    let newest = engine.newestOffer(
      of: referral, to: assister, through: position.newestOffer, where: fits)
    guard newest == id.index else { return }
    if filter.isAboutAnyOffer {
      let given = givenByHand(referral, position, engine)
      guard given.map({ $0.startedAt < offer.offeredAt }) ?? true else { return }
    }
    give(engine.row(referral, assister, offer: id, at: offer.offeredAt), engine, &rows)
  }

  private func give(
    _ work: AssignmentRow, _ position: ReferralPosition, _ engine: Engine,
    _ rows: inout [ReferralRowView]
  ) {
    guard filter.isAboutAnyOffer, isInPeriod(work.startedAt) else { return }
    let referral = work.referralIndex
    guard matches(referral, engine) else { return }
    let newest = engine.newestOffer(of: referral, to: assister, through: position.newestOffer)
    if let newest, engine.offers[newest].offeredAt > work.startedAt { return }
    guard givenByHand(referral, position, engine)?.startedAt == work.startedAt else { return }
    give(engine.row(referral, assister, offer: nil, at: work.startedAt), engine, &rows)
  }

  private func give(_ row: ReferralRowView, _ engine: Engine, _ rows: inout [ReferralRowView]) {
    if filter.onlyHeld {
      guard row.isHolder, row.assignmentEnd == nil else { return }
    }
    if !filter.outcomes.isEmpty {
      guard row.assignmentEnd == .closed, case .closed(let outcome) = row.state,
        filter.outcomes.contains(outcome)
      else { return }
    }
    rows.append(row)
  }

  /// The assister's newest work on it that was given by hand before the list began.
  private func givenByHand(
    _ referral: Int, _ position: ReferralPosition, _ engine: Engine
  ) -> AssignmentRow? {
    var number = engine.referrals[referral].lastAssignment
    while number != 0 {
      let work = engine.assignments[Int(number) - 1]
      if work.assisterIndex == assister, work.offer == nil, number <= position.newestAssignment {
        return work
      }
      number = work.previousOfReferral
    }
    return nil
  }

  private func fits(_ offer: Offer) -> Bool {
    (filter.states.isEmpty || filter.states.contains(offer.state))
      && (filter.kind == nil || filter.kind == offer.kind)
  }

  private func isInPeriod(_ instant: Instant) -> Bool {
    (filter.from.map { $0 <= instant } ?? true) && (filter.to.map { instant < $0 } ?? true)
  }

  private func matches(_ index: Int, _ engine: Engine) -> Bool {
    if let county = filter.county, engine.referrals[index].county != county { return false }
    if let help = filter.helpType, engine.referrals[index].helpType != help { return false }
    guard !needle.isEmpty else { return true }
    let note = engine.note(of: PrincipalID(index: assister), on: ReferralID(index: index)) ?? ""
    return note.lowercased().contains(needle)
  }
}

extension Engine {
  /// The index of the newest Offer of the referral to the assister that fits, as far as Offers up to
  /// number `through` go.
  func newestOffer(
    of referral: Int, to assister: Int, through last: UInt32,
    where fits: (Offer) -> Bool = { _ in true }
  ) -> Int? {
    for run in referrals[referral].runs.reversed() where run.first < Int(last) {
      let end = min(run.first + run.count, Int(last))
      let offer = (run.first..<end).partitionPoint { [offers] in
        offers[$0].assisterIndex < assister
      }
      if offer < end, offers[offer].assisterIndex == assister, fits(offers[offer]) { return offer }
    }
    return nil
  }

  /// The assister's newest work on the referral.
  func newestAssignment(of referral: Int, to assister: Int) -> UInt32 {
    var number = referrals[referral].lastAssignment
    while number != 0, assignments[Int(number) - 1].assisterIndex != assister {
      number = assignments[Int(number) - 1].previousOfReferral
    }
    return number
  }

  /// The referral as the assister may list it; nil: never offered or given to it.
  public func referralRow(_ id: ReferralID, of assister: PrincipalID) -> ReferralRowView? {
    guard referrals.indices.contains(id.index), let index = assisterIndex(assister) else {
      return nil
    }
    let offer = newestOffer(of: id.index, to: index, through: .max)
    let work = newestAssignment(of: id.index, to: index)
    if work != 0 {
      let row = assignments[Int(work) - 1]
      let isNewest = offer.map { offers[$0].offeredAt <= row.startedAt } ?? true
      if row.offer == nil, isNewest {
        return self.row(id.index, index, offer: nil, at: row.startedAt)
      }
    }
    return offer.map {
      row(id.index, index, offer: OfferID(index: $0), at: offers[$0].offeredAt)
    }
  }

  func row(
    _ referral: Int, _ assister: Int, offer: OfferID?, at: Instant
  ) -> ReferralRowView {
    let id = ReferralID(index: referral)
    let number = newestAssignment(of: referral, to: assister)
    let work = number == 0 ? nil : assignments[Int(number) - 1]
    let isHolder = holder(of: referrals[referral])?.index == assister
    let offerRow = offer.map { offers[$0.index] }
    return ReferralRowView(
      referral: id, offer: offer, at: at,
      endedAt: offerRow.flatMap { $0.state == .pending ? nil : $0.closedAt },
      assignment: AssignmentID(row: number), isHolder: isHolder, wasHolder: work != nil,
      state: isHolder ? referrals[referral].state : nil, assignmentEnd: work?.end,
      callbackDue: isHolder ? work.map { callbackDue($0) } : nil,
      overdue: work.map { isOverdue($0) } ?? false, attempts: UInt32(work?.attempts ?? 0),
      note: note(of: PrincipalID(index: assister), on: id) ?? "",
      withdrawal: offerRow?.withdrawal, helpType: referrals[referral].helpType,
      language: languages[referrals[referral].language], county: referrals[referral].county,
      submittedAt: referrals[referral].submittedAt)
  }

  /// Every Offer of the referral, oldest first.
  public func offers(of id: ReferralID) -> [OfferID] {
    guard let referral = referralRow(id) else { return [] }
    return referral.runs.flatMap { run in
      (run.first..<run.first + run.count).map { OfferID(index: $0) }
    }
  }
}
