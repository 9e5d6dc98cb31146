import KODEngine
import Testing

@Suite("Submission") struct SubmissionTests {
  private let first = "portal submits application en 21067 key 7"

  @Test("The same key with the same content is the same referral; nothing happens")
  func repeated() throws {
    var script = Script(policy: .phase15)
    _ = script.run("09:00 ann registers kynector en whole")
    _ = script.run("10:00 \(first)")
    let count = script.log.count
    #expect(script.run("10:01 \(first)") == [])
    #expect(script.log.count == count)
    #expect(script.engine.counts.referrals == 1)
  }

  @Test("The same key with other content is refused")
  func reused() {
    var script = Script(policy: .phase15)
    _ = script.run("10:00 \(first)")
    #expect(
      script.run("10:01 portal submits plan en 21067 key 7") == ["refused: idempotencyKeyReused"])
    #expect(script.engine.counts.referrals == 1)
  }

  @Test("Keys are a partner's own")
  func perPartner() {
    var script = Script(policy: .phase15)
    _ = script.run("10:00 \(first)")
    _ = script.run("10:01 other submits application en 21067 key 7")
    #expect(script.engine.counts.referrals == 2)
  }

  @Test("A key is remembered for 24 hours to the microsecond")
  func forgotten() {
    var script = Script(policy: .phase15)
    _ = script.run("10:00 \(first)")
    _ = script.run("33:59:59.999999 \(first)")
    #expect(script.engine.counts.referrals == 1)
    _ = script.run("34:00 \(first)")
    #expect(script.engine.counts.referrals == 2)
    // The newer referral answers for the key now, also after the older one's time has run out.
    _ = script.run("35:00 portal submits plan es 21067 key 8")
    _ = script.run("36:00 \(first)")
    #expect(script.engine.counts.referrals == 3)
  }

  @Test("A key survives encoding the state")
  func encoded() throws {
    var script = Script(policy: .phase15)
    _ = script.run("10:00 \(first)")
    script.engine = try Engine(decodingState: script.engine.encodeState().span.bytes)
    _ = script.run("10:05 \(first)")
    #expect(script.engine.counts.referrals == 1)
  }

  @Test("Names and credentials are unique; a principal is found by either")
  func principals() throws {
    var engine = Engine(policy: .phase15)
    var log: [Event] = []
    func create(_ name: String, _ credential: UInt64) -> Result<Decision.Subject, Rejection> {
      let new = NewPrincipal(
        name: name, role: .operator, credential: credential,
        tokenDigest: TokenDigest(high: 3, low: 4), capacity: 9)
      return engine.perform(.createPrincipal(new), at: .midnight, log: &log)
    }
    #expect(create("olive", 17) == .success(.principal(PrincipalID(1))))
    #expect(create("olive", 18) == .failure(.principalExists))
    #expect(create("oscar", 17) == .failure(.credentialExists))
    let credential = try #require(engine.credential(17))
    let record = try #require(engine.principal(credential.principal))
    #expect(record == engine.principal(named: "olive") && record.id == PrincipalID(1))
    #expect(record.role == .operator && record.capacity == 9)
    #expect(credential.tokenDigest.matches(TokenDigest(high: 3, low: 4)))
    #expect(engine.credential(18) == nil && engine.principal(named: "oscar") == nil)
    #expect(engine.standing(of: PrincipalID(1)) == nil)
  }

  @Test("Ids that name nothing are refused or unknown, never followed")
  func strangeIds() {
    var engine = Engine(policy: .phase15)
    var log: [Event] = []
    let nobody = PrincipalID(.max)
    for command: Command in [
      .accept(nobody, OfferID(.max)), .reject(PrincipalID(0), OfferID(0), reason: ""),
      .close(nobody, ReferralID(.max), .duplicate), .cancel(nobody, ReferralID(0)),
      .setAvailability(PrincipalID(0), .on),
      .register(nobody, Registration(kind: .agent, languages: [], counties: CountySet())),
    ] {
      guard case .failure = engine.perform(command, at: .midnight, log: &log) else {
        Issue.record("accepted: \(command)")
        continue
      }
    }
    _ = engine.perform(.offersDelivered([OfferID(0), OfferID(.max)]), at: .midnight, log: &log)
    #expect(log.isEmpty)
    #expect(engine.referral(ReferralID(.max)) == nil && engine.offer(OfferID(0)) == nil)
    #expect(engine.pushes(of: nobody, after: 0) == nil && engine.lastPushOffset(of: nobody) == 0)
    #expect(engine.openOffers(of: nobody).isEmpty && engine.standing(of: nobody) == nil)
  }
}
