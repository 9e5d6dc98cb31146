import Foundation
import KODClient
import KODJSON
import KODWire
import Testing

@testable import kod

@Suite struct FailureTests {
  private let clock = ClockFace(zone: .gmt)

  private func failure(
    _ reason: Reason, code: Code? = nil, subject: String = "offer 12", takenAt: Int64 = 0,
    violations: [FieldViolation] = []
  ) -> Failure {
    let status = Status(
      code: code ?? reason.code, reason: reason, message: "the server's own words",
      violations: violations, takenAtUs: takenAt)
    return Failure(
      ClientError(
        code: status.code, reason: reason, message: status.message, status: status),
      about: subject, clock: clock, server: "127.0.0.1:7443")
  }

  @Test func `a loser learns that it was taken, and when, but not by whom (R28)`() {
    let failure = failure(.offerTaken, takenAt: 38_527_000_000)
    #expect(failure.line == "kod: Offer 12 was taken by somebody else at 10:42:07. [OFFER_TAKEN]")
    #expect(failure.exit == .failed)
    #expect(failure.json["error"]?["taken_at_us"] == .integer(38_527_000_000))
  }

  @Test func `where no other time stands beside it, the time of a loss names its zone (R28)`()
    throws
  {
    let zone = try #require(TimeZone(identifier: "America/Chicago"))
    let status = Status(
      code: .aborted, reason: .offerTaken, message: "", takenAtUs: 1_795_454_763_667_270)
    let failure = Failure(
      ClientError(code: .aborted, reason: .offerTaken, message: "", status: status),
      about: "offer 9", clock: ClockFace(zone: zone), isZoned: true, server: "127.0.0.1:7443")
    #expect(failure.message == "Offer 9 was taken by somebody else at 11:26:03 CST.")
  }

  @Test func `switching says until when it holds (R33)`() {
    let now: Int64 = 1_795_454_763_667_270
    var status = AssisterStatus(registration: .registrationActive, available: true)
    func sentence() -> String { AssisterCommands.sentence(status, clock: clock, now: now) }
    #expect(sentence() == "You are available.")
    status.override = .overrideOn
    #expect(sentence() == "You are available.")
    status.overrideUntilUs = now + 3_600_000_000
    #expect(sentence() == "You are available until 18:26 GMT, then your hours decide.")
    status.available = false
    status.blockers = 1 << 2
    #expect(sentence() == "You are not available: out of office.")
  }

  @Test(arguments: [
    (Reason.offerDeadlinePassed, "Too late: the deadline of offer 12 has passed."),
    (
      .offerWithdrawn,
      "Offer 12 was withdrawn: the request was cancelled, or it may no longer be offered to you."
    ),
    (.offerAlreadyRejected, "You have already rejected offer 12."),
    (.offerAlreadyAccepted, "You have already accepted offer 12."),
    (.offerReleased, "You gave offer 12 back by switching your availability off."),
    (.offerUnknown, "There is no offer 12 for you."),
    (
      .notRegistered,
      "You are not registered, so nothing is offered to you: `kod register` (again)."
    ),
    (
      .unreachableTooEarly,
      "Offer 12 can't be closed as unreachable yet: it takes more attempts to call, some minutes "
        + "apart (`kod attempt`)."
    ),
    (.neverOffered, "Offer 12 was never offered to you."),
    (.busy, "The server is busy with long questions: try again in a moment."),
    (
      .capacityReached,
      "You hold as many open referrals as you may: close one first (`kod close`)."
    ),
  ])
  func `why an accept failed is said in clear words`(reason: Reason, sentence: String) {
    let failure = failure(reason)
    #expect(failure.message == sentence)
    #expect(failure.line == "kod: \(sentence) [\(reason.name)]")
    #expect(failure.exit == .failed)
  }

