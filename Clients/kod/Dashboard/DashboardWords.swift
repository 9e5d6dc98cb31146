import KODWire

/// The dashboard's words for states and results. What other screens say too stands in Clients/kod/Output.
enum DashboardWords {
  static func attempt(_ result: AttemptResult) -> String {
    switch result {
    case .reached: "reached"
    case .noAnswer: "no answer"
    case .voicemail: "left a voicemail"
    default: WireWords.spaced(result.word)
    }
  }

  /// `The reason. [CODE]`
  static func refusal(_ failure: Failure) -> String {
    let bracket = failure.reason.isEmpty ? "" : " [\(failure.reason)]"
    return failure.message + bracket
  }

  static func registered(_ profile: Profile) -> String {
    guard !profile.missing.isEmpty else { return "you are registered" }
    return "your registration is a draft; missing: \(profile.missing.joined(separator: ", "))"
  }

  /// A symbol for those who do not see the colour.
  static func symbol(_ tone: Style.Tone, _ glyphs: Glyphs) -> String {
    switch tone {
    case .good: glyphs.good
    case .bad: glyphs.bad
    case .warning: "!"
    default: glyphs.dot
    }
  }

  /// How a referral stands with the assister: the words of every list, but with what is live to the second.
  static func status(
    _ row: ReferralRow, clock: ClockFace, now: Int64
  ) -> (text: String, tone: Style.Tone) {
    let offer = row.offer ?? Offer()
    if !row.isHolder, !row.wasHolder, row.outcome == .unspecified {
      let left = offer.deadlineUs - now
      if offer.state == .offerPending, left > 0 {
        return ("OPEN, \(Remaining.text(left)) left", .warning)
      }
      if offer.state == .offerWasTaken, row.endedAtUs > 0 {
        return ("taken at \(clock.time(row.endedAtUs))", .plain)
      }
    }
    let words = ReferralWords.status(row, clock: clock, now: now)
    return (words.text, words.tone)
  }

  /// `72.5 %`.
  static func permille(_ value: UInt32) -> String { "\(value / 10).\(value % 10) %" }

  static func milliseconds(_ value: UInt32) -> String {
    value == 0 ? "-" : DurationText.spoken(microseconds: Int64(value) * 1_000)
  }
}

/// Countdowns in whole seconds, rounded down, so that one frame a second is enough and never too kind.
enum Remaining {
  /// `14:59`, `0:07`, `1:02:03`; `0:00` at and after the deadline.
  static func text(_ microseconds: Int64) -> String {
    let seconds = max(0, microseconds) / 1_000_000
    let clock = "\(seconds / 60 % 60):\(Countdown.twoDigits(seconds % 60))"
    if seconds < 3_600 { return clock }
    let minutes = Countdown.twoDigits(seconds / 60 % 60)
    return "\(seconds / 3_600):\(minutes):\(Countdown.twoDigits(seconds % 60))"
  }
}

extension DashboardWords {
  /// The line below the tabs: available or not, until when, and what to do about it.
  static func availability(
    _ status: AssisterStatus, absences: [OutOfOffice] = [], clock: ClockFace, now: Int64
  ) -> (text: String, tone: Style.Tone) {
    switch status.registration {
    case .registrationActive: break
    case .registrationSuspended:
      return ("NOT AVAILABLE: suspended; the program's staff can help", .bad)
    case .registrationDraft:
      return ("NOT REGISTERED YET: fill in pages 4 and 5, then R on page 4", .bad)
    case .registrationDeregistered:
      return ("DE-REGISTERED: R on page 4 brings you back", .bad)
    default: return ("NOT REGISTERED: R on page 4 registers you", .bad)
    }
    guard status.available else {
      var text = "NOT AVAILABLE: \(StandingWords.whyNotAvailable(status))"
      let isHours = status.blockers == 1 << UInt32(Blocker.blockedByHours.rawValue)
      if isHours, status.nextTurnUs > now {
        text += " until \(clock.when(status.nextTurnUs, now: now))"
      }
      let isAway = status.blockers == 1 << UInt32(Blocker.blockedByOutOfOffice.rawValue)
      if isAway, let absence = absences.first(where: { $0.startUs <= now && now < $0.endUs }) {
        text += " until \(clock.when(absence.endUs, now: now))"
      }
      return (text, .warning)
    }
    if status.override == .overrideOn {
      let until =
        status.overrideUntilUs > now ? " until \(clock.when(status.overrideUntilUs, now: now))" : ""
      return ("AVAILABLE (switched on\(until))", .good)
    }
    let until = status.nextTurnUs > now ? " until \(clock.when(status.nextTurnUs, now: now))" : ""
    return ("AVAILABLE\(until)", .good)
  }
}
