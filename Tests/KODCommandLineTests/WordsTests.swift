import Foundation
import KODWire
import Testing

@testable import kod

@Suite struct CountiesTests {
  @Test func `there are 120 counties, and the code follows from the place in the list`() {
    #expect(Counties.all.count == 120)
    for (index, row) in Counties.all.enumerated() {
      #expect(row.fips == 21_001 + 2 * UInt32(index))
      #expect(Counties.county(fips: row.fips) == row)
    }
    #expect(Set(Counties.all.map(\.name)).count == 120)
  }

  @Test func `they are sorted by name, but Mc comes before Ma as in the codes`() {
    // "Mc" sorts like "M" followed by something before every letter.
    let keys = Counties.all.map { row in
      row.name.hasPrefix("Mc") ? "M " + row.name.dropFirst(2) : row.name
    }
    #expect(keys == keys.sorted())
  }

  @Test(
    arguments: [
      (21_001, "Adair", TimeZoneName.central), (21_021, "Boyle", .eastern),
      (21_059, "Daviess", .central), (21_067, "Fayette", .eastern), (21_071, "Floyd", .eastern),
      (21_111, "Jefferson", .eastern), (21_145, "McCracken", .central),
      (21_147, "McCreary", .eastern), (21_149, "McLean", .central), (21_151, "Madison", .eastern),
      (21_195, "Pike", .eastern), (21_227, "Warren", .central), (21_239, "Woodford", .eastern),
    ] as [(UInt32, String, TimeZoneName)])
  func `known codes, names and zones`(fips: UInt32, name: String, zone: TimeZoneName) {
    #expect(Counties.county(fips: fips) == CountyRow(fips: fips, name: name, zone: zone))
  }

  @Test func `41 counties are on Central time, and the line is where the law draws it`() {
    let central = Set(Counties.all.filter { $0.zone == .central }.map(\.name))
    #expect(central.count == 41)
    for east in ["Meade", "Hardin", "Larue", "Taylor", "Casey", "Pulaski", "Wayne", "McCreary"] {
      #expect(!central.contains(east), "\(east)")
    }
    for west in ["Breckinridge", "Grayson", "Hart", "Green", "Adair", "Russell", "Clinton"] {
      #expect(central.contains(west), "\(west)")
    }
  }

  @Test func `a county is named in any case, with or without the word, or by its code`() throws {
    for text in ["Fayette", "fayette", "FAYETTE COUNTY", "21067"] {
      #expect(try Counties.parse(text).fips == 21_067)
    }
  }

  @Test(arguments: [
    ("Fayete", "Kentucky has no county 'Fayete'; did you mean 'Fayette'?"),
    (
      "21068",
      "21068 is no Kentucky county's FIPS code (21001 to 21239, odd; see: kod help counties)"
    ),
    (
      "21241",
      "21241 is no Kentucky county's FIPS code (21001 to 21239, odd; see: kod help counties)"
    ),
    ("Cook", "Kentucky has no county 'Cook' (see: kod help counties)"),
  ])
  func `other counties are refused`(text: String, expected: String) {
    #expect(throws: UsageError(expected)) { try Counties.parse(text) }
  }
}

@Suite struct LanguagesTests {
  @Test(arguments: [
    ("Spanish", "es"), ("es", "es"), ("ENGLISH", "en"), ("zh-Hant", "zh-Hant"), ("quc", "quc"),
  ])
  func `a name or a tag`(text: String, tag: String) throws {
    #expect(try Languages.parse(text) == tag)
  }

  @Test(arguments: ["Spansh", "klingonish", "e", "es-", "e5", ""])
  func `neither is refused`(text: String) {
    #expect(throws: UsageError.self) { try Languages.parse(text) }
  }
}

@Suite struct DurationTextTests {
  @Test(
    arguments: [
      ("250ms", 250), ("5s", 5_000), ("15m", 900_000), ("1h30m", 5_400_000), ("0s", 0),
      ("1m30s", 90_000),
    ] as [(String, Int64)])
  func `numbers with units`(text: String, milliseconds: Int64) throws {
    #expect(DurationText.parse(text) == .milliseconds(milliseconds))
  }

  @Test(arguments: ["", "5", "s", "5 s", "-5s", "5x", "1.5s", "5s3", "9999999999s", "2000h"])
  func `anything else is no duration`(text: String) {
    #expect(DurationText.parse(text) == nil)
  }

  @Test(arguments: [(5_000, "5s"), (900_000, "15m"), (90_000, "90s"), (250, "250ms"), (0, "0s")])
  func `written for the server's flags, and read back`(milliseconds: Int64, text: String) {
    #expect(DurationText.exact(.milliseconds(milliseconds)) == text)
    #expect(DurationText.parse(text) == .milliseconds(milliseconds))
  }