  @Test func `every reason of the protocol gives a sentence and an exit status`() {
    #expect(Reason.allKnown.count > 30)
    for reason in Reason.allKnown {
      let failure = failure(reason)
      #expect(failure.message.hasSuffix("."), "\(reason.name): \(failure.message)")
      #expect(!failure.message.contains("Optional("), "\(failure.message)")
      #expect([.failed, .unreachable, .notPermitted].contains(failure.exit), "\(reason.name)")
    }
  }

  @Test(arguments: [
    (Reason.tokenRejected, kod.ExitStatus.notPermitted), (.roleNotAllowed, .notPermitted),
    (.serverStopping, .unreachable), (.offerTaken, .failed), (.fieldInvalid, .failed),
  ])
  func `exit statuses are the documented ones`(reason: Reason, exit: kod.ExitStatus) {
    #expect(failure(reason).exit == exit)
  }

  @Test func `an unreachable server is 69, and an unknown outcome says so`() {
    let refused = ClientError(code: .unavailable, message: "connection refused")
    let failure = Failure(refused, about: "offer 12", clock: clock, server: "h:1")
    #expect(failure.exit == .unreachable)
    #expect(
      failure.line == "kod: The server h:1 can't be reached: connection refused. [UNAVAILABLE]")
    var lost = refused
    lost.isOutcomeUnknown = true
    #expect(
      Failure(lost, about: "offer 12", clock: clock, server: "h:1").message
        .contains("whether it was done is not known"))
    lost.code = .deadlineExceeded
    #expect(
      Failure(lost, about: "offer 12", clock: clock, server: "h:1").message
        .hasPrefix("The server h:1 did not answer in time: whether"))
  }

  @Test func `invalid fields are named as the options that were typed`() {
    let failure = failure(
      .fieldInvalid, subject: "request",
      violations: [
        FieldViolation(path: "contact.phone", description: "is not E.164"),
        FieldViolation(path: "county", description: "is no county"),
      ])
    #expect(
      failure.message
        == "The server refused the request: --phone is not E.164; --county is no county.")
  }

  @Test func `what the server says can't drive the terminal`() {
    let failure = Failure(exit: .failed, message: "a\u{1b}[2Jb\u{7}\rc\u{9b}31m")
    #expect(
      !failure.line.unicodeScalars.contains { $0.value < 0x20 || (0x7f...0x9f).contains($0.value) })
  }

  @Test func `JSON keys of a failure`() {
    let line = Failure(UsageError("what?")).json.line
    #expect(
      line
        == #"{"error":{"code":"USAGE","reason":"","message":"what?","retriable":false},"exit_status":2}"#
    )
  }
}

@Suite struct JSONTests {
  @Test func `keys keep their order and strings are escaped`() {
    let json: JSON = [
      "b": 1, "a": .string("q\"\\\n\u{1}\u{7f}é"), "c": [true, .null, .number(1.5)],
      "big": .unsigned(.max),
    ]
    #expect(
      json.line
        == #"{"b":1,"a":"q\"\\\n\u0001\u007fé","c":[true,null,1.5],"big":18446744073709551615}"#)
  }

  @Test func `one object is one line for every reader, and turns no terminal's text around`() {
    let json: JSON = ["a": .string("\u{85}\u{2028}\u{2029}\u{202e}")]
    #expect(json.line == #"{"a":"\u0085\u2028\u2029\u202e"}"#)
  }

  @Test func `what is written reads back with Foundation`() throws {
    let text = String((0..<0x300).compactMap(Unicode.Scalar.init).map(Character.init))
    let json: JSON = ["text": .string(text)]
    let read = try JSONSerialization.jsonObject(with: Data(json.line.utf8)) as? [String: String]
    #expect(read?["text"].map { Array($0.unicodeScalars) } == Array(text.unicodeScalars))
  }

  private func keys(_ json: JSON) -> [String] {
    guard case .object(let members) = json else { return [] }
    return members.map(\.key)
  }

