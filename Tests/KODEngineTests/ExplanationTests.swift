import Testing

@testable import KODEngine

@Suite("Why this one, why not me") struct ExplanationTests {
  private func moments(_ engine: Engine, _ name: String, _ referral: UInt64 = 1)
    -> [RoutingMomentView]
  {
    engine.explain(ReferralID(referral), to: engine.id(name))?.moments ?? []
  }

  @Test(
    "R37: the step that decided, and who was ahead by what",
    arguments: [
      ("10:00 portal submits application en 21067", "amy", RankStep.role),
      ("10:00 portal submits application en 21111", "far", .county),
      ("10:00 portal submits plan en 21067", "kim", .role),
    ])
  func steps(submission: String, loser: String, step: RankStep) throws {
    let engine = history(
      """
      09:00 amy registers agent en 21067
      09:01 kim registers kynector en 21067+21111
      09:02 far registers kynector en whole
      \(submission)
      """)
    let moment = try #require(moments(engine, loser).first)
    #expect(!moment.offered && moment.excluded.isEmpty && moment.decidedBy == step)
    #expect(moment.kind == .general && moment.at.clock == "10:00" && moment.historyKept)
    #expect(moment.own != nil && moment.chosen != nil)
    #expect(moment.candidates == (submission.contains("21111") ? 2 : 3))
  }

  @Test("R37: longest since the last Offer, Offers today, registration, id")
  func laterSteps() throws {
    let engine = history(
      """
      09:00 ann registers kynector en whole
      09:00 bob registers kynector en whole
      09:05 cat registers kynector en whole
      10:00 portal submits application en 21067
      10:01 ann accepts 1
      11:00 portal submits application en 21067
      """)
    let first = try #require(moments(engine, "bob").first)
    #expect(first.decidedBy == .id && first.chosen == first.own)
    #expect(try #require(moments(engine, "cat").first).decidedBy == .registration)
    let won = try #require(moments(engine, "ann").first)
    #expect(won.offered && won.decidedBy == nil && won.candidates == 3 && won.own == won.chosen)
    let second = try #require(moments(engine, "ann", 2).first)
    #expect(second.decidedBy == .lastOffer && second.own?.lastGeneralOffer?.clock == "10:00")
    #expect(second.own?.offersToday == 1 && second.chosen?.lastGeneralOffer == nil)
  }

  @Test(
    "R32 R36 R37: each cause that keeps somebody from being asked",
    arguments: [
      ("off", [ExclusionCause.notAvailable]), ("russian", [.otherLanguage]),
      ("far", [.otherCounty]), ("busy", [.hadOpenGeneralOffer]), ("full", [.notAvailable]),
      ("late", [.registeredLater, .notAvailable]), ("never", [.registeredLater, .notAvailable]),
    ])
  func causes(name: String, causes: [ExclusionCause]) throws {
    let engine = history(
      """
      08:00 full registers kynector en whole capacity 1
      08:10 portal submits application en 21067
      08:11 full accepts 1
      08:12 full calls 1 reached
      08:20 busy registers kynector en whole
      08:30 portal submits application en 21067
      08:31 off registers kynector en whole
      08:32 off is off
      08:33 russian registers kynector ru whole
      08:34 far registers kynector en 21195
      08:35 ann registers kynector en whole
      08:40 portal submits application en 21067
      08:41 late registers kynector en whole
      08:42 never watches
      """)
    guard name != "never" else {
      #expect(engine.explain(ReferralID(3), to: engine.id("never")) == nil)
      return
    }
    let moment = try #require(moments(engine, name, 3).first)
    #expect(Set(moment.excluded) == Set(causes) && !moment.offered)
    #expect(moment.candidates == 1)
    let blockers: Blockers? =
      switch name {
      case "off": .override
      case "full": .capacity
      case "late": .registration
      default: []
      }
    #expect(moment.blockers == blockers)
    #expect(engine.explain(ReferralID(9), to: engine.id(name)) == nil)
  }