  @Test(
    arguments: [
      (900_000_000, "15:00"), (899_999_999, "14:59"), (60_000_000, "1:00"), (10_000_000, "0:10"),
      (9_999_999, "9.9"), (100_000, "0.1"), (99_999, "0.0"), (0, "0.0"), (-5_000_000, "0.0"),
      (3_600_000_000, "1:00:00"), (7_384_000_000, "2:03:04"),
    ] as [(Int64, String)])
  func `a countdown never promises more time than there is`(left: Int64, text: String) {
    #expect(Countdown.text(microseconds: left) == text)
  }
}

@Suite struct SmallWordsTests {
  @Test(arguments: [
    ("(606) 555-0123", "+16065550123"), ("606.555.0123", "+16065550123"),
    ("1 606 555 0123", "+16065550123"), ("+16065550123", "+16065550123"),
    ("+49 30 1234567", "+49301234567"),
  ])
  func `telephone numbers become E164`(text: String, number: String) throws {
    #expect(try Phone.parse(text) == number)
  }

  @Test(arguments: ["", "555-0123", "call me", "606555012x", "+1", "+1234567890123456"])
  func `other numbers are refused`(text: String) {
    #expect(throws: UsageError.self) { try Phone.parse(text) }
  }

  @Test func `an idempotency key is 16 bytes in hexadecimal, or a UUID`() throws {
    let bytes = try IdempotencyKey.parse("00112233-4455-6677-8899-aabbccddeeff")
    #expect(bytes.count == 16)
    #expect(IdempotencyKey.text(bytes) == "00112233445566778899aabbccddeeff")
    #expect(IdempotencyKey.random().count == 16)
    for bad in ["", "00", "0011223344556677889900aabbccddeg", "00112233445566778899aabbccddeeff00"]
    {
      #expect(throws: UsageError.self) { try IdempotencyKey.parse(bad) }
    }
  }

  @Test func `help types, outcomes and kinds are read by their words`() throws {
    #expect(try HelpType.parse("Plan") == .plan)
    #expect(try Outcome.parse("wrong-number") == .wrongNumber)
    #expect(try Outcome.parse("both done") == .bothDone)
    #expect(try AssisterKind.parse("Agent") == .agent)
    #expect(throws: UsageError("there is no outcome 'wrong_numbr'; did you mean 'wrong_number'?")) {
      try Outcome.parse("wrong_numbr")
    }
    #expect(throws: UsageError.self) { try HelpType.parse("unspecified") }
    #expect(throws: UsageError.self) { try Outcome.parse("outcome_unspecified") }
  }

  @Test func `every outcome of the protocol is in the help`() {
    let help = HelpTopic.outcomes.lines.joined(separator: "\n")
    for outcome in Outcome.allKnown where outcome.rawValue != 0 {
      #expect(help.contains("  \(outcome.word) "), "\(outcome.word)")
    }
  }

  @Test func `words of the wire lose their prefix`() {
    #expect(OfferState.offerWasTaken.word == "taken")
    #expect(OfferState.offerPending.word == "pending")
    #expect(ReferralState.referralWaiting.word == "waiting")
    #expect(RegistrationState.registrationDeregistered.word == "deregistered")
    #expect(WaitingCause.noOneAvailable.word == "no_one_available")
    #expect(AvailabilityOverride.overrideOn.word == "on")
    #expect(AvailabilityOverride.followSchedule.word == "follow_schedule")
    #expect(Role.intakePartner.word == "intake_partner")
  }
}

@Suite struct ClockFaceTests {
  // 2026-03-09 14:42:07.123 UTC, the day after daylight saving began in Kentucky.
  private let instant: Int64 = 1_773_067_327_123_456

  @Test func `clock times are those of the zone, with daylight saving`() throws {
    let eastern = ClockFace(zone: try #require(TimeZone(identifier: "America/New_York")))
    #expect(eastern.time(instant) == "10:42:07")
    #expect(eastern.timeWithMilliseconds(instant) == "10:42:07.123")
    #expect(eastern.dateAndTime(instant) == "2026-03-09 10:42:07")
    let dayBefore = instant - 2 * 86_400_000_000
    #expect(eastern.time(dayBefore) == "09:42:07")
  }

  @Test func `a county in the other zone gets its own time beside ours`() throws {
    let eastern = ClockFace(zone: try #require(TimeZone(identifier: "America/New_York")))
    #expect(eastern.minute(instant, county: Counties.county(fips: 21_145)) == "10:42 (09:42 CT)")
    #expect(eastern.minute(instant, county: Counties.county(fips: 21_067)) == "10:42")
  }
}
