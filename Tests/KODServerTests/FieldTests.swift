import KODEngine
import KODWire
import Testing

@testable import KODServer

/// A request in which one field at a time is changed.
private struct Bounds<Message: WireMessage> {
  var name: String
  var method: Method
  var role: KODEngine.Role
  var base: Message

  func good(_ change: (inout Message) -> Void, at place: SourceLocation = #_sourceLocation) {
    let status = status(change)
    #expect(status == nil, "\(name)", sourceLocation: place)
  }

  func bad(
    _ paths: String..., at place: SourceLocation = #_sourceLocation,
    change: (inout Message) -> Void
  ) {
    let status = status(change)
    #expect(status?.reason == .fieldInvalid, "\(name)", sourceLocation: place)
    #expect(status?.violations.map(\.path) == paths, "\(name)", sourceLocation: place)
  }

  private func status(_ change: (inout Message) -> Void) -> Status? {
    var message = base
    change(&message)
    let principal = SessionPrincipal(id: PrincipalID(3), name: "somebody", role: role)
    let judgement = Dispatcher.request(
      method: method.number, payload: message.encoded().span.bytes, principal: principal)
    if case .failure(let refusal) = judgement { return refusal.status }
    return nil
  }
}

private func bounds<Message: WireMessage>(
  _ name: String, of method: Method, as role: KODEngine.Role, _ base: Message,
  _ body: (Bounds<Message>) -> Void
) {
  body(Bounds(name: name, method: method, role: role, base: base))
}

extension String {
  fileprivate static func of(_ count: Int) -> String { String(repeating: "x", count: count) }
}

@Suite("The fields of every request, at each bound and one past it") struct FieldTests {
  private let fourLabels = [String](repeating: .of(62), count: 4).joined(separator: ".")
  private let latest = EngineLimits.latestInstant.microseconds
  private let office = KODWire.DailyHours(
    day: .monday, start: 480, end: 1020, breaks: [HoursBreak(start: 720, end: 780)])
  private var availability: KODWire.Availability {
    KODWire.Availability(
      timeZone: "America/Chicago", weeklyHours: [office],
      outOfOffice: [KODWire.OutOfOffice(startUs: 1_000, endUs: 2_000)])
  }

