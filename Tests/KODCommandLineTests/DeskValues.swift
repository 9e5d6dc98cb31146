import Foundation
import KODWire

@testable import kod

/// What the desk's screens show in tests.
enum DeskValues {
  static let minute = ScreenValues.minute
  static let now = ScreenValues.now

  static func referral(
    _ id: UInt64, _ state: ReferralState, cause: WaitingCause = .unspecified, ago: Int64 = 5,
    holder: String = "", called: Int64 = 0, missed: Bool = false, overdue: Bool = false,
    outcome: Outcome = .unspecified
  ) -> Referral {
    Referral(
      referralId: id, partnerReference: "R-\(1_000 + id)", state: state, waitingCause: cause,
      helpType: .application, language: "es", county: 21_067,
      submittedAtUs: now - ago * minute, changedAtUs: now - minute, offersMade: 3,
      holder: holder, outcome: outcome, promiseUs: now + (30 - ago) * minute,
      promiseMissed: missed, firstAttemptUs: called, policyVersion: 2, overdue: overdue)
  }

  static let queue: [Referral] = [
    referral(
      4, .referralWaiting, cause: .massExpired, ago: 3_000, missed: true),
    referral(
      7, .referralAssigned, ago: 45, holder: "an-assister-with-a-long-name", missed: true,
      overdue: true),
    referral(8, .referralAssigned, ago: 40, holder: "ben", called: now - 10 * minute),
    referral(9, .referralWaiting, cause: .noOneAvailable, ago: 0),
  ]

  static let record = ReferralRecord(
    offers: [
      OfferRecord(
        offer: ScreenValues.offer(12, .offerMissed), endedAtUs: now - minute, assister: "alice",
        delivered: true),
      OfferRecord(
        offer: {
          var offer = ScreenValues.offer(13, .offerWasWithdrawn, kind: .mass)
          offer.notices = [
            NoticeRecord(channel: .phone, state: .noticeFailed, changedAtUs: now),
            NoticeRecord(channel: .email, state: .noticeSent, changedAtUs: now),
          ]
          return offer
        }(), endedAtUs: now, assister: "ben", withdrawal: .referralWasCancelled),
      OfferRecord(offer: ScreenValues.offer(14, .offerPending), assister: "carla"),
    ],
    referral: referral(7, .referralWaiting, cause: .allAsked, ago: 20),
    deskNotes: [
      DeskNote(
        atUs: now - 2 * minute, by: "sam", action: .rerun,
        reason: "two people are back from lunch and the Resident has called again \u{1b}[31m")
    ])

  static let assisters: [AssisterStatus] = [
    ScreenValues.status,
    AssisterStatus(
      name: "ben", kind: .agent, registration: .registrationDeregistered, missedInARow: 3,
      missesToDeregister: 3, capacity: 5, languages: ["en"], counties: [21_067, 21_111],
      blockers: 1, credentialUntilUs: now - minute, brokenAcceptances: 1),
    AssisterStatus(name: "new", registration: .registrationNone, blockers: 1),
    AssisterStatus(
      name: "out", kind: .kynector, registration: .registrationActive, capacity: 5,
      languages: ["en"], blockers: 0b1100, credentialUntilUs: now + minute),
  ]

  static let metrics = ProgramMetrics(
    fromUs: now - 7 * 24 * ScreenValues.hour, toUs: now, submitted: 200, offered: 190,
    assigned: 180, called: 170, calledInPromise: 150, contacted: 120, closed: 110, served: 100,
    cancelled: 5, promiseMissed: 40, wentToMass: 60, everWaited: 10, open: 85,
    waitMedianMs: 400_000, waitP90Ms: 1_900_000, acceptMedianMs: 90_000, acceptP90Ms: 900_000,
    general: OfferCounts(received: 250, accepted: 120, rejected: 50, missed: 30, expired: 50),
    mass: OfferCounts(received: 900, accepted: 60, taken: 800, withdrawn: 40),
    outcomes: [
      OutcomeCount(outcome: .planEnrolled, count: 70), OutcomeCount(outcome: .unserved, count: 10),
      OutcomeCount(outcome: .applicationSubmitted, count: 30),
    ],
    byCounty: [
      CoverageCell(county: 21_067, submitted: 50, calledInPromise: 50),
      CoverageCell(
        county: 21_195, submitted: 30, foundNobody: 8, calledInPromise: 5, promiseMissed: 9),
      CoverageCell(
        county: 21_145, submitted: 20, foundNobody: 2, calledInPromise: 9, promiseMissed: 9),
    ],
    byLanguage: [
      CoverageCell(language: "es", submitted: 40, foundNobody: 3, calledInPromise: 30)
    ],
    byHour: (0..<24).map {
      CoverageCell(hour: $0, submitted: UInt64($0), promiseMissed: $0 == 17 ? 4 : 0)
    }, deregistrations: 2, brokenAcceptances: 1)

  static let policy: Policy = {
    var policy = Policy(
      onReject: .continueNext, onLapse: .continueNext, generalPhaseMs: 900_000,
      offerWindowMs: 900_000, massWindowMs: 900_000, rejectIsResponse: true,
      missesToDeregister: 3, capacity: 5, callbackPromiseMs: 1_800_000,
      callbackGraceMs: 600_000, reclaimMs: 900_000, firstReminderNumerator: 1,
      firstReminderDenominator: 3, secondReminderNumerator: 4, secondReminderDenominator: 5)
    policy.roleRanks = [2, 1, 1, 2, 1, 1]
    policy.massAudience = .massEligible
    policy.languageRelaxation = .languageNever
    policy.reregistration = .allowed
    policy.unreachableAttempts = 3
    policy.unreachableSpacingMs = 600_000
    policy.firstCallbackReminderMs = 600_000
    policy.secondCallbackReminderMs = 300_000
    return policy
  }()

  static let serial: Policy = {
    var serial = policy
    serial.generalPhaseMs = 0
    return serial
  }()

  static let report = SimulationReport(
    fromUs: metrics.fromUs, toUs: now,
    recorded: SimulationFigures(
      requests: 200, calledInPromise: 150, wentToMass: 60, misses: 30, deregistrations: 2,
      accepted: 180, neverAccepted: 20, generalOffers: 250, massOffers: 900,
      acceptMedianMs: 90_000, acceptP90Ms: 900_000),
    baseline: SimulationFigures(
      requests: 200, calledInPromise: 148, wentToMass: 58, misses: 31, deregistrations: 2,
      accepted: 181, neverAccepted: 19, generalOffers: 248, massOffers: 880,
      acceptMedianMs: 91_000, acceptP90Ms: 880_000),
    alternative: SimulationFigures(
      requests: 200, calledInPromise: 120, misses: 60, deregistrations: 2,
      accepted: 181, neverAccepted: 19, generalOffers: 400, acceptMedianMs: 91_000,
      acceptP90Ms: 1_800_000),
    baselinePolicy: policy, alternativePolicy: serial)
}
