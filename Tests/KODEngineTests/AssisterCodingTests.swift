import KODEngine
import Testing

@Suite("Bytes of events about assisters") struct AssisterCodingTests {
  private static let at = Instant(microseconds: 300)

  private static let cases: [(Event, [UInt8])] = [
    (
      .profileSaved(
        PrincipalID(2),
        ProfileChange(
          kind: .agent, languages: ["en"], counties: CountySet(bits: 1),
          contact: PreferredContact(phone: "+1", email: "a", emailFirst: true),
          availability: Schedule(
            settings: AvailabilitySettings(
              timeZone: "Z",
              weeklyHours: [
                DailyHours(
                  day: .tuesday, start: 540, end: 1020, breaks: [.init(start: 720, end: 750)])
              ], outOfOffice: [OutOfOffice(start: at, end: nil)]),
            outlook: ScheduleOutlook(
              from: Instant(microseconds: 1), through: Instant(microseconds: 200),
              startsInside: true,
              turns: [Instant(microseconds: 7), Instant(microseconds: 10)],
              midnights: [Instant(microseconds: 0)])), acceptsTerms: true), becomes: .active, at: at
      ),
      [
        160, 1, 172, 2, 2, 3, 63, 1, 1, 2, 101, 110, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        2, 43, 49, 1, 97, 1, 1, 90, 0, 1, 2, 156, 4, 252, 7, 1, 208, 5, 238, 5, 1, 172, 2, 0, 1,
        199, 1, 1, 2, 7, 0, 3, 1, 0, 1,
      ]
    ),
    (
      .profileSaved(PrincipalID(2), ProfileChange(), becomes: .draft, at: at),
      [160, 1, 172, 2, 2, 2, 0]
    ),
    (.registrationWithdrawn(PrincipalID(2), at: at), [164, 1, 172, 2, 2]),
    (
      .outlookExtended(
        PrincipalID(2),
        ScheduleOutlook(
          from: at, through: at + .minutes(10), startsInside: false,
          turns: [at + .minutes(1), at + .minutes(3), at + .minutes(8)], midnights: []), at: at),
      [168, 1, 172, 2, 2, 172, 2, 128, 140, 141, 158, 2, 0, 3, 172, 144, 206, 28, 1, 2, 5, 0]
    ),
    (
      .scheduleTurned([PrincipalID(2), PrincipalID(3), PrincipalID(9)], at: at),
      [172, 1, 172, 2, 3, 2, 1, 6]
    ),
    (.credentialsExpired([PrincipalID(2)], at: at), [176, 1, 172, 2, 1, 2]),
    (
      .eligibilityLost(PrincipalID(2), [OfferID(3), OfferID(300)], at: at),
      [200, 1, 172, 2, 2, 2, 3, 169, 2]
    ),
    (
      .sessionChanged(PrincipalID(2), hasSession: true, clearsOverride: true, at: at),
      [180, 1, 172, 2, 2, 3]
    ),
    (
      .sessionChanged(PrincipalID(2), hasSession: false, clearsOverride: false, at: at),
      [180, 1, 172, 2, 2, 0]
    ),
    (
      .staffActed(
        PrincipalID(2), .suspended, becomes: .suspended, by: PrincipalID(4), reason: "no", at: at),
      [184, 1, 172, 2, 2, 3, 6, 4, 2, 110, 111]
    ),
    (
      .credentialDateSet(
        PrincipalID(2), until: Instant(microseconds: 5), becomes: .active, by: PrincipalID(4),
        reason: "", at: at), [188, 1, 172, 2, 2, 6, 3, 4, 0]
    ),
    (
      .credentialDateSet(
        PrincipalID(2), until: nil, becomes: .active, by: PrincipalID(4), reason: "", at: at),
      [188, 1, 172, 2, 2, 0, 3, 4, 0]
    ),
    (.noticeAcknowledged(NoticeID(15), .failed, at: at), [192, 1, 172, 2, 15, 4]),
  ]

  @Test("The bytes of each kind stay what they are")
  func golden() throws {
    for (event, expected) in Self.cases {
      var bytes: [UInt8] = []
      event.encode(to: &bytes)
      #expect(bytes == expected, "\(event)")
      #expect(try Event.decodeAll(expected.span.bytes) == [event])
    }
  }

  @Test("A version of the policy comes back as it was, with its signature")
  func policy() throws {
    for by in [PrincipalID(4), nil] {
      let event = Event.policyVersioned(.oneShot, by: by, reason: "why", at: Self.at)
      var bytes: [UInt8] = []
      event.encode(to: &bytes)
      #expect(try Event.decodeAll(bytes.span.bytes) == [event])
      #expect(bytes[0] == 196 && bytes[1] == 1)
    }
  }

  @Test("Every truncation, and every byte changed, throws or gives an event that is checked")
  func damaged() {
    for (event, bytes) in Self.cases {
      for length in 1..<bytes.count {
        let part = Array(bytes[..<length])
        #expect(throws: EngineCodingError.self, "\(event)") {
          try Event.decodeAll(part.span.bytes)
        }
      }
      for index in bytes.indices {
        for mask: UInt8 in [0x01, 0x02, 0x10, 0x80, 0xff] {
          var copy = bytes
          copy[index] ^= mask
          guard let events = try? Event.decodeAll(copy.span.bytes) else { continue }
          var engine = Engine(policy: .phase15)
          for event in events where engine.fits(event) { engine.apply(event) }
          var again: [UInt8] = []
          for event in events { event.encode(to: &again) }
          #expect(again == copy, "two spellings: \(events)")
        }
      }
    }
  }

  @Test("A fortnight's outlook of a shift with a break takes less than 180 bytes")
  func outlookSize() throws {
    var turns: [Instant] = []
    var midnights: [Instant] = []
    for day in 0..<14 {
      let midnight = Instant.midnight + .minutes(Int64(day) * 1440)
      midnights.append(midnight)
      for minute in [540, 720, 750, 1020] as [Int64] { turns.append(midnight + .minutes(minute)) }
    }
    let outlook = ScheduleOutlook(
      from: .midnight, through: .midnight + .minutes(14 * 1440), startsInside: false, turns: turns,
      midnights: midnights)
    let event = Event.outlookExtended(PrincipalID(90_000), outlook, at: .midnight)
    var bytes: [UInt8] = []
    event.encode(to: &bytes)
    #expect(bytes.count < 180)
    #expect(try Event.decodeAll(bytes.span.bytes) == [event])
  }
}