  @Test(
    "Registration, contact and availability: each field at its bound and one past it, by its path")
  func profiles() {
    bounds("a registration in steps", of: .Assisters.register, as: .assister, RegisterRequest()) {
      bound in
      bound.good { _ in }
      bound.good { $0.kind = .kynector }
      bound.good { $0.languages = .init(repeating: "en", count: 16) }
      bound.good { $0.counties = .init(repeating: 21_001, count: 120) }
      bound.good { $0.contact = KODWire.PreferredContact(phone: "+15025550100") }
      bound.good { $0.contact = KODWire.PreferredContact(email: "a@b.example") }
      bound.good { $0.availability = availability }
      bound.bad("kind") { $0.kind = AssisterKind(rawValue: 3) }
      bound.bad("languages") { $0.languages = .init(repeating: "en", count: 17) }
      bound.bad("languages[1]") { $0.languages = ["en", "english"] }
      bound.bad("counties") { $0.counties = .init(repeating: 21_001, count: 121) }
      bound.bad("counties[1]") { $0.counties = [21_001, 21_002] }
      bound.bad("contact") { $0.contact = KODWire.PreferredContact() }
      bound.bad("contact.phone") { $0.contact = KODWire.PreferredContact(phone: "5025550100") }
      bound.bad("kind", "contact.email", "availability.time_zone") {
        $0.kind = AssisterKind(rawValue: 9)
        $0.contact = KODWire.PreferredContact(email: "nobody")
        $0.availability = KODWire.Availability(timeZone: "EST")
      }
    }
    bounds(
      "the preferred contact", of: .Assisters.saveContact, as: .assister,
      SaveContactRequest(contact: KODWire.PreferredContact(phone: "+15025550100"))
    ) { bound in
      bound.good { _ in }
      bound.good { $0.contact?.email = .of(64) + "@" + .of(63) + ".example" }
      bound.good { $0.contact?.email = "o'neil+kod@mail.example.org" }
      bound.good { $0.contact?.email = "a@b" }
      bound.good {
        $0.contact?.phone = ""; $0.contact?.email = "a@b.example"
      }
      bound.good { $0.languages = .init(repeating: "en", count: 16) }
      bound.good {
        $0.contact?.email =
          "a@" + fourLabels
      }
      bound.bad("contact") { $0.contact = nil }
      bound.bad("contact") { $0.contact = KODWire.PreferredContact(emailFirst: true) }
      bound.bad("contact.email") { $0.contact?.email = "a.example" }
      bound.bad("contact.email") { $0.contact?.email = "@b.example" }
      bound.bad("contact.email") { $0.contact?.email = "a@b@c.example" }
      bound.bad("contact.email") { $0.contact?.email = "a@" }
      bound.bad("contact.email") { $0.contact?.email = "a@b..example" }
      bound.bad("contact.email") { $0.contact?.email = "a@-b.example" }
      bound.bad("contact.email") { $0.contact?.email = "a b@c.example" }
      bound.bad("contact.email") { $0.contact?.email = "a@ü.example" }
      bound.bad("contact.email") { $0.contact?.email = .of(65) + "@b.example" }
      bound.bad("contact.email") { $0.contact?.email = "a@" + .of(64) + ".example" }
      bound.bad("contact.email") {
        $0.contact?.email =
          "abc@" + fourLabels
      }
      bound.bad("languages[0]") { $0.languages = ["*"] }
      bound.bad("languages") { $0.languages = .init(repeating: "en", count: 17) }
    }
    bounds(
      "the availability", of: .Assisters.saveAvailability, as: .assister,
      SaveAvailabilityRequest(availability: availability)
    ) { bound in
      bound.good { _ in }
      bound.good { $0.availability = KODWire.Availability(timeZone: "UTC", aroundTheClock: true) }
      bound.good { $0.availability?.weeklyHours[0].end = 1440 }
      bound.good { $0.availability?.outOfOffice[0].endUs = 0 }
      bound.good { $0.availability?.outOfOffice[0].endUs = latest }
      bound.good { $0.availability?.weeklyHours = [] }
      bound.bad("availability") { $0.availability = nil }
      bound.bad("availability.time_zone") { $0.availability?.timeZone = "America/Frankfort" }
      bound.bad("availability.weekly_hours") { $0.availability?.aroundTheClock = true }
      bound.bad("availability.weekly_hours[0].day") {
        $0.availability?.weeklyHours[0].day = .unspecified
      }
      bound.bad("availability.weekly_hours[0].start") {
        $0.availability?.weeklyHours[0].start = 1440
      }
      bound.bad("availability.weekly_hours[0].start") {
        $0.availability?.weeklyHours[0].start = 65_536
      }
      bound.bad("availability.weekly_hours[0].end") { $0.availability?.weeklyHours[0].end = 1441 }
      bound.bad("availability.weekly_hours[0].end") { $0.availability?.weeklyHours[0].end = 480 }
      bound.bad("availability.weekly_hours[0].breaks[0].end") {
        $0.availability?.weeklyHours[0].breaks[0].end = 1021
      }
      bound.bad("availability.weekly_hours[0].breaks") { message in
        message.availability?.weeklyHours[0].breaks = (0..<13).map {
          HoursBreak(start: 500 + 2 * $0, end: 501 + 2 * $0)
        }
      }
      bound.bad("availability.weekly_hours[1]") { $0.availability?.weeklyHours.append(office) }
      bound.bad("availability.weekly_hours") { message in
        message.availability?.weeklyHours = (0..<43).map {
          KODWire.DailyHours(
            day: Weekday(rawValue: 1 + $0 % 7), start: UInt32($0) * 10,
            end: UInt32($0) * 10 + 5)
        }
      }
      bound.bad("availability.out_of_office[0].start_us") {
        $0.availability?.outOfOffice[0].startUs = -1
      }
      bound.bad("availability.out_of_office[0].end_us") {
        $0.availability?.outOfOffice[0].endUs = latest + 1
      }
      bound.bad("availability.out_of_office[0].end_us") {
        $0.availability?.outOfOffice[0].endUs = 1_000
      }
      bound.bad("availability.out_of_office[1]") {
        $0.availability?.outOfOffice.append(KODWire.OutOfOffice(startUs: 1_999, endUs: 3_000))
      }
      bound.bad("availability.out_of_office") { message in
        message.availability?.outOfOffice = (0..<33).map {
          KODWire.OutOfOffice(startUs: $0 * 10, endUs: $0 * 10 + 5)
        }
      }
      bound.bad(
        "availability.weekly_hours[1].day", "availability.time_zone",
        "availability.weekly_hours[1].end", "availability.weekly_hours[2].breaks[0].end",
        "availability.weekly_hours[2]", "availability.out_of_office[0].end_us"
      ) {
        $0.availability?.timeZone = "Mars/Olympus"
        $0.availability?.outOfOffice[0].endUs = 500
        $0.availability?.weeklyHours.append(office)
        $0.availability?.weeklyHours[1].day = Weekday(rawValue: 8)
        $0.availability?.weeklyHours[1].end = 0
        $0.availability?.weeklyHours.append(office)
        $0.availability?.weeklyHours[2].breaks[0].end = 1_030
      }
    }
  }

