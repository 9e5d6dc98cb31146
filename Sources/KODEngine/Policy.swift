/// What a real program could decide otherwise (R60). Versioned by the engine: a referral keeps the
/// version it started under. Capacity, the number of misses and the rule of re-registration concern
/// assisters, not referrals: there the newest version holds.
public struct Policy: Hashable, Sendable {
  /// What follows a general Offer that did not lead to an assignment.
  public enum Continuation: UInt8, Sendable {
    /// The next candidate (R5).
    case next = 1
    /// Everybody eligible at once (R6).
    case mass = 2
  }

  /// Who is asked in a mass opening, besides role and language.
  public enum MassAudience: UInt8, Sendable {
    /// Those whose counties match.
    case eligible = 1
    /// Wherever they work.
    case anyCounty = 2
  }

  /// Whether somebody without the Resident's language may be asked.
  public enum LanguageRelaxation: UInt8, Sendable {
    case never = 1
    case inMass = 2
  }

  /// Whether a de-registered assister may register again alone (R30).
  public enum Reregistration: UInt8, Sendable {
    case allowed = 1
    case staffOnly = 2
  }

  /// A part of a window.
  public struct Fraction: Hashable, Sendable {
    public var numerator: UInt8
    public var denominator: UInt8

    public init(_ numerator: UInt8, of denominator: UInt8) {
      self.numerator = numerator
      self.denominator = denominator
    }
  }

  /// Who may take which help type, and who is asked first: rank 1 before rank 2, nil not at all
  /// (R37).
  public struct RoleMatrix: Hashable, Sendable {
    /// Three help types times two kinds; 0 stands for not allowed.
    var ranks: [UInt8]

    public init(_ rank: (HelpType, AssisterKind) -> UInt8?) {
      ranks = HelpType.allCases.flatMap { help in
        AssisterKind.allCases.map { kind in rank(help, kind) ?? 0 }
      }
    }

    init(ranks: [UInt8]) { self.ranks = ranks }

    public func rank(_ help: HelpType, _ kind: AssisterKind) -> UInt8? {
      let rank = ranks[Int(help.rawValue - 1) * 2 + Int(kind.rawValue - 1)]
      return rank == 0 ? nil : rank
    }

    /// Applications go to kynectors first, plans to agents first, both to whoever is next.
    public static let standard = RoleMatrix { help, kind in
      switch (help, kind) {
      case (.application, .kynector), (.plan, .agent), (.both, _): 1
      case (.application, .agent), (.plan, .kynector): 2
      }
    }
  }

  /// After a rejection, or a release.
  public var onReject: Continuation = .next
  /// After an Offer that was missed or expired.
  public var onLapse: Continuation = .next
  /// R41; nil: general Offers go on until somebody accepts or nobody is left.
  public var generalPhase: Instant.Interval? = .minutes(15)
  /// R40.
  public var offerWindow: Instant.Interval = .minutes(15)
  /// R42.
  public var massWindow: Instant.Interval = .minutes(15)
  /// General Offers per referral; after that many, mass. 0: as many as there are candidates.
  public var maxGeneralOffers: UInt32 = 0
  /// Whether a rejection or a release ends a streak of misses (R50).
  public var rejectIsResponse = true
  /// Misses in a row that de-register (R31); 0: never.
  public var missesToDeregister: UInt8 = 3
  /// Open assignments per assister (R36) whose credential sets none.
  public var capacity: UInt32 = 5
  /// R44.
  public var callbackPromise: Instant.Interval = .minutes(30)
  /// R45: at least that long after the acceptance.
  public var callbackGrace: Instant.Interval = .minutes(10)
  /// R46.
  public var reclaim: Instant.Interval = .minutes(15)
  /// Attempts that count before a referral may be closed as unreachable (R43).
  public var unreachableAttempts: UInt32 = 3
  /// An attempt counts that is at least so long after the one that counted before it (R43).
  public var unreachableSpacing: Instant.Interval = .minutes(10)
  /// So long before the callback is due the holder is reminded (R47); 0: not.
  public var firstCallbackReminder: Instant.Interval = .minutes(10)
  /// The same once more; 0: not. Less than the first, unless one of them is 0.
  public var secondCallbackReminder: Instant.Interval = .minutes(5)
  /// R47.
  public var firstReminder = Fraction(1, of: 3)
  /// R47.
  public var secondReminder = Fraction(4, of: 5)
  public var roles: RoleMatrix = .standard
  public var massAudience: MassAudience = .eligible
  public var languageRelaxation: LanguageRelaxation = .never
  public var reregistration: Reregistration = .allowed
  /// Offers only to assisters with a session (R60).
  public var offerRequiresSession = false

  /// The default, equal to `phase15`.
  public init() {}

  /// R61: rejected or lapsed, the next; after 15 minutes, everybody.
  public static let phase15 = Policy()

  /// R61: one after the other, however long it takes.
  public static let serial: Policy = {
    var policy = Policy()
    policy.generalPhase = nil
    return policy
  }()

  /// R61: rejected, the next; lapsed, everybody.
  public static let lapseToMass: Policy = {
    var policy = Policy.serial
    policy.onLapse = .mass
    return policy
  }()

  /// R61: one general Offer, then everybody.
  public static let oneShot: Policy = {
    var policy = Policy.lapseToMass
    policy.onReject = .mass
    return policy
  }()

  /// Whether the engine can work by it: windows of 1 ms to 30 days, other spans of 0 to 30 days,
  /// reminders inside the window and in order.
  public var isValid: Bool {
    let shortest = Instant.Interval(microseconds: 1000)
    let windows = [offerWindow, massWindow] + (generalPhase.map { [$0] } ?? [])
    let spans = [
      callbackPromise, callbackGrace, reclaim, unreachableSpacing, firstCallbackReminder,
      secondCallbackReminder,
    ]
    let zero = Instant.Interval(microseconds: 0)
    let areCallbackRemindersInOrder =
      firstCallbackReminder == zero || secondCallbackReminder < firstCallbackReminder
    let first = firstReminder
    let second = secondReminder
    return windows.allSatisfy { shortest <= $0 && $0 <= EngineLimits.longestSpan }
      && spans.allSatisfy { zero <= $0 && $0 <= EngineLimits.longestSpan }
      && 0 < first.numerator && second.numerator < second.denominator
      && Int(first.numerator) * Int(second.denominator)
        < Int(second.numerator) * Int(first.denominator)
      && areCallbackRemindersInOrder && capacity > 0
  }
}

extension Instant {
  /// The instant at which that part of the window is over.
  func part(_ fraction: Policy.Fraction, until deadline: Instant) -> Instant {
    let span = deadline.microseconds - microseconds
    return Instant(
      microseconds: microseconds + span * Int64(fraction.numerator) / Int64(fraction.denominator))
  }
}
