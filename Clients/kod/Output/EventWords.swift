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
      return (
        "\(name): withdrawn at \(at): the request was cancelled, or may no longer be offered to you",
        .plain
      )
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

  static func ended(_ ended: AssignmentEnded) -> String {
    "referral \(ended.referralId): ended without you (\(ended.state.word)); no need to call"
  }

  static func alert(_ alert: ReferralAlert) -> String {
    "referral \(alert.referralId): nobody is being asked (\(WireWords.spaced(alert.cause.word)))"
  }

  static func alert(_ alert: AssisterAlert) -> String {
    let offers = alert.missedOffers.map(String.init).joined(separator: ", ")
    return "\(alert.assister) was de-registered after missing offers \(offers)"
  }
}