  @Test("Work and an assister's questions: each field at its bound and one past it, by its path")
  func work() {
    bounds("a rejection", of: .Assisters.rejectOffer, as: .assister, RejectOfferRequest()) {
      bound in
      bound.good { _ in }
      bound.good { $0.reason = .of(200) }
      bound.bad("reason") { $0.reason = .of(201) }
    }
    bounds(
      "an outcome", of: .Assisters.closeReferral, as: .assister,
      CloseReferralRequest(outcome: .unserved)
    ) { bound in
      bound.good { _ in }
      bound.bad("outcome") { $0.outcome = .unspecified }
      bound.bad("outcome") { $0.outcome = Outcome(rawValue: 13) }
    }
    bounds(
      "an attempt", of: .Assisters.logAttempt, as: .assister, LogAttemptRequest(result: .voicemail)
    ) { bound in
      bound.good { _ in }
      bound.bad("result") { $0.result = .unspecified }
      bound.bad("result") { $0.result = AttemptResult(rawValue: 4) }
    }
    bounds(
      "a release", of: .Assisters.releaseReferral, as: .assister,
      ReleaseReferralRequest(reason: "x")
    ) { bound in
      bound.good { _ in }
      bound.good { $0.reason = .of(200) }
      bound.bad("reason") { $0.reason = "" }
      bound.bad("reason") { $0.reason = "  " }
      bound.bad("reason") { $0.reason = .of(201) }
      bound.bad("reason") { $0.reason = "a\nb" }
    }
    bounds("a note", of: .Assisters.saveNote, as: .assister, SaveNoteRequest()) { bound in
      bound.good { _ in }
      bound.good { $0.note = .of(1_000) }
      bound.good { $0.note = "two\nlines" }
      bound.bad("note") { $0.note = .of(1_001) }
      bound.bad("note") { $0.note = "\u{1B}[2J" }
    }
    bounds(
      "the switch", of: .Assisters.setAvailability, as: .assister,
      SetAvailabilityRequest(override: .overrideOff)
    ) { bound in
      bound.good { _ in }
      bound.bad("override") { $0.override = .unspecified }
      bound.bad("override") { $0.override = AvailabilityOverride(rawValue: 4) }
    }
    bounds(
      "a search of referrals", of: .Assisters.listReferrals, as: .assister, ListReferralsRequest()
    ) { bound in
      bound.good { _ in }
      bound.good { $0.states = .init(repeating: .offerMissed, count: 8) }
      bound.good { $0.pageSize = 100 }
      bound.good { $0.noteContains = .of(100) }
      bound.good { $0.county = 21_001 }
      bound.good { $0.kind = .mass }
      bound.good { ($0.fromUs, $0.toUs) = (latest - 1, latest) }
      bound.good { $0.outcomes = .init(repeating: .bothDone, count: 12) }
      bound.bad("states") { $0.states = .init(repeating: .offerMissed, count: 9) }
      bound.bad("states[1]") { $0.states = [.offerMissed, .unspecified] }
      bound.bad("kind") { $0.kind = OfferKind(rawValue: 3) }
      bound.bad("from_us") { $0.fromUs = -1 }
      bound.bad("to_us") { $0.toUs = latest + 1 }
      bound.bad("to_us") { ($0.fromUs, $0.toUs) = (5, 5) }
      bound.bad("help_type") { $0.helpType = HelpType(rawValue: 4) }
      bound.bad("county") { $0.county = 1 }
      bound.bad("note_contains") { $0.noteContains = .of(101) }
      bound.bad("outcomes") { $0.outcomes = .init(repeating: .bothDone, count: 13) }
      bound.bad("outcomes[0]") { $0.outcomes = [Outcome(rawValue: 13)] }
      bound.bad("page_size") { $0.pageSize = 101 }
    }
    bounds(
      "an explanation for staff", of: .Assisters.explainReferral, as: .auditor,
      ExplainReferralRequest(assister: "alice")
    ) { bound in
      bound.good { _ in }
      bound.good { $0.assister = .of(64) }
      bound.bad("assister") { $0.assister = "" }
      bound.bad("assister") { $0.assister = .of(65) }
      bound.bad("assister") { $0.assister = "al ice" }
    }
    bounds(
      "an explanation for an assister", of: .Assisters.explainReferral, as: .assister,
      ExplainReferralRequest()
    ) { bound in
      bound.good { _ in }
      bound.good { $0.assister = "somebody" }
      bound.bad("assister") { $0.assister = "alice" }
    }
    bounds("a period", of: .Assisters.getMetrics, as: .assister, GetMetricsRequest()) { bound in
      bound.good { _ in }
      bound.good { ($0.fromUs, $0.toUs) = (0, 1) }
      bound.good { $0.fromUs = latest }
      bound.bad("from_us") { $0.fromUs = latest + 1 }
      bound.bad("to_us") { ($0.fromUs, $0.toUs) = (2, 1) }
      bound.bad("from_us", "to_us") { ($0.fromUs, $0.toUs) = (-2, -1) }
    }
  }