  @Test("R6 R7 R38: general, mass and waiting, in order; what an assister did before counts")
  func story() throws {
    let engine = history(
      """
      09:00 ann registers kynector en whole
      09:01 bob registers kynector en whole
      10:00 portal submits application en 21067
      10:02 ann rejects 1
      10:16 cat registers kynector en whole
      10:40 time
      """)
    let ann = moments(engine, "ann")
    #expect(ann.map(\.kind) == [.general, .general, .mass, nil])
    #expect(ann.map(\.at.clock) == ["10:00", "10:02", "10:15", "10:30"])
    #expect(ann.map(\.offered) == [true, false, false, false])
    #expect(ann[1].excluded == [.wasAskedBefore] && ann[2].excluded == [.wasAskedBefore])
    #expect(ann[3].excluded == [.wasAskedBefore])
    let bob = moments(engine, "bob")
    #expect(bob.map(\.offered) == [false, true, false, false])
    #expect(bob[0].decidedBy == .registration && bob[2].excluded == [.hadOpenGeneralOffer])
    // She joined while mass was open.
    let cat = moments(engine, "cat")
    #expect(cat.map(\.kind) == [.general, .general, .mass, .mass, nil])
    #expect(cat.map(\.offered) == [false, false, false, true, false])
    #expect(cat[3].at.clock == "10:16" && cat[4].excluded == [.wasAskedBefore])
  }

  @Test("What was registered anew since is left out, and said so")
  func changedSince() throws {
    let engine = history(
      """
      09:00 ann registers kynector en 21067
      09:01 bob registers kynector en 21067
      10:00 portal submits application en 21067
      10:00:30 portal submits application en 21067
      10:01 portal submits application en 21067
      10:50 time
      12:00 portal submits application en 21067
      12:20 time
      """)
    var log: [Event] = []
    var changed = engine
    let change = ProfileChange(languages: ["ru"])
    let result = changed.perform(
      .saveProfile(engine.id("ann"), change), at: Instant("13:00"), log: &log)
    guard case .success = result else {
      Issue.record("\(result)")
      return
    }
    let moment = try #require(moments(changed, "ann", 2).first)
    #expect(!moment.historyKept && moment.own == nil && moment.decidedBy == nil)
    #expect(!moment.excluded.contains(.otherLanguage))
    #expect(try #require(moments(engine, "ann", 2).first).historyKept)
  }

  // MARK: Compared with the choice as it was made

  /// Everything an explanation may say, told plainly at the instant of the choice.
  struct Choice: Equatable {
    var offer: OfferID
    var blockers: [PrincipalID: Blockers] = [:]
    /// In R37's order.
    var ranking: [(assister: Int, rank: CandidateRank)] = []
    var all: [Int: CandidateRank] = [:]
    var days: [Int: Instant] = [:]

    static func == (left: Choice, right: Choice) -> Bool { left.offer == right.offer }
  }

  /// The full ranking of a general choice, from every assister one by one.
  private func ranking(_ engine: Engine, _ referral: ReferralID, _ at: Instant, _ offer: OfferID)
    -> Choice
  {
    var choice = Choice(offer: offer)
    let row = engine.referrals[referral.index]
    let policy = engine.policies[row.policy]
    let demand = Routing.Demand(general: row, policy)
    for index in engine.assisters.indices {
      let assister = engine.assisters[index]
      guard engine.principals[index].role == .assister, assister.registration != .none else {
        continue
      }
      choice.blockers[PrincipalID(index: index)] = engine.blockers(of: index)
      guard policy.roles.rank(row.helpType, assister.kind) != nil else { continue }
      let rank = CandidateRank(
        index, assister, demand, offersToday: assister.offersToday(at: at).count)
      choice.all[index] = rank
      choice.days[index] = engine.dayStart(of: index, at: at)
      let fits =
        engine.blockers(of: index).isEmpty
        && assister.languages.contains { engine.languages.isMatch($0, row.language) }
        && (assister.counties.isWholeState || assister.counties.contains(row.county))
        && assister.openGeneralOffer == nil && !engine.wasAsked(row, index)
      if fits { choice.ranking.append((index, rank)) }
    }
    choice.ranking.sort { $0.rank < $1.rank }
    return choice
  }

