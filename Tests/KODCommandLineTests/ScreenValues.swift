import Foundation
import KODWire

@testable import kod

/// The day that the tests of the screens look at: Monday 2026-03-09, 10:42:07 in Kentucky's east, the day after
/// clocks went forward.
enum ScreenValues {
  static let eastern = ClockFace(zone: TimeZone(identifier: "America/New_York") ?? .gmt)
  static let now: Int64 = 1_773_067_327_000_000
  static let minute: Int64 = 60_000_000
  static let hour = 60 * minute

  static let status = AssisterStatus(
    name: "alice", kind: .kynector, registration: .registrationActive,
    override: .followSchedule, available: true, missedInARow: 2, missesToDeregister: 3,
    openAssignments: 2, capacity: 5, languages: ["en", "es"],
    nextTurnUs: now + 78 * minute)

  static func offer(
    _ id: UInt64, _ state: OfferState, kind: OfferKind = .general, county: UInt32 = 21_067,
    ago: Int64 = 2
  ) -> Offer {
    Offer(
      offerId: id, referralId: 100 + id, kind: kind, helpType: .application, language: "es",
      county: county, submittedAtUs: now - (ago + 1) * minute, offeredAtUs: now - ago * minute,
      deadlineUs: now + (15 - ago) * minute, state: state)
  }

  /// A row of every kind of status.
  static let rows: [ReferralRow] = [
    ReferralRow(offer: offer(12, .offerPending)),
    ReferralRow(
      offer: offer(11, .offerWasTaken, kind: .mass, county: 21_145, ago: 20),
      endedAtUs: now - 18 * minute),
    ReferralRow(
      offer: offer(10, .offerAccepted, ago: 30), endedAtUs: now - 29 * minute, isHolder: true,
      wasHolder: true, state: .referralAssigned, callbackDueUs: now + 5 * minute,
      note: "speaks quickly, likes to be called in the morning before work"),
    ReferralRow(
      offer: offer(9, .offerAccepted, ago: 60), isHolder: true, wasHolder: true,
      state: .referralAssigned, callbackDueUs: now - 20 * minute, overdue: true),
    ReferralRow(
      offer: offer(8, .offerMissed, ago: 90), endedAtUs: now - 75 * minute),
    ReferralRow(
      offer: offer(7, .offerWasWithdrawn, ago: 100), endedAtUs: now - 95 * minute,
      withdrawal: .referralWasCancelled),
    ReferralRow(
      offer: offer(6, .offerAccepted, kind: .mass, county: 21_177, ago: 120), wasHolder: true,
      state: .referralClosed, outcome: .planEnrolled),
    ReferralRow(
      offer: offer(5, .offerAccepted, ago: 130), wasHolder: true, assignmentEnd: .endReclaimed),
    ReferralRow(
      offer: offer(4, .offerAccepted, ago: 26 * 60), isHolder: true, wasHolder: true,
      state: .referralContacted, attempts: 1),
    ReferralRow(
      offer: Offer(
        referralId: 103, helpType: .both, language: "zh", county: 21_195,
        offeredAtUs: now - 140 * minute), isHolder: true, wasHolder: true,
      state: .referralAssigned, attempts: 2),
  ]

  static let updates = Updates(
    status: status, nowUs: now, dayStartUs: now - 10 * hour - 42 * minute - 7_000_000,
    dayEndUs: now + 13 * hour, pendingGeneral: 1, pendingMass: 0, missedGeneral: 1,
    callbacksDue: 2, callbacksOverdue: 1, today: rows, receivedToday: 14,
    receivedByHour: [0, 0, 0, 0, 0, 0, 0, 0, 6, 5, 3] + [UInt32](repeating: 0, count: 13))

  static let week = Availability(
    timeZone: "America/New_York",
    weeklyHours: [
      DailyHours(
        day: .monday, start: 540, end: 1_020,
        breaks: [HoursBreak(start: 720, end: 750), HoursBreak(start: 900, end: 915)]),
      DailyHours(day: .saturday, start: 480, end: 720),
      DailyHours(day: .saturday, start: 1_080, end: 1_320),
      DailyHours(day: .sunday, start: 1_320, end: 360),
    ], outOfOffice: [OutOfOffice(startUs: now + 48 * hour, endUs: now + 96 * hour)])

  static let profile = Profile(
    status: status, contact: PreferredContact(phone: "+16065550123"), availability: week,
    termsAccepted: true)

  static let metrics = Metrics(
    fromUs: now - 48 * hour, toUs: now,
    general: OfferCounts(
      received: 14, pending: 1, accepted: 6, rejected: 2, missed: 3, expired: 1, withdrawn: 1),
    mass: OfferCounts(received: 9, accepted: 2, expired: 3, taken: 4), acceptancePermille: 615,
    respondMedianMs: 45_000, respondP90Ms: 240_000, firstCallMedianMs: 300_000,
    firstCallP90Ms: 1_500_000, assignments: 8, called: 7, calledInPromise: 6,
    brokenAcceptances: 1,
    outcomes: [
      OutcomeCount(outcome: .applicationSubmitted, count: 3),
      OutcomeCount(outcome: .planEnrolled, count: 1),
    ],
    receivedByHour: [0, 0, 0, 0, 0, 0, 0, 2, 5, 6, 4, 3, 1, 2] + [UInt64](repeating: 0, count: 10))

  static let record = ReferralRecord(
    row: ReferralRow(
      offer: offer(9, .offerAccepted, ago: 60), isHolder: true, wasHolder: true,
      state: .referralAssigned, callbackDueUs: now - 20 * minute, attempts: 2,
      note: "try again at noon"),
    assignment: Assignment(
      referralId: 109, offerId: 9, helpType: .application, language: "es", county: 21_067,
      callbackDueUs: now - 20 * minute,
      contact: Contact(
        name: "Maria Lopez", phone: "+18595550123", notes: "Deaf: please text first."),
      state: .referralAssigned,
      attempts: [
        Attempt(atUs: now - 30 * minute, result: .noAnswer, counts: true),
        Attempt(atUs: now - 28 * minute, result: .voicemail, counts: false),
      ]),
    offers: [
      OfferRecord(
        offer: offer(5, .offerExpired, ago: 90), endedAtUs: now - 75 * minute, delivered: false),
      OfferRecord(offer: noticed, endedAtUs: now - 59 * minute, delivered: true),
    ])

  private static var noticed: Offer {
    var offer = offer(9, .offerAccepted, kind: .mass, ago: 60)
    offer.notices = [
      NoticeRecord(channel: .phone, state: .noticeFailed, changedAtUs: now - 60 * minute),
      NoticeRecord(channel: .email, state: .noticeDelivered, changedAtUs: now - 59 * minute),
    ]
    return offer
  }

  static let explanation = Explanation(
    referralId: 7, assister: "alice",
    moments: [
      RoutingMoment(
        atUs: now - 30 * minute, kind: .general,
        excluded: [.notAvailable, .otherLanguage, .hadOpenGeneralOffer], blockers: 1 << 3 | 1 << 5,
        historyKept: true),
      RoutingMoment(
        atUs: now - 15 * minute, kind: .general, decidedBy: .byLastOffer, candidates: 4,
        own: RankFacts(roleRank: 1, lastGeneralOfferUs: now - hour),
        chosen: RankFacts(roleRank: 1, lastGeneralOfferUs: now - 30 * hour), historyKept: true),
      RoutingMoment(atUs: now, kind: .mass, offered: true, historyKept: true),
    ])
}