  @Test("The desk, partners and notifiers: each field at its bound and one past it, by its path")
  func desk() {
    bounds(
      "a reason of the desk", of: .Desk.giveUpReferral, as: .supervisor, DeskRequest(reason: "x")
    ) { bound in
      bound.good { _ in }
      bound.good { $0.reason = .of(200) }
      bound.bad("reason") { $0.reason = "" }
      bound.bad("reason") { $0.reason = .of(201) }
    }
    bounds(
      "an assignment by hand", of: .Desk.assignReferral, as: .supervisor,
      AssignReferralRequest(assister: "alice", reason: "x")
    ) { bound in
      bound.good { _ in }
      bound.bad("assister", "reason") {
        $0.assister = ".alice"
        $0.reason = ""
      }
    }
    bounds(
      "what is done to an assister", of: .Desk.suspendAssister, as: .supervisor,
      StaffRequest(assister: "alice", reason: "x")
    ) { bound in
      bound.good { _ in }
      bound.bad("assister") { $0.assister = "" }
      bound.bad("reason") { $0.reason = .of(201) }
    }
    bounds(
      "a credential's date", of: .Desk.setCredentialDate, as: .supervisor,
      SetCredentialDateRequest(assister: "alice", reason: "x")
    ) { bound in
      bound.good { _ in }
      bound.good { $0.untilUs = latest }
      bound.bad("until_us") { $0.untilUs = -1 }
      bound.bad("until_us") { $0.untilUs = latest + 1 }
    }
    bounds("the queue", of: .Desk.listQueue, as: .auditor, ListQueueRequest()) { bound in
      bound.good { _ in }
      bound.good { $0.filter = .queueOpen }
      bound.good { $0.pageSize = 1 }
      bound.good { $0.pageSize = 100 }
      bound.bad("filter") { $0.filter = QueueFilter(rawValue: 4) }
      bound.bad("page_size") { $0.pageSize = 101 }
    }
    bounds(
      "a search of assisters", of: .Desk.listAssisters, as: .supervisor, ListAssistersRequest()
    ) { bound in
      bound.good { _ in }
      bound.good { $0.nameContains = .of(64) }
      bound.good { $0.registration = .registrationSuspended }
      bound.bad("registration") { $0.registration = RegistrationState(rawValue: 7) }
      bound.bad("name_contains") { $0.nameContains = .of(65) }
      bound.bad("page_size") { $0.pageSize = 101 }
    }
    bounds(
      "a search of submissions", of: .Intake.listSubmissions, as: .intakePartner,
      ListSubmissionsRequest()
    ) { bound in
      bound.good { _ in }
      bound.good { $0.partnerReference = .of(64) }
      bound.bad("partner_reference") { $0.partnerReference = .of(65) }
      bound.bad("page_size") { $0.pageSize = 101 }
    }
    bounds(
      "a partner's cancelling", of: .Intake.cancelReferral, as: .intakePartner,
      CancelReferralRequest()
    ) { bound in
      bound.good { _ in }
      bound.good { $0.reason = .of(200) }
      bound.bad("reason") { $0.reason = .of(201) }
    }
    bounds(
      "staff's cancelling", of: .Intake.cancelReferral, as: .supervisor,
      CancelReferralRequest(reason: "x")
    ) { bound in
      bound.good { _ in }
      bound.bad("reason") { $0.reason = "" }
    }
    bounds(
      "an acknowledgement", of: .Notices.acknowledgeNotice, as: .notifier,
      AcknowledgeNoticeRequest(state: .noticeSent)
    ) { bound in
      bound.good { _ in }
      bound.good { $0.detail = .of(200) }
      bound.good { $0.state = .noticeFailed }
      bound.bad("state") { $0.state = .noticePending }
      bound.bad("state") { $0.state = .noticeWithdrawn }
      bound.bad("detail") { $0.detail = .of(201) }
    }
  }

