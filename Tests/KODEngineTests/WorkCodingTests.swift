import KODEngine
import Testing

@Suite("Bytes of work") struct WorkCodingTests {
  @Test("The bytes of each kind stay what they are")
  func golden() throws {
    let at = Instant(microseconds: 300)
    let one = ReferralID(5)
    let sam = PrincipalID(4)
    let cases: [(Event, [UInt8])] = [
      (.attemptLogged(one, .voicemail, counts: true, at: at), [84, 172, 2, 5, 3, 1]),
      (.released(one, reason: "no", at: at), [88, 172, 2, 5, 2, 110, 111]),
      (.takenBack(one, by: sam, reason: "no", at: at), [92, 172, 2, 5, 4, 2, 110, 111]),
      (.reclaimed(one, at: at), [96, 172, 2, 5]),
      (
        .rerun(one, by: sam, reason: "no", toMass: true, at: at),
        [100, 172, 2, 5, 4, 2, 110, 111, 1]
      ),
      (
        .assigned(one, to: PrincipalID(2), by: sam, reason: "no", at: at),
        [104, 172, 2, 5, 2, 4, 2, 110, 111]
      ),
      (.gaveUp(one, by: sam, reason: "no", at: at), [108, 172, 2, 5, 4, 2, 110, 111]),
      (.noteSaved(PrincipalID(2), one, "no", at: at), [112, 172, 2, 2, 5, 2, 110, 111]),
      (.promiseMissed(one), [116, 5]),
      (.callbackOverdue(one), [120, 5]),
      (.callbackReminded(one, number: 2, at: at), [124, 172, 2, 5, 2]),
      (
        .cancelled(one, by: sam, reason: "no", at: at), [73, 172, 2, 5, 4, 2, 110, 111]
      ),
    ]
    for (event, expected) in cases {
      var bytes: [UInt8] = []
      event.encode(to: &bytes)
      #expect(bytes == expected)
      #expect(try Event.decodeAll(expected.span.bytes) == [event])
    }
    // A reason that is empty belongs to version 0.
    #expect(throws: EngineCodingError.self) {
      try Event.decodeAll(([73, 172, 2, 5, 4, 0] as [UInt8]).span.bytes)
    }
  }

  @Test("R60: a policy of an older log has the defaults of what it did not know")
  func olderPolicy() throws {
    let changed = Policy.serial.with {
      $0.unreachableAttempts = 7
      $0.secondCallbackReminder = .seconds(0)
    }
    var bytes: [UInt8] = []
    Event.policySet(changed, at: Instant(microseconds: 300)).encode(to: &bytes)
    #expect(bytes[0] == 5)
    #expect(
      try Event.decodeAll(bytes.span.bytes) == [.policySet(changed, at: Instant(microseconds: 300))]
    )
    // Version 0 ends before the four fields: 7, ten minutes, ten minutes, 0.
    let older = [4] + bytes[1..<bytes.count - 1 - 2 * 5 - 1]
    #expect(
      try Event.decodeAll(older.span.bytes) == [.policySet(.serial, at: Instant(microseconds: 300))]
    )
  }

  @Test("A log of another history is refused by name, event by event")
  func fits() {
    let script = WorkTests.held()
    let engine = script.engine
    let at = Instant(clock: "10:03")!
    let one = ReferralID(1)
    let none = ReferralID(9)
    let sam = PrincipalID(1)
    let nobody = PrincipalID(99)
    let refused: [Event] = [
      .attemptLogged(none, .reached, counts: false, at: at), .released(none, reason: "", at: at),
      .takenBack(one, by: nobody, reason: "", at: at), .reclaimed(none, at: at),
      .rerun(one, by: sam, reason: "", toMass: true, at: at),
      .gaveUp(one, by: sam, reason: "", at: at),
      .assigned(one, to: PrincipalID(2), by: sam, reason: "", at: at),
      .noteSaved(sam, one, "x", at: at), .noteSaved(PrincipalID(2), none, "x", at: at),
      .promiseMissed(none), .callbackOverdue(none), .callbackReminded(one, number: 0, at: at),
      .callbackReminded(none, number: 1, at: at),
    ]
    for event in refused { #expect(!engine.fits(event), "\(event)") }
    let fitting: [Event] = [
      .attemptLogged(one, .reached, counts: false, at: at), .released(one, reason: "", at: at),
      .takenBack(one, by: sam, reason: "", at: at), .reclaimed(one, at: at),
      .noteSaved(PrincipalID(2), one, "x", at: at), .promiseMissed(one), .callbackOverdue(one),
      .callbackReminded(one, number: 1, at: at),
    ]
    for event in fitting { #expect(engine.fits(event), "\(event)") }
    var later = engine
    later.apply(.promiseMissed(one))
    later.apply(.callbackOverdue(one))
    #expect(!later.fits(.promiseMissed(one)) && !later.fits(.callbackOverdue(one)))
    later.apply(.attemptLogged(one, .reached, counts: false, at: at))
    #expect(!later.fits(.attemptLogged(one, .reached, counts: false, at: at)))
    #expect(!later.fits(.reclaimed(one, at: at)) && later.fits(.released(one, reason: "", at: at)))
  }

  @Test("Random work reaches every kind of event")
  func coverage() {
    var kinds: Set<String> = []
    for seed in PropertyTests.seeds {
      var engine = Engine(policy: .phase15)
      var log: [Event] = []
      var workload = Workload(seed: seed)
      for _ in 0..<PropertyTests.steps { workload.step(&engine, &log) }
      for event in log { kinds.insert(String("\(event)".prefix { $0 != "(" })) }
    }
    let work: Set = [
      "attemptLogged", "released", "takenBack", "reclaimed", "rerun", "assigned", "gaveUp",
      "noteSaved", "promiseMissed", "callbackOverdue", "callbackReminded",
    ]
    #expect(work.subtracting(kinds) == [])
  }

  @Test("A push that an older version kept still says what it said")
  func retiredPush() throws {
    let script = DeskTests.waiting()
    let sam = PrincipalID(1)
    let bytes = script.engine.encodeState()
    let pushes = try #require(script.engine.pushes(of: sam, after: 0))
    #expect(pushes.map(\.body) == [.referralAlert(ReferralID(1), .waiting, .noOneAvailable)])
    // Kind 13 with its number, as kind 6 with its detail.
    let at = UInt64(Instant(clock: "10:00")!.microseconds) << 12
    func spelled(_ head: UInt64, _ tail: [UInt8]) -> [UInt8] {
      withUnsafeBytes(of: head.littleEndian) { Array($0) } + tail
    }
    let kept = spelled(at | 13 << 8 | 1, [0x81, 0x02])
    let retired = spelled(at | 6 << 8 | 1, [0x80, 0x02])
    let start = try #require(
      bytes.indices.first { bytes[$0...].starts(with: kept) })
    let older = bytes[..<start] + retired + bytes[(start + kept.count)...]
    let engine = try Engine(decodingState: Array(older).span.bytes)
    #expect(engine.pushes(of: sam, after: 0) == pushes)
    #expect(engine.encodeState() == Array(older))
  }
}