  @Test(
    "R37: over random histories, every explanation says what was true when the choice was made",
    arguments: [UInt64](1...8))
  func comparedWithThen(seed: UInt64) {
    var engine = Engine(policy: .phase15)
    var workload = Workload(seed: seed)
    var choices: [Choice] = []
    for _ in 0..<500 {
      // Instants apart from each other, and nothing late: changes of one instant come before its
      // choices.
      workload.now = workload.now + Instant.Interval(microseconds: 1)
      let command = workload.next(engine)
      var log: [Event] = []
      while let deadline = engine.nextDeadline, deadline < workload.now {
        note(&engine, .advance, at: deadline, &choices, &log)
      }
      note(&engine, plain(command), at: workload.now, &choices, &log)
    }
    var compared = 0
    var behind = 0
    for choice in choices {
      let offer = engine.offers[choice.offer.index]
      for index in engine.assisters.indices where engine.principals[index].role == .assister {
        guard
          let moment = engine.explain(
            ReferralID(index: offer.referralIndex), to: PrincipalID(index: index))?.moments
            .last(where: { $0.at == offer.offeredAt && $0.kind == .general })
        else { continue }
        compared += 1
        if check(moment, choice, index, offer, engine) { behind += 1 }
      }
    }
    #expect(compared > 100 && behind > 3)
  }

  /// Without what is not history: sessions, and schedules that were changed since.
  private func plain(_ command: Command) -> Command {
    switch command {
    case .setPolicy(var policy, let by, let reason, let version):
      policy.offerRequiresSession = false
      return .setPolicy(policy, by: by, reason: reason, expectedVersion: version)
    case .saveProfile(let id, var change):
      change.availability = nil
      return .saveProfile(id, change)
    case .extendOutlook: return .advance
    default: return command
    }
  }

  /// Performs it event by event, with the ranking before each general Offer.
  private func note(
    _ engine: inout Engine, _ command: Command, at now: Instant, _ choices: inout [Choice],
    _ log: inout [Event]
  ) {
    var shadow = engine
    var events: [Event] = []
    _ = engine.perform(command, at: now, log: &events)
    for event in events {
      if case .generalOffered(let id, let referral, let assister, let at, _, _) = event {
        let choice = ranking(shadow, referral, at, id)
        #expect(choice.ranking.first?.assister == assister.index)
        choices.append(choice)
      }
      shadow.apply(event)
    }
    log += events
  }

  /// Returns whether the assister was a candidate behind the one chosen.
  private func check(
    _ moment: RoutingMomentView, _ choice: Choice, _ index: Int, _ offer: Offer, _ engine: Engine
  ) -> Bool {
    let place = choice.ranking.firstIndex { $0.assister == index }
    #expect(moment.offered == (place == 0))
    if moment.candidates > 0 { #expect(Int(moment.candidates) == choice.ranking.count) }
    guard moment.historyKept else { return false }
    if place == nil {
      #expect(!moment.excluded.isEmpty, "\(moment)")
    } else {
      #expect(moment.excluded.isEmpty, "\(moment)")
    }
    if place != 0, let blockers = choice.blockers[PrincipalID(index: index)] {
      #expect(moment.blockers == blockers)
    }
    compare(moment.own, choice, index, offer, engine)
    compare(moment.chosen, choice, offer.assisterIndex, offer, engine)
    guard let place, place > 0 else { return false }
    if moment.own != nil, moment.chosen != nil {
      #expect(
        moment.decidedBy == choice.ranking[0].rank.firstDifference(from: choice.ranking[place].rank)
      )
    }
    return true
  }

  private func compare(
    _ facts: RankFacts?, _ choice: Choice, _ index: Int, _ offer: Offer, _ engine: Engine
  ) {
    guard let facts, let rank = choice.all[index] else { return }
    var then = RankFacts(rank)
    // Another schedule has other midnights.
    let isSameDay = engine.dayStart(of: index, at: offer.offeredAt) == choice.days[index]
    if !isSameDay { then.offersToday = facts.offersToday }
    #expect(facts == then)
  }

  @Test("An explanation gives the newest 32 moments")
  func bounded() throws {
    var script = Script(policy: .serial.with { $0.missesToDeregister = 0 })
    for number in 10..<60 { _ = script.run("09:00 a\(number) registers kynector en whole") }
    _ = script.run("10:00 portal submits application en 21067")
    _ = script.passTime(before: "> 30:00")
    let moments = moments(script.engine, "a59")
    #expect(moments.count == 32 && moments.map(\.at) == moments.map(\.at).sorted())
    #expect(moments.last?.kind == nil)
  }
}