  @Test("Policies: each field at its bound and one past it, by its path")
  func policies() {
    bounds("which policy", of: .Desk.getPolicy, as: .auditor, GetPolicyRequest()) { bound in
      bound.good { _ in }
      bound.good { $0.version = 7 }
      bound.good { $0.preset = .serial }
      bound.bad("preset") { $0.preset = Preset(rawValue: 5) }
      bound.bad("version") { ($0.version, $0.preset) = (1, .serial) }
    }
    bounds(
      "a preset", of: .Desk.setPolicy, as: .supervisor,
      SetPolicyRequest(preset: .oneShot, reason: "x")
    ) { bound in
      bound.good { _ in }
      bound.bad("policy") { $0.policy = Policy() }
      bound.bad("preset") { $0.preset = Preset(rawValue: 5) }
      bound.bad("policy") { $0.preset = .unspecified }
      bound.bad("reason") { $0.reason = "" }
    }
    bounds(
      "a policy", of: .Desk.simulatePolicy, as: .auditor,
      SimulatePolicyRequest(policy: KODWire.Policy(.phase15))
    ) { bound in
      bound.good { _ in }
      bound.good { $0.policy?.generalPhaseMs = 0 }
      bound.good { $0.policy?.offerWindowMs = 1 }
      bound.good { $0.policy?.massWindowMs = 2_592_000_000 }
      bound.good { $0.policy?.missesToDeregister = 255 }
      bound.good { $0.policy?.capacity = 1_000_000 }
      bound.good { $0.policy?.firstCallbackReminderMs = 0 }
      bound.bad("policy.offer_window_ms") { $0.policy?.offerWindowMs = 0 }
      bound.bad("policy.offer_window_ms") { $0.policy?.offerWindowMs = 2_592_000_001 }
      bound.bad("policy.mass_window_ms") { $0.policy?.massWindowMs = .max }
      bound.bad("policy.general_phase_ms") { $0.policy?.generalPhaseMs = 2_592_000_001 }
      bound.bad("policy.misses_to_deregister") { $0.policy?.missesToDeregister = 256 }
      bound.bad("policy.capacity") { $0.policy?.capacity = 0 }
      bound.bad("policy.capacity") { $0.policy?.capacity = 1_000_001 }
      bound.bad("policy.on_reject", "policy.on_lapse") {
        $0.policy?.onReject = .unspecified
        $0.policy?.onLapse = Continuation(rawValue: 3)
      }
      bound.bad("policy.role_ranks") { $0.policy?.roleRanks.removeLast() }
      bound.bad("policy.role_ranks[2]") { $0.policy?.roleRanks[2] = 256 }
      bound.bad("policy.mass_audience") { $0.policy?.massAudience = .unspecified }
      bound.bad("policy.language_relaxation") { $0.policy?.languageRelaxation = .unspecified }
      bound.bad("policy.reregistration") { $0.policy?.reregistration = .unspecified }
      bound.bad("policy.first_reminder_numerator") { $0.policy?.firstReminderNumerator = 0 }
      bound.bad("policy.first_reminder_numerator") { $0.policy?.firstReminderNumerator = 3 }
      bound.bad("policy.second_reminder_numerator") { $0.policy?.secondReminderNumerator = 5 }
      bound.bad("policy.second_callback_reminder_ms") {
        $0.policy?.secondCallbackReminderMs = 600_000
      }
      bound.bad("policy.unreachable_attempts") { $0.policy?.unreachableAttempts = 256 }
      bound.bad("policy.callback_promise_ms") { $0.policy?.callbackPromiseMs = 2_592_000_001 }
      bound.bad("to_us") { ($0.fromUs, $0.toUs) = (2, 2) }
    }
  }

