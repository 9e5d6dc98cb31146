import KODJSON
import KODWire

/// The wire's messages as JSON, under the keys that `kod help json` documents.
protocol JSONRecord {
  var json: JSON { get }
}

extension JSON {
  /// An enumeration's word, or null for "unspecified".
  static func word(_ number: Int32, _ word: String) -> JSON { number == 0 ? .null : .string(word) }

  static func count(_ number: UInt32) -> JSON { .unsigned(UInt64(number)) }
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
      "notices": .array(
        notices.map {
          [
            "channel": .string($0.channel.word), "state": .string($0.state.word),
            "changed_at_us": .integer($0.changedAtUs),
          ]
        }),
    ]
  }
}

extension Attempt: JSONRecord {
  var json: JSON {
    ["at_us": .integer(atUs), "result": .string(result.word), "counts": .bool(counts)]
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
      "attempts": .array(attempts.map(\.json)), "overdue": .bool(overdue), "note": .string(note),
      "by_hand": .bool(byHand),
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
      "promise_us": .integer(promiseUs), "promise_missed": .bool(promiseMissed),
      "first_attempt_us": .integer(firstAttemptUs), "policy_version": .count(policyVersion),
      "overdue": .bool(overdue),
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
      "blockers": .array(Blocker.set(blockers).map { .string($0.word) }),
      "override_until_us": .integer(overrideUntilUs), "next_turn_us": .integer(nextTurnUs),
      "credential_until_us": .integer(credentialUntilUs),
      "broken_acceptances": .count(brokenAcceptances), "has_session": .bool(hasSession),
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
      "policy_version": .count(policyVersion), "notices_pending": .count(noticesPending),
    ]
  }
}

extension OfferClosed: JSONRecord {
  var json: JSON {
    [
      "offer_id": .unsigned(offerId), "referral_id": .unsigned(referralId),
      "kind": .string(kind.word), "state": .string(state.word),
      "closed_at_us": .integer(closedAtUs), "missed_in_a_row": .unsigned(UInt64(missedInARow)),
      "withdrawal": .word(withdrawal.rawValue, withdrawal.word),
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
