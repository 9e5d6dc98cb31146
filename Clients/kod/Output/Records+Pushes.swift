import KODJSON
import KODWire

extension Push: JSONRecord {
  /// The body's kind as "event", then where the push stands in the stream, then the body's own keys.
  var json: JSON {
    let (event, members) = body.map(Self.members) ?? ("unknown", [:])
    return ["event": .string(event), "offset": .unsigned(offset), "at_us": .integer(atUs)] + members
  }

  private static func members(_ body: Body) -> (String, JSON) {
    switch body {
    case .offerOpened(let offer): ("offer_opened", ["offer": offer.json])
    case .offerReminder(let reminder):
      (
        "offer_reminder",
        [
          "offer_id": .unsigned(reminder.offerId), "referral_id": .unsigned(reminder.referralId),
          "number": .count(reminder.number), "deadline_us": .integer(reminder.deadlineUs),
        ]
      )
    case .offerClosed(let closed): ("offer_closed", closed.json)
    case .registrationChanged(let change):
      (
        "registration_changed",
        [
          "registration": .string(change.registration.word),
          "missed_in_a_row": .count(change.missedInARow),
          "missed_offers": .array(change.missedOffers.map { .unsigned($0) }),
        ]
      )
    case .assignmentEnded(let ended):
      (
        "assignment_ended",
        [
          "referral_id": .unsigned(ended.referralId), "state": .string(ended.state.word),
          "cause": .word(ended.cause.rawValue, ended.cause.word),
        ]
      )
    case .assignmentReminder(let reminder):
      (
        "assignment_reminder",
        [
          "referral_id": .unsigned(reminder.referralId), "number": .count(reminder.number),
          "callback_due_us": .integer(reminder.callbackDueUs),
        ]
      )
    case .assignmentGiven(let given): ("assignment_given", ["assignment": given.json])
    case .availabilityChanged(let change):
      (
        "availability_changed",
        [
          "available": .bool(change.available), "override": .string(change.override.word),
          "blockers": .array(Blocker.set(change.blockers).map { .string($0.word) }),
          "override_cleared": .bool(change.overrideCleared),
        ]
      )
    case .referralAlert, .assisterAlert, .policyChanged, .referralUpdate: staff(body)
    }
  }

  /// What supervisors and partners are told.
  private static func staff(_ body: Body) -> (String, JSON) {
    switch body {
    case .referralAlert(let alert):
      (
        "referral_alert",
        [
          "referral_id": .unsigned(alert.referralId), "cause": .string(alert.cause.word),
          "kind": .word(alert.kind.rawValue, alert.kind.word),
        ]
      )
    case .assisterAlert(let alert):
      (
        "assister_alert",
        [
          "assister": .string(alert.assister),
          "missed_offers": .array(alert.missedOffers.map { .unsigned($0) }),
        ]
      )
    case .policyChanged(let change):
      ("policy_changed", ["version": .count(change.version)])
    case .referralUpdate(let update):
      (
        "referral_update",
        [
          "referral": (update.referral ?? Referral()).json,
          "promise_missed": .bool(update.promiseMissed),
        ]
      )
    default: ("unknown", [:])
    }
  }
}