  @Test("At most 64 violations are named, and how many more there are is said")
  func manyViolations() throws {
    let break0 = HoursBreak(start: 2_000, end: 2_000)
    let span = KODWire.DailyHours(
      day: .monday, start: 2_000, end: 2_000, breaks: .init(repeating: break0, count: 12))
    let request = SaveAvailabilityRequest(
      availability: KODWire.Availability(
        timeZone: "nowhere", weeklyHours: .init(repeating: span, count: 42)))
    guard
      case .failure(let refusal) = Dispatcher.request(
        method: Method.Assisters.saveAvailability.number, payload: request.encoded().span.bytes,
        principal: SessionPrincipal(id: PrincipalID(3), name: "somebody", role: .assister))
    else {
      Issue.record("taken")
      return
    }
    #expect(refusal.status.violations.count == 65)
    // The zone, and both ends of 42 spans and of 504 breaks.
    #expect(refusal.status.violations.last?.description == "and \(1 + 2 * (42 + 504) - 64) more")
    #expect(refusal.status.encoded().count < 16_384)
  }

  @Test("A policy comes back as it was sent")
  func policyRoundTrip() {
    for preset in KODEngine.Policy.presets {
      var check = FieldCheck()
      let back = check.policy(.unspecified, KODWire.Policy(preset.policy))
      #expect(back == preset.policy)
      #expect(back?.preset == preset.preset)
    }
  }

  @Test("A page token belongs to its search, and to nothing else")
  func pageTokens() {
    var search = ListQueueRequest(filter: .queueOverdue)
    let overdue = PageToken.Search(search)
    search.filter = .queueOpen
    let open = PageToken.Search(search)
    let text = PageToken.text([7, 4_000_000_000], of: overdue)
    #expect(PageToken.numbers(text, count: 2, of: overdue) == [7, 4_000_000_000])
    #expect(PageToken.numbers(text, count: 2, of: open) == nil)
    #expect(PageToken.numbers(text, count: 1, of: overdue) == nil)
    #expect(PageToken.numbers(text.uppercased(), count: 2, of: overdue) == nil)
    #expect(PageToken.numbers("+" + text.dropFirst(), count: 2, of: overdue) == nil)

    let request = ListQueueRequest(filter: .queueOpen, pageToken: text)
    let judgement = Dispatcher.request(
      method: Method.Desk.listQueue.number, payload: request.encoded().span.bytes,
      principal: SessionPrincipal(id: PrincipalID(3), name: "sam", role: .supervisor))
    guard case .failure(let refusal) = judgement else {
      Issue.record("taken")
      return
    }
    #expect(refusal.status.reason == .pageTokenInvalid)
  }
}
