import Foundation
import KODClient
import KODWire

@testable import kod

/// A day in the life of alice: Monday, 2026-03-09, in Louisville, four hours behind GMT since the day before.
enum Alice {
  static let second: Int64 = 1_000_000
  static let minute = 60 * second
  static let midnight: Int64 = 1_773_028_800 * second
  static let clock = ClockFace(
    zone: TimeZone(identifier: "America/Kentucky/Louisville") ?? .gmt)
  static let noon = midnight + 43_200 * second

  static let status = AssisterStatus(
    name: "alice", kind: .kynector, registration: .registrationActive, override: .followSchedule,
    available: true, missedInARow: 1, missesToDeregister: 3, openAssignments: 1, capacity: 5,
    languages: ["en", "es"], counties: [21_067], nextTurnUs: midnight + 61_200 * second)

  static func offer(
    _ id: UInt64, kind: OfferKind = .general, left: Int64 = 900, state: OfferState = .offerPending,
    language: String = "es", county: UInt32 = 21_067
  ) -> Offer {
    Offer(
      offerId: id, referralId: 100 + id, kind: kind, helpType: .application, language: language,
      county: county, submittedAtUs: noon - 28 * second, offeredAtUs: noon,
      deadlineUs: noon + left * second, state: state)
  }

  static func assignment(
    _ referral: UInt64, name: String = "Maria Lopez", due: Int64 = 29 * 60 + 32,
    state: ReferralState = .referralAssigned, attempts: [Attempt] = []
  ) -> Assignment {
    Assignment(
      referralId: referral, offerId: referral - 100, helpType: .application, language: "es",
      county: 21_145, submittedAtUs: noon - 28 * second, acceptedAtUs: noon,
      callbackDueUs: noon + due * second,
      contact: Contact(name: name, phone: "+16065550123", notes: "Deaf: text first."),
      state: state, attempts: attempts)
  }

  static func row(
    _ referral: UInt64, _ state: OfferState, at: Int64, ended: Int64 = 0, kind: OfferKind = .general
  ) -> ReferralRow {
    var offer = offer(referral - 100, kind: kind, state: state)
    offer.offeredAtUs = at
    return ReferralRow(offer: offer, endedAtUs: ended)
  }

  static var today: [ReferralRow] {
    let morning = midnight + 32_400 * second
    var closed = row(193, .offerAccepted, at: morning, ended: morning + minute)
    closed.offer = Offer(
      referralId: 193, kind: .general, helpType: .plan, language: "en", county: 21_195,
      submittedAtUs: morning, offeredAtUs: morning, state: .offerAccepted)
    closed.wasHolder = true
    closed.outcome = .planEnrolled
    closed.note = "called twice"
    return [
      row(
        150, .offerWasTaken, at: morning + 100 * minute, ended: morning + 102 * minute + 7 * second,
        kind: .mass),
      row(140, .offerMissed, at: morning + 30 * minute, ended: morning + 45 * minute), closed,
    ]
  }

  static var updates: Updates {
    var hours = [UInt32](repeating: 0, count: 24)
    hours[8] = 1
    hours[9] = 4
    hours[10] = 2
    return Updates(
      status: status, nowUs: noon, dayStartUs: midnight, dayEndUs: midnight + 86_400 * second,
      missedGeneral: 1, today: today, receivedToday: 7, receivedByHour: hours)
  }

  static var profile: Profile {
    let weekdays = HoursText.week.prefix(5).map { day in
      DailyHours(
        day: day, start: 480, end: 1_020, breaks: [HoursBreak(start: 720, end: 750)])
    }
    return Profile(
      status: status,
      contact: PreferredContact(phone: "+16065550100", email: "alice@example.org"),
      availability: Availability(
        timeZone: "America/Kentucky/Louisville",
        weeklyHours: weekdays + [DailyHours(day: .saturday, start: 1_320, end: 120)],
        outOfOffice: [OutOfOffice(startUs: midnight + 10 * 86_400 * second)]),
      termsAccepted: true)
  }