  @Test func `keys of an offer`() {
    #expect(
      keys(Offer(county: 21_067).json) == [
        "offer_id", "referral_id", "kind", "help_type", "language", "county", "county_name",
        "time_zone", "submitted_at_us", "offered_at_us", "deadline_us", "state", "notices",
      ])
    #expect(Offer(county: 21_145).json["time_zone"] == .string("CT"))
  }

  @Test func `keys of an assignment`() {
    let json = Assignment(contact: Contact(name: "n", phone: "p", notes: "")).json
    #expect(
      keys(json) == [
        "referral_id", "offer_id", "help_type", "language", "county", "county_name", "time_zone",
        "submitted_at_us", "accepted_at_us", "callback_due_us", "state", "contact",
        "attempts", "overdue", "note", "by_hand",
      ])
    #expect(json["contact"].map(keys) == ["name", "phone", "notes"])
  }

  @Test func `keys of a referral, a standing and the server's status`() {
    #expect(
      keys(Referral().json) == [
        "referral_id", "partner_reference", "state", "waiting_cause", "help_type", "language",
        "county", "county_name", "time_zone", "submitted_at_us", "changed_at_us", "offers_made",
        "offers_open", "holder", "outcome", "promise_us", "promise_missed", "first_attempt_us",
        "policy_version", "overdue",
      ])
    #expect(
      keys(AssisterStatus().json) == [
        "name", "kind", "registration", "override", "available", "missed_in_a_row",
        "misses_to_deregister", "open_assignments", "capacity", "languages", "counties",
        "blockers", "override_until_us", "next_turn_us", "credential_until_us",
        "broken_acceptances", "has_session",
      ])
    #expect(
      keys(ServerStatus().json) == [
        "server", "started_at_us", "now_us", "epoch", "durable_sequence", "sessions",
        "subscriptions", "referrals", "offers", "referrals_general", "referrals_mass",
        "referrals_waiting", "referrals_assigned", "assisters", "assisters_available", "accepts",
        "pushes", "log_syncs", "resident_bytes", "policy_version", "notices_pending",
      ])
  }

  @Test(
    arguments: [
      (Push.Body.offerOpened(Offer()), "offer_opened", ["offer"]),
      (
        .offerReminder(OfferReminder()), "offer_reminder",
        ["offer_id", "referral_id", "number", "deadline_us"]
      ),
      (
        .offerClosed(OfferClosed()), "offer_closed",
        [
          "offer_id", "referral_id", "kind", "state", "closed_at_us", "missed_in_a_row",
          "withdrawal",
        ]
      ),
      (
        .registrationChanged(RegistrationChanged()), "registration_changed",
        ["registration", "missed_in_a_row", "missed_offers"]
      ),
      (.assignmentEnded(AssignmentEnded()), "assignment_ended", ["referral_id", "state", "cause"]),
      (.referralAlert(ReferralAlert()), "referral_alert", ["referral_id", "cause", "kind"]),
      (
        .assignmentReminder(AssignmentReminder()), "assignment_reminder",
        ["referral_id", "number", "callback_due_us"]
      ),
      (.assignmentGiven(Assignment()), "assignment_given", ["assignment"]),
      (
        .availabilityChanged(AvailabilityChanged()), "availability_changed",
        ["available", "override", "blockers", "override_cleared"]
      ),
      (.policyChanged(PolicyChanged()), "policy_changed", ["version"]),
      (.referralUpdate(ReferralUpdate()), "referral_update", ["referral", "promise_missed"]),
      (.assisterAlert(AssisterAlert()), "assister_alert", ["assister", "missed_offers"]),
    ] as [(Push.Body, String, [String])])
  func `keys of every push`(body: Push.Body, event: String, members: [String]) {
    let json = Push(offset: 7, atUs: 9, body: body).json
    #expect(json["event"] == .string(event))
    #expect(keys(json) == ["event", "offset", "at_us"] + members)
  }

  @Test func `events of the watch carry their name`() {
    let events: [(SubscriptionEvent, String)] = [
      (.connected(Welcome()), "connected"),
      (.position(epoch: "e", offset: 1, recovered: true), "position"),
      (.state(CurrentState()), "state"),
      (.disconnected(nil, retryIn: .seconds(1)), "disconnected"),
      (.ended(ClientError(code: .unauthenticated, message: "no")), "ended"),
    ]
    for (event, name) in events {
      #expect(WatchLines.json(event, now: 1)["event"] == .string(name))
    }
  }
}

