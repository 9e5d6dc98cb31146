import KODWire
import Testing

@testable import kod

@Suite struct ExplanationTests {
  private let now = ScreenValues.now

  private func sentence(
    _ moment: RoutingMoment, kind: AssisterKind = .kynector, isOwn: Bool = true
  ) -> String {
    let lines = ExplanationWords.lines(
      Explanation(referralId: 7, assister: "ben", moments: [moment]), kind: kind, isOwn: isOwn,
      clock: ScreenValues.eastern, now: now, paper: Paper(columns: 400))
    #expect(lines.count >= 2)
    return lines.dropFirst().joined(separator: " ").replacing(/\s+/, with: " ")
  }

  private func lost(_ step: RankStep, own: RankFacts = RankFacts(), chosen: RankFacts = RankFacts())
    -> RoutingMoment
  {
    RoutingMoment(
      atUs: now, kind: .general, decidedBy: step, candidates: 3, own: own, chosen: chosen,
      historyKept: true)
  }

  @Test func `being asked alone says out of how many (R37)`() {
    var moment = RoutingMoment(
      atUs: now, kind: .general, offered: true, candidates: 1, historyKept: true)
    #expect(sentence(moment) == " 10:42:07 EDT You were asked alone: nobody else could be.")
    moment.candidates = 3
    moment.decidedBy = .byLastOffer
    #expect(
      sentence(moment)
        == " 10:42:07 EDT You were asked alone: first of 3 who could be, having waited longest since the last general "
        + "offer.")
    moment.kind = .mass
    #expect(
      sentence(moment, isOwn: false)
        == " 10:42:07 EDT ben was asked, together with everybody else who was eligible.")
  }

  @Test func `hours, language and the rest are named, all that apply (R37)`() {
    let moment = RoutingMoment(
      atUs: now, kind: .general, excluded: [.notAvailable, .otherLanguage], blockers: 1 << 3,
      historyKept: true)
    #expect(
      sentence(moment)
        == " 10:42:07 EDT It went to somebody else alone. You could not be asked: not available "
        + "(outside working hours); you do not help in this language.")
    #expect(sentence(moment, isOwn: false).contains("ben does not help in this language"))
  }

  @Test func `the step of the order that decided is said with both sides (R37)`() {
    #expect(sentence(lost(.byRole)).contains("agents are asked before kynectors for this help"))
    #expect(
      sentence(lost(.byRole), kind: .agent)
        .contains("kynectors are asked before agents for this help"))
    #expect(
      sentence(lost(.byCounty))
        .contains("the one asked helps in this very county, you help in the whole state"))
    let yesterday = now - 20 * ScreenValues.hour
    #expect(
      sentence(
        lost(
          .byLastOffer, own: RankFacts(lastGeneralOfferUs: now - 90 * ScreenValues.minute),
          chosen: RankFacts(lastGeneralOfferUs: yesterday))
      ).contains(
        "the one asked had waited longer since the last general offer (yesterday 14:42; you: 09:12)"
      ))
    #expect(
      sentence(lost(.byLastOffer, own: RankFacts(lastGeneralOfferUs: now))).contains(
        "(never had one;"))
    #expect(
      sentence(
        lost(.byOffersToday, own: RankFacts(offersToday: 3), chosen: RankFacts(offersToday: 1))
      )
      .contains("the one asked had 1 offer that day, you had 3"))
    #expect(sentence(lost(.byRegistration)).contains("registered longer"))
    #expect(
      sentence(
        lost(
          .byRegistration, own: RankFacts(registeredAtUs: now + 1),
          chosen: RankFacts(registeredAtUs: now))
      ).contains("the one asked has been registered longer, by less than a second."))
    #expect(sentence(lost(.byId)).contains("all else was equal"))
  }

  @Test func `every cause and every step has words of its own`() {
    let causes = ExclusionCause.allKnown.filter { $0.rawValue != 0 }.map { cause in
      sentence(RoutingMoment(atUs: now, kind: .mass, excluded: [cause], historyKept: true))
    }
    #expect(Set(causes).count == causes.count)
    let steps = RankStep.allKnown.map { sentence(lost($0)) }
    #expect(Set(steps).count == steps.count)
  }

  @Test func `what is not kept any more is said, and when nobody was found`() {
    let moment = RoutingMoment(atUs: now, excluded: [.otherCounty], historyKept: false)
    let words = sentence(moment)
    #expect(
      words.contains(
        "Nobody could be asked. You could not be asked: you do not help in this county."))
    #expect(words.hasSuffix("What your availability was so long ago is not kept any more."))
  }

  @Test func `nothing was decided yet`() {
    let lines = ExplanationWords.lines(
      Explanation(referralId: 7), kind: .agent, isOwn: true, clock: ScreenValues.eastern, now: now,
      paper: Paper())
    #expect(lines == ["Referral 7:", "  Nobody has been chosen for it yet."])
  }
}