  static var metrics: Metrics {
    var hours = [UInt64](repeating: 0, count: 24)
    for (hour, count) in [(8, 2), (9, 6), (10, 9), (11, 4), (13, 5), (14, 3)] {
      hours[hour] = UInt64(count)
    }
    return Metrics(
      fromUs: midnight, toUs: noon,
      general: OfferCounts(received: 12, pending: 1, accepted: 7, rejected: 2, missed: 1, taken: 1),
      mass: OfferCounts(received: 20, accepted: 3, taken: 15, withdrawn: 2),
      acceptancePermille: 769, respondMedianMs: 72_000, respondP90Ms: 400_000,
      firstCallMedianMs: 190_000, firstCallP90Ms: 720_000, assignments: 10, called: 9,
      calledInPromise: 9,
      outcomes: [
        OutcomeCount(outcome: .applicationSubmitted, count: 6),
        OutcomeCount(outcome: .planEnrolled, count: 2),
        OutcomeCount(outcome: .unreachable, count: 1),
      ], receivedByHour: hours)
  }

  /// Connected, with everything read.
  static func dashboard(
    offers: [Offer] = [], assignments: [Assignment] = []
  ) -> DashboardModel {
    var model = DashboardModel(clock: clock, server: "127.0.0.1:7443")
    _ = model.apply(.connected(Welcome(principal: "alice", role: .assister)), now: noon)
    _ = model.apply(
      .state(CurrentState(status: status, offers: offers, assignments: assignments)), now: noon)
    for effect in model.due(noon) {
      guard case .ask(let question) = effect, let answer = answer(question, assignments) else {
        continue
      }
      _ = model.receive(question, .success(answer), now: noon)
    }
    return model
  }

  /// What the server would say.
  static func answer(
    _ question: DashboardModel.Question, _ assignments: [Assignment] = []
  ) -> DashboardModel.Answer? {
    switch question {
    case .standing: .standing(Standing(status: status, assignments: assignments))
    case .profile: .profile(profile)
    case .updates: .updates(updates)
    case .referrals: .referrals(ListReferralsResponse(rows: today))
    case .metrics: .metrics(metrics)
    default: nil
    }
  }

  static func push(_ body: Push.Body, at: Int64 = noon) -> SubscriptionEvent {
    .push(Push(offset: 1, atUs: at, body: body))
  }

  static func closed(_ id: UInt64, _ state: OfferState, at: Int64 = noon) -> SubscriptionEvent {
    push(
      .offerClosed(
        OfferClosed(offerId: id, referralId: 100 + id, state: state, closedAtUs: at)), at: at)
  }

  static func failure(_ reason: String, _ message: String) -> Failure {
    var failure = Failure(exit: .failed, message: message)
    failure.reason = reason
    return failure
  }
}

extension DashboardModel {
  /// Presses keys one after the other; what the last one brought about.
  @discardableResult
  mutating func type(_ text: String, now: Int64 = Alice.noon) -> [Effect] {
    var effects: [Effect] = []
    for character in text { effects = press(.character(character), now: now) }
    return effects
  }

  /// Answers what is due, as the server would.
  mutating func catchUp(now: Int64 = Alice.noon + Alice.second) {
    for effect in due(now) {
      guard case .ask(let question) = effect,
        let answer = Alice.answer(question, live.assignments)
      else { continue }
      _ = receive(question, .success(answer), now: now)
    }
  }

  func screen(
    _ columns: Int = 80, _ rows: Int = 24, now: Int64 = Alice.noon, glyphs: Glyphs = .unicode
  ) -> String {
    let grid = DashboardScreen.grid(
      self, now: now, columns: columns, rows: rows, glyphs: glyphs)
    return (0..<rows).map { grid.text(row: $0) }.joined(separator: "\n")
  }
}
