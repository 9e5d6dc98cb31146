import KODWire

/// The wire's messages as JSON, under the keys that `kod help json` documents.
protocol JSONRecord {
  var json: JSON { get }
}

private func countyMembers(_ fips: UInt32) -> JSON {
  let row = Counties.county(fips: fips)
  return [
    "county": .unsigned(UInt64(fips)),
    "county_name": row.map { .string($0.name) } ?? .null,
    "time_zone": row.map { .string($0.zone.rawValue) } ?? .null,
  ]
}

extension Offer: JSONRecord {
  var json: JSON {
    [
      "offer_id": .unsigned(offerId), "referral_id": .unsigned(referralId),
      "kind": .string(kind.word), "help_type": .string(helpType.word),
      "language": .string(language),
    ] + countyMembers(county) + [
      "submitted_at_us": .integer(submittedAtUs), "offered_at_us": .integer(offeredAtUs),
      "deadline_us": .integer(deadlineUs), "state": .string(state.word),
    ]
  }
}

extension Assignment: JSONRecord {
  var json: JSON {
    [
      "referral_id": .unsigned(referralId), "offer_id": .unsigned(offerId),
      "help_type": .string(helpType.word), "language": .string(language),
    ] + countyMembers(county) + [
      "submitted_at_us": .integer(submittedAtUs), "accepted_at_us": .integer(acceptedAtUs),
      "callback_due_us": .integer(callbackDueUs), "state": .string(state.word),
      "contact": [
        "name": .string(contact?.name ?? ""), "phone": .string(contact?.phone ?? ""),
        "notes": .string(contact?.notes ?? ""),
      ],
    ]
  }
}

extension Referral: JSONRecord {
  var json: JSON {
    [
      "referral_id": .unsigned(referralId), "partner_reference": .string(partnerReference),
      "state": .string(state.word),
      "waiting_cause": waitingCause.rawValue == 0 ? .null : .string(waitingCause.word),
      "help_type": .string(helpType.word), "language": .string(language),
    ] + countyMembers(county) + [
      "submitted_at_us": .integer(submittedAtUs), "changed_at_us": .integer(changedAtUs),
      "offers_made": .unsigned(UInt64(offersMade)), "offers_open": .unsigned(UInt64(offersOpen)),
      "holder": holder.isEmpty ? .null : .string(holder),
      "outcome": outcome.rawValue == 0 ? .null : .string(outcome.word),
      "promise_us": .integer(promiseUs),
    ]
  }
}

extension AssisterStatus: JSONRecord {
  var json: JSON {
    [
      "name": .string(name), "kind": .string(kind.word), "registration": .string(registration.word),
      "override": .string(`override`.word), "available": .bool(available),
      "missed_in_a_row": .unsigned(UInt64(missedInARow)),
      "misses_to_deregister": .unsigned(UInt64(missesToDeregister)),
      "open_assignments": .unsigned(UInt64(openAssignments)),
      "capacity": .unsigned(UInt64(capacity)),
      "languages": .array(languages.map { .string($0) }),
      "counties": .array(counties.map { .unsigned(UInt64($0)) }),
    ]
  }
}

extension ServerStatus: JSONRecord {
  var json: JSON {
    [
      "server": .string(server), "started_at_us": .integer(startedAtUs),
      "now_us": .integer(nowUs), "epoch": .string(epoch),
      "durable_sequence": .unsigned(durableSequence), "sessions": .unsigned(UInt64(sessions)),
      "subscriptions": .unsigned(UInt64(subscriptions)), "referrals": .unsigned(referrals),
      "offers": .unsigned(offers), "referrals_general": .unsigned(UInt64(referralsGeneral)),
      "referrals_mass": .unsigned(UInt64(referralsMass)),
      "referrals_waiting": .unsigned(UInt64(referralsWaiting)),
      "referrals_assigned": .unsigned(UInt64(referralsAssigned)),
      "assisters": .unsigned(UInt64(assisters)),
      "assisters_available": .unsigned(UInt64(assistersAvailable)),
      "accepts": .unsigned(accepts), "pushes": .unsigned(pushes),
      "log_syncs": .unsigned(logSyncs), "resident_bytes": .unsigned(residentBytes),
    ]
  }
}

extension OfferClosed: JSONRecord {
  var json: JSON {
    [
      "offer_id": .unsigned(offerId), "referral_id": .unsigned(referralId),
      "kind": .string(kind.word), "state": .string(state.word),
      "closed_at_us": .integer(closedAtUs), "missed_in_a_row": .unsigned(UInt64(missedInARow)),
    ]
  }
}

extension CloseReferralResponse: JSONRecord {
  var json: JSON {
    [
      "referral_id": .unsigned(referralId), "outcome": .string(outcome.word),
      "closed_at_us": .integer(closedAtUs),
    ]
  }
}

extension Push: JSONRecord {
  /// The body's kind as "event", then where the push stands in the stream, then the body's own keys.
  var json: JSON {
    let (event, members): (String, JSON) =
      switch body {
      case .offerOpened(let offer): ("offer_opened", ["offer": offer.json])
      case .offerReminder(let reminder):
        (
          "offer_reminder",
          [
            "offer_id": .unsigned(reminder.offerId), "referral_id": .unsigned(reminder.referralId),
            "number": .unsigned(UInt64(reminder.number)),
            "deadline_us": .integer(reminder.deadlineUs),
          ]
        )
      case .offerClosed(let closed): ("offer_closed", closed.json)
      case .registrationChanged(let change):
        (
          "registration_changed",
          [
            "registration": .string(change.registration.word),
            "missed_in_a_row": .unsigned(UInt64(change.missedInARow)),
            "missed_offers": .array(change.missedOffers.map { .unsigned($0) }),
          ]
        )
      case .assignmentEnded(let ended):
        (
          "assignment_ended",
          ["referral_id": .unsigned(ended.referralId), "state": .string(ended.state.word)]
        )
      case .referralAlert(let alert):
        (
          "referral_alert",
          ["referral_id": .unsigned(alert.referralId), "cause": .string(alert.cause.word)]
        )
      case .assisterAlert(let alert):
        (
          "assister_alert",
          [
            "assister": .string(alert.assister),
            "missed_offers": .array(alert.missedOffers.map { .unsigned($0) }),
          ]
        )
      case .referralUpdate, .assignmentReminder, .assignmentGiven, .availabilityChanged,
        .policyChanged, nil:
        ("unknown", [:])
      }
    return ["event": .string(event), "offset": .unsigned(offset), "at_us": .integer(atUs)] + members
  }
}
