import KODWire

/// What happened, in a sentence: the same words on the watch screen, in its lines, and in the demo.
enum EventWords {
  typealias Tone = Style.Tone

  /// `offer 12 (mass): application, Spanish, Fayette ET`
  static func offer(_ offer: Offer) -> String {
    "offer \(offer.offerId) (\(offer.kind.word)): \(request(offer.helpType, offer.language, offer.county))"
  }

  /// `application, Spanish, Fayette ET`
  static func request(_ help: HelpType, _ language: String, _ county: UInt32) -> String {
    "\(help.word), \(Languages.name(language)), \(Counties.label(county))"
  }

  /// `mine`: this session asked for it, so the sentence speaks of what "you" did here.
  static func closed(
    _ closed: OfferClosed, clock: ClockFace, missesToDeregister: UInt32
  ) -> (text: String, tone: Tone) {
    let name = "offer \(closed.offerId)"
    let at = clock.time(closed.closedAtUs)
    switch closed.state {
    case .offerAccepted: return ("\(name): accepted by you", .good)
    case .offerRejected: return ("\(name): rejected by you", .plain)
    case .offerWasTaken: return ("\(name): taken by somebody else at \(at)", .warning)
    case .offerWasWithdrawn:
      return ("\(name): withdrawn at \(at): \(cause(closed.withdrawal))", .plain)
    case .offerWasReleased:
      return ("\(name): given back, because you switched availability off", .plain)
    case .offerExpired:
      return ("\(name): expired at \(at), not counted as a miss", .plain)
    case .offerMissed:
      return (
        "\(name): MISSED, no answer by \(at). "
          + streak(closed.missedInARow, of: missesToDeregister), .bad
      )
    default: return ("\(name): \(closed.state.word)", .plain)
    }
  }

  /// Why an offer was withdrawn (R25), to whom it was offered.
  static func cause(_ cause: WithdrawalCause) -> String {
    switch cause {
    case .referralWasCancelled: "the request was cancelled"
    case .assisterWasDeregistered: "you were de-registered"
    case .assisterWasSuspended: "your registration was suspended"
    case .assisterWithdrew: "you ended your registration"
    case .referralWasAssigned: "a supervisor gave the request to somebody"
    default: "the request was cancelled, or may no longer be offered to you"
    }
  }

  /// `2 missed in a row; at 3 you are de-registered`
  static func streak(_ missed: UInt32, of limit: UInt32) -> String {
    guard limit > 0 else { return "\(missed) missed in a row" }
    return missed >= limit
      ? "\(missed) missed in a row: you are de-registered"
      : "\(missed) missed in a row; at \(limit) you are de-registered"
  }

  static func registration(_ change: RegistrationChanged) -> (text: String, tone: Tone) {
    switch change.registration {
    case .registrationDeregistered:
      let offers = change.missedOffers.map(String.init).joined(separator: ", ")
      return (
        "DE-REGISTERED: \(change.missedInARow) general offers missed in a row"
          + (offers.isEmpty ? "" : " (\(offers))")
          + ". Come back with: kod register --accept-terms", .bad
      )
    case .registrationActive: return ("you are registered", .good)
    case .registrationDraft:
      return ("your registration is a draft: `kod register` says what is missing", .warning)
    case .registrationWithdrawn:
      return ("you ended your registration. Come back with: kod register --accept-terms", .warning)
    case .registrationSuspended:
      return ("SUSPENDED: no offers come. The program's staff can help", .bad)
    default: return ("your registration is now: \(change.registration.word)", .warning)
    }
  }

  /// Longer notes are cut; `kod status` shows all of them.
  private static let noteColumns = 240

  static func won(_ assignment: Assignment, clock: ClockFace) -> String {
    let contact = assignment.contact ?? Contact()
    let due = clock.minute(
      assignment.callbackDueUs, county: Counties.county(fips: assignment.county))
    // What the Resident wants known ("deaf, please text") is of use before the call or not at all.
    let notes =
      contact.notes.isEmpty ? "" : ". Notes: \(TerminalText.fitted(contact.notes, noteColumns))"
    return "offer \(assignment.offerId): WON, referral \(assignment.referralId). "
      + "Call \(contact.name) \(contact.phone) by \(due)\(notes)"
  }

  static func reminder(_ reminder: OfferReminder, now: Int64) -> String {
    let left = DurationText.spoken(microseconds: reminder.deadlineUs - now)
    return "offer \(reminder.offerId): still waiting for you, \(left) left"
  }

