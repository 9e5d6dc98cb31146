import KODEngine
import TestSupport
import Testing

@Suite("Bytes of events and of the state") struct CodingTests {
  private func smallHistory() -> (engine: Engine, log: [Event]) {
    var engine = Engine(policy: .phase15)
    var log: [Event] = []
    var workload = Workload(seed: 3)
    for _ in 0..<45 { workload.step(&engine, &log) }
    return (engine, log)
  }

  /// With everything that is done with accepted work.
  private func workHistory() -> (engine: Engine, log: [Event]) {
    var script = WorkTests.held()
    for line in [
      "10:03 alice tries 1 noAnswer", "10:04 alice notes 1 later", "10:05 alice releases 1 ill",
      "10:06 ben accepts 2", "10:31 time passes", "10:32 sam takes 1 slow", "10:33 sam reruns 1 x",
      "10:34 portal submits both es 21067", "10:35 sam assigns 2 ben can", "10:50 server starts",
    ] { _ = script.run(line) }
    return (script.engine, script.log)
  }

  /// Every truncation, and every byte with one bit or all bits turned.
  private func damaged(_ bytes: [UInt8], _ body: ([UInt8]) -> Void) {
    for length in 0..<bytes.count { body(Array(bytes[..<length])) }
    for index in bytes.indices {
      for mask: UInt8 in [0x01, 0x10, 0x80, 0xff] {
        var copy = bytes
        copy[index] ^= mask
        body(copy)
      }
    }
  }

  @Test(
    "A damaged log decodes to something that is checked, or throws; it never traps",
    arguments: [false, true])
  func damagedLog(isOfWork: Bool) {
    let log = isOfWork ? workHistory().log : smallHistory().log
    var bytes: [UInt8] = []
    for event in log { event.encode(to: &bytes) }
    var refused = 0
    damaged(bytes) { copy in
      do throws(EngineCodingError) {
        var engine = Engine(policy: .phase15)
        for event in try Event.decodeAll(copy.span.bytes) {
          guard engine.fits(event) else {
            refused += 1
            break
          }
          engine.apply(event)
        }
      } catch {
        refused += 1
        #expect((0...copy.count).contains(error.offset))
      }
    }
    #expect(refused > bytes.count)
  }

  @Test(
    "A damaged state decodes to one that can be worked with, or throws; it never traps",
    arguments: [false, true])
  func damagedState(isOfWork: Bool) {
    let bytes = (isOfWork ? workHistory() : smallHistory()).engine.encodeState()
    var refused = 0
    damaged(bytes) { copy in
      do throws(EngineCodingError) {
        var engine = try Engine(decodingState: copy.span.bytes)
        #expect(copy.count == bytes.count)
        var log: [Event] = []
        let now = Instant.midnight + .minutes(3000)
        _ = engine.perform(.setPolicy(.oneShot), at: now, log: &log)
        _ = engine.perform(.setAvailability(PrincipalID(1), .off), at: now, log: &log)
        for id in engine.queue(.open, limit: .max) {
          _ = engine.perform(.rerun(PrincipalID(1), id, reason: ""), at: now, log: &log)
          _ = engine.referral(id)
          _ = engine.deskNotes(of: id)
        }
        _ = engine.encodeState()
      } catch {
        refused += 1
        #expect((0...copy.count).contains(error.offset))
      }
    }
    #expect(refused > bytes.count)
  }

  @Test("Random bytes are refused")
  func garbage() {
    var random = SeededNumbers(state: 9)
    for length in 1..<400 {
      let bytes = (0..<length).map { _ in UInt8.random(in: 0...255, using: &random) }
      #expect(throws: EngineCodingError.self) { try Engine(decodingState: bytes.span.bytes) }
      _ = try? Event.decodeAll(bytes.span.bytes)
    }
  }

