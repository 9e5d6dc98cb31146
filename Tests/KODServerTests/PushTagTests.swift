import KODEngine
import KODWire
import Testing

@testable import KODServer

@Suite("The tag of a push") struct PushTagTests {
  private typealias Body = KODEngine.Push.Body

  private static let offer = OfferID(7)
  private static let referral = ReferralID(9)

  private static func tag(_ body: Body, in engine: Engine = Engine(policy: .phase15)) -> PushTag {
    PushTag(
      KODEngine.Push(
        principal: PrincipalID(1), offset: 3, at: Instant(microseconds: 0), body: body),
      in: engine)
  }

  @Test("It says what the push is about, so that a later word on the same is recognised")
  func topics() {
    let expected: [(Body, PushTag.Topic, UInt64)] = [
      (.offerOpened(Self.offer), .offerOpened, 7),
      (.offerReminder(Self.offer, number: 1), .offerReminder, 7),
      (.offerClosed(Self.offer, .rejected, missedInARow: 0, withdrawal: nil), .offerClosed, 7),
      (.registrationChanged(.active, missedInARow: 0), .lasting, 0),
      (.assignmentEnded(Self.referral, .mass, .released), .assignmentEnded, 9),
      (.assisterDeregistered(PrincipalID(2)), .lasting, 0),
      (.referralUpdate(Self.referral, .mass, promiseMissed: false), .referralUpdate, 9),
      (.referralUpdate(Self.referral, .mass, promiseMissed: true), .promiseMissed, 9),
      (.assignmentReminder(Self.referral, number: 2), .assignmentReminder, 9),
      (.assignmentGiven(Self.referral), .lasting, 0),
      (.availabilityChanged([], .off, overrideCleared: false), .availability, 0),
      (.policyChanged(version: 4), .policy, 0),
    ]
    for (body, topic, subject) in expected {
      #expect(
        Self.tag(body)
          == PushTag(offset: 3, subject: subject, usefulUntil: .distantFuture, topic: topic))
    }
  }

  @Test("An offer and its reminders are of use until its deadline, its end for ever")
  func deadline() throws {
    var tags: [PushTag] = []
    var deadline: Instant?
    _ = try TestServer([("alice", .assister), ("portal", .intakePartner)]) { state in
      let portal = try #require(state.engine.principal(named: "portal")?.id)
      let county = try #require(County(fips: 21_067))
      _ = try state.perform(
        .submit(
          portal,
          Submission(
            idempotencyKey: 1, partnerReference: "r", helpType: .both, language: "en",
            county: county,
            contact: KODEngine.Contact(name: "Pat", phone: "+15025550100", notes: ""))),
        at: .now())
      let offer = OfferID(1)
      deadline = state.engine.offer(offer)?.deadline
      tags = [
        .offerOpened(offer), .offerReminder(offer, number: 2),
        .offerClosed(offer, .missed, missedInARow: 1, withdrawal: nil),
      ].map { Self.tag($0, in: state.engine) }
    }
    let until = try #require(deadline)
    #expect(tags.map(\.usefulUntil) == [until, until, .distantFuture])
  }
}