  /// Why accepted work left its holder (R16, R17), to the holder.
  static func ended(_ ended: AssignmentEnded) -> String {
    let name = "referral \(ended.referralId)"
    switch ended.cause {
    case .endCancelled: return "\(name): the request was cancelled; no need to call"
    case .endReleased: return "\(name): given back by you"
    case .endTakenBack: return "\(name): a supervisor took it back; no need to call"
    case .endReclaimed:
      return "\(name): TAKEN AWAY, no call was logged in time; no need to call any more"
    default: return "\(name): ended without you (\(ended.state.word)); no need to call"
    }
  }

  /// About the callback (R45, R47). `assignment`: what is known of it here.
  static func callback(
    _ reminder: AssignmentReminder, assignment: Assignment?, clock: ClockFace, now: Int64
  ) -> (text: String, tone: Tone) {
    let contact = assignment?.contact
    let whom = contact.map { "call \($0.name) \($0.phone)" } ?? "call back"
    let due = clock.minute(
      reminder.callbackDueUs, county: assignment.flatMap { Counties.county(fips: $0.county) })
    let left = reminder.callbackDueUs - now
    guard reminder.number < 3, left > 0 else {
      return (
        "referral \(reminder.referralId): OVERDUE, no call was logged by \(due): \(whom), "
          + "then kod attempt \(reminder.referralId) RESULT", .bad
      )
    }
    return (
      "referral \(reminder.referralId): \(whom) by \(due), "
        + "\(DurationText.spoken(microseconds: left)) left", .warning
    )
  }

  /// Work by a supervisor's hand (R12).
  static func given(_ assignment: Assignment, clock: ClockFace) -> String {
    let contact = assignment.contact ?? Contact()
    let due = clock.minute(
      assignment.callbackDueUs, county: Counties.county(fips: assignment.county))
    let notes =
      contact.notes.isEmpty ? "" : ". Notes: \(TerminalText.fitted(contact.notes, noteColumns))"
    return "referral \(assignment.referralId): GIVEN TO YOU by a supervisor. "
      + "Call \(contact.name) \(contact.phone) by \(due)\(notes)"
  }

  /// Availability changed by itself or by a switch (R32, R33).
  static func availability(_ change: AvailabilityChanged) -> (text: String, tone: Tone) {
    let cleared = change.overrideCleared ? "your switch \"on\" has ended, your hours decide: " : ""
    if change.available { return ("\(cleared)you are available", .good) }
    let why = change.blockers == 0 ? "" : ": \(StandingWords.blockers(change.blockers))"
    return ("\(cleared)you are NOT available\(why)", .warning)
  }

  static func policy(_ change: PolicyChanged) -> String {
    "version \(change.version) of the policy is in force"
  }

  static func alert(_ alert: ReferralAlert) -> (text: String, tone: Tone) {
    let name = "referral \(alert.referralId)"
    switch alert.kind {
    case .alertPromiseMissed:
      return ("\(name): PROMISE MISSED, nobody has called in time", .bad)
    case .alertOverdue: return ("\(name): OVERDUE, its holder has not called in time", .bad)
    case .alertReclaimed:
      return ("\(name): reclaimed, its holder logged no call; it is offered again", .warning)
    default:
      return ("\(name): nobody is being asked (\(WireWords.spaced(alert.cause.word)))", .warning)
    }
  }

  static func alert(_ alert: AssisterAlert) -> String {
    let offers = alert.missedOffers.map(String.init).joined(separator: ", ")
    return "\(alert.assister) was de-registered"
      + (offers.isEmpty ? "" : " after missing offers \(offers)")
  }

  /// To the partner: its referral entered another state, or the promise was missed (R44).
  static func update(_ update: ReferralUpdate, clock: ClockFace) -> (text: String, tone: Tone) {
    let referral = update.referral ?? Referral()
    let name = "referral \(referral.referralId) (\(referral.partnerReference))"
    if update.promiseMissed {
      let promise = clock.minute(
        referral.promiseUs, county: Counties.county(fips: referral.county))
      return ("\(name): PROMISE MISSED, nobody had called by \(promise)", .bad)
    }
    let state = self.referral(referral)
    switch referral.state {
    case .referralWaiting: return ("\(name): \(state)", .warning)
    case .referralContacted, .referralClosed: return ("\(name): \(state)", .good)
    default: return ("\(name): \(state)", .plain)
    }
  }

  /// `waiting (no one available)`, `closed: plan enrolled`, `assigned`.
  static func referral(_ referral: Referral) -> String {
    var state = referral.state.word
    if referral.waitingCause.rawValue != 0 {
      state += " (\(WireWords.spaced(referral.waitingCause.word)))"
    }
    if referral.outcome.rawValue != 0 { state += ": \(WireWords.spaced(referral.outcome.word))" }
    return state
  }
}