@Suite struct TerminalTextTests {
  @Test func `wide characters take two columns and cuts are marked`() {
    #expect(TerminalText.columns("abc") == 3)
    #expect(TerminalText.columns("田中") == 4)
    #expect(TerminalText.columns("✅🇺🇸👩‍👩‍👧") == 6)
    #expect(TerminalText.columns("e\u{301}✓") == 2)
    #expect(TerminalText.fitted("abcdef", 4) == "abc~")
    #expect(TerminalText.fitted("田中花", 4) == "田~")
    #expect(TerminalText.padded("田", 4) == "田  ")
    #expect(TerminalText.padded("7", 3, right: true) == "  7")
    #expect(TerminalText.fitted("abc", 0) == "")
  }

  @Test func `text is wrapped at spaces`() {
    #expect(TerminalText.wrapped("aa bb cc", 5) == ["aa bb", "cc"])
    #expect(TerminalText.wrapped("a bbbbbb c", 3) == ["a", "bbb", "bbb", "c"])
    #expect(TerminalText.wrapped("田中花子", 5) == ["田中", "花子"])
    #expect(TerminalText.wrapped("aa", 0) == ["a", "a"])
    #expect(TerminalText.wrapped("", 3) == [""])
  }

  @Test func `NO_COLOR, a dumb terminal and a pipe are respected`() {
    #expect(Style.fitting(isTerminal: true, environment: [:]).colour)
    #expect(Style.fitting(isTerminal: true, environment: ["NO_COLOR": ""]).colour)
    #expect(!Style.fitting(isTerminal: true, environment: ["NO_COLOR": "1"]).colour)
    #expect(!Style.fitting(isTerminal: true, environment: ["TERM": "dumb"]).colour)
    #expect(!Style.fitting(isTerminal: false, environment: [:]).colour)
  }

  @Test func `a painter sends only the lines that changed`() {
    var painter = Painter()
    #expect(painter.update(to: ["a", "b"]).contains("\u{1b}[2;1H"))
    let second = painter.update(to: ["a", "c"])
    #expect(second.contains("c") && !second.contains("\u{1b}[1;1H"))
    #expect(painter.update(to: ["a", "c"]) == "")
    #expect(painter.update(to: ["a"]) == "\u{1b}[2;1H\u{1b}[0m\u{1b}[J")
    _ = painter.invalidate()
    #expect(painter.update(to: ["a"]).contains("a"))
  }
}

@Suite struct KeyDecoderTests {
  @Test(
    arguments: [
      ("a", [Key.character("a")]), ("\u{1b}[A", [.up]), ("\u{1b}OB", [.down]),
      ("\u{3}", [.interrupt]),
      ("\u{1a}", [.suspend]), ("\u{c}", [.redraw]), ("\r", [.enter]),
      ("1j", [.character("1"), .character("j")]),
      // Keys that mean nothing here must not act as their letters.
      ("\u{1b}[15~", []), ("\u{1b}[1;5A", []), ("\u{1b}[23~a", [.character("a")]),
    ] as [(String, [Key])])
  func `bytes become keys, whole or in pieces`(text: String, keys: [Key]) {
    var whole = KeyDecoder()
    #expect(whole.decode(text.utf8) == keys)
    var pieces = KeyDecoder()
    #expect(text.utf8.flatMap { pieces.decode([$0]) } == keys)
  }

  @Test func `a lone escape does not swallow the next key`() {
    var decoder = KeyDecoder()
    #expect(decoder.decode([0x1b]) == [])
    decoder.flush()
    #expect(decoder.decode("a".utf8) == [.character("a")])
  }
}