  @Test("Unknown kinds, versions and formats are named with their offset")
  func unknown() {
    func error(_ bytes: [UInt8]) -> EngineCodingError? {
      do throws(EngineCodingError) {
        _ = try Event.decodeAll(bytes.span.bytes)
        return nil
      } catch { return error }
    }
    var bytes: [UInt8] = []
    Event.serverStarted(at: .midnight).encode(to: &bytes)
    let start = bytes.count
    #expect(
      error(bytes + [0xfc, 0x01]) == EngineCodingError(problem: .unknownEvent(252), offset: start))
    #expect(error([0]) == EngineCodingError(problem: .unknownEvent(0), offset: 0))
    #expect(error([20 * 4 + 1])?.problem != nil)
    #expect(
      error(Array(bytes.dropLast())) == EngineCodingError(problem: .truncated, offset: start - 1))
    // A varint with a needless last byte.
    #expect(error([0x80, 0x00])?.problem == .invalidValue)
    #expect(throws: EngineCodingError(problem: .unknownFormat(9), offset: 1)) {
      try Engine(decodingState: ([9] as [UInt8]).span.bytes)
    }
  }

  @Test("A mass opening to 10,000 costs at most 4 bytes per recipient, an accept few bytes")
  func massCost() throws {
    var random = SeededNumbers(state: 1)
    for population: UInt32 in [10_000, 100_000, 1_000_000] {
      let ids = (1...population).shuffled(using: &random).prefix(10_000).sorted()
      let event = Event.massOpened(
        ReferralID(900_000), firstOffer: OfferID(5_000_000), to: ids.map { PrincipalID($0) },
        at: .midnight, deadline: .midnight + .minutes(15))
      var bytes: [UInt8] = []
      event.encode(to: &bytes)
      #expect(bytes.count <= 4 * 10_000)
      #expect(try Event.decodeAll(bytes.span.bytes) == [event])
    }
    var bytes: [UInt8] = []
    Event.accepted(OfferID(5_000_000), at: .midnight).encode(to: &bytes)
    #expect(bytes.count <= 14)
  }

  @Test("A mass opening to 10,000 of 100,000 writes at most 4 bytes per recipient in all")
  func massRecord() {
    var engine = Engine(policy: .oneShot)
    var random = SeededNumbers(state: 6)
    var log: [Event] = []
    let assisters: UInt32 = 100_000
    let chosen = Set((1...assisters).shuffled(using: &random).prefix(10_001))
    for number in 1...assisters + 1 {
      engine.apply(
        .principalCreated(
          PrincipalID(number),
          NewPrincipal(
            name: "p\(number)", role: number > assisters ? .intakePartner : .assister,
            credential: UInt64(number), tokenDigest: TokenDigest(high: 1, low: 1)), at: .midnight))
      guard number <= assisters else { continue }
      let registration = Registration(
        kind: .kynector, languages: [chosen.contains(number) ? "es" : "en"], counties: CountySet())
      engine.apply(.registered(PrincipalID(number), registration, at: .midnight))
    }
    let submission = Submission(
      idempotencyKey: 1, partnerReference: "case", helpType: .application, language: "es",
      county: Workload.counties[0], contact: Contact(name: "Ann", phone: "+15025550100", notes: ""))
    _ = engine.perform(.submit(PrincipalID(assisters + 1), submission), at: .midnight, log: &log)
    log = []
    let first = engine.offer(OfferID(1))!.assister
    _ = engine.perform(.reject(first, OfferID(1), reason: "busy"), at: .midnight, log: &log)
    #expect(engine.referral(ReferralID(1))?.offersOpen == 10_000)
    var bytes: [UInt8] = []
    for event in log { event.encode(to: &bytes) }
    #expect(bytes.count <= 4 * 10_000)
  }

  @Test("The bytes of each kind stay what they are")
  func golden() throws {
    let at = Instant(microseconds: 300)
    let cases: [(Event, [UInt8])] = [
      (.availabilitySet(PrincipalID(2), .off, at: at), [16, 172, 2, 2, 3]),
      (
        .generalOffered(
          OfferID(7), ReferralID(5), to: PrincipalID(2), at: at, deadline: at + .seconds(1),
          phaseEnds: nil), [24, 172, 2, 7, 5, 2, 192, 132, 61, 0]
      ),
      (
        .massOpened(
          ReferralID(5), firstOffer: OfferID(7), to: [PrincipalID(2), PrincipalID(9)], at: at,
          deadline: at + Instant.Interval(microseconds: 1)), [28, 172, 2, 5, 7, 1, 2, 2, 7]
      ),
      (.massJoined(OfferID(9), ReferralID(5), to: PrincipalID(3), at: at), [32, 172, 2, 9, 5, 3]),
      (.accepted(OfferID(7), at: at), [36, 172, 2, 7]),
      (.rejected(OfferID(7), reason: "no", at: at), [40, 172, 2, 7, 2, 110, 111]),
      (.generalLapsed(OfferID(7), missed: true), [44, 7, 1]),
      (.massLapsed(ReferralID(5)), [48, 5]),
      (.generalReminded(OfferID(7), number: 1, at: at), [52, 172, 2, 7, 1]),
      (.massReminded(ReferralID(5), number: 2, at: at), [56, 172, 2, 5, 2]),
      (.waiting(ReferralID(5), .massExpired, at: at), [60, 172, 2, 5, 3]),
      (.deregistered(PrincipalID(2), at: at), [64, 172, 2, 2]),
      (.closed(ReferralID(5), .duplicate, at: at), [68, 172, 2, 5, 10]),
      (.cancelled(ReferralID(5), by: PrincipalID(4), reason: "", at: at), [72, 172, 2, 5, 4]),
      (
        .cancelled(ReferralID(5), by: PrincipalID(4), reason: "no", at: at),
        [73, 172, 2, 5, 4, 2, 110, 111]
      ),
      (.delivered([OfferID(7), OfferID(300)]), [76, 2, 7, 165, 2]),
      (.serverStarted(at: at), [80, 172, 2]),
    ]
    for (event, expected) in cases {
      var bytes: [UInt8] = []
      event.encode(to: &bytes)
      #expect(bytes == expected)
      #expect(try Event.decodeAll(expected.span.bytes) == [event])
    }
  }
}
