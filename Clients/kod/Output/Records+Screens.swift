import KODJSON
import KODWire

/// The messages of the five screens (R70 to R74).

extension PreferredContact: JSONRecord {
  var json: JSON {
    ["phone": .string(phone), "email": .string(email), "email_first": .bool(emailFirst)]
  }
}

extension Availability: JSONRecord {
  /// What `kod availability set` takes back.
  var json: JSON {
    [
      "time_zone": .string(timeZone), "around_the_clock": .bool(aroundTheClock),
      "weekly_hours": .array(
        weeklyHours.map { hours in
          [
            "day": .string(hours.day.word), "start": .count(hours.start), "end": .count(hours.end),
            "breaks": .array(
              hours.breaks.map { ["start": .count($0.start), "end": .count($0.end)] }),
          ]
        }),
      "out_of_office": .array(
        outOfOffice.map { ["start_us": .integer($0.startUs), "end_us": .integer($0.endUs)] }),
    ]
  }
}

extension Profile: JSONRecord {
  var json: JSON {
    [
      "status": (status ?? AssisterStatus()).json, "contact": contact?.json ?? .null,
      "availability": availability?.json ?? .null, "terms_accepted": .bool(termsAccepted),
      "missing": .array(missing.map { .string($0) }),
    ]
  }
}

extension ReferralRow: JSONRecord {
  var json: JSON {
    [
      "offer": offer?.json ?? .null, "ended_at_us": .integer(endedAtUs),
      "is_holder": .bool(isHolder), "was_holder": .bool(wasHolder),
      "state": .word(state.rawValue, state.word), "outcome": .word(outcome.rawValue, outcome.word),
      "callback_due_us": .integer(callbackDueUs), "overdue": .bool(overdue),
      "attempts": .count(attempts), "note": .string(note),
      "withdrawal": .word(withdrawal.rawValue, withdrawal.word),
      "assignment_end": .word(assignmentEnd.rawValue, assignmentEnd.word),
    ]
  }
}

extension OfferRecord: JSONRecord {
  var json: JSON {
    [
      "offer": offer?.json ?? .null, "ended_at_us": .integer(endedAtUs),
      "assister": assister.isEmpty ? .null : .string(assister), "delivered": .bool(delivered),
      "withdrawal": .word(withdrawal.rawValue, withdrawal.word),
    ]
  }
}

extension DeskNote: JSONRecord {
  var json: JSON {
    [
      "at_us": .integer(atUs), "by": .string(by), "action": .string(action.word),
      "reason": .string(reason),
    ]
  }
}

extension ReferralRecord: JSONRecord {
  var json: JSON {
    [
      "row": row?.json ?? .null, "assignment": assignment?.json ?? .null,
      "offers": .array(offers.map(\.json)), "referral": referral?.json ?? .null,
      "desk_notes": .array(deskNotes.map(\.json)),
    ]
  }
}

extension Updates: JSONRecord {
  var json: JSON {
    [
      "status": (status ?? AssisterStatus()).json, "now_us": .integer(nowUs),
      "day_start_us": .integer(dayStartUs), "day_end_us": .integer(dayEndUs),
      "pending_general": .count(pendingGeneral), "pending_mass": .count(pendingMass),
      "missed_general": .count(missedGeneral), "callbacks_due": .count(callbacksDue),
      "callbacks_overdue": .count(callbacksOverdue), "today": .array(today.map(\.json)),
      "received_today": .count(receivedToday),
      "received_by_hour": .array(receivedByHour.map { .count($0) }),
    ]
  }
}

extension OfferCounts: JSONRecord {
  var json: JSON {
    [
      "received": .unsigned(received), "pending": .unsigned(pending),
      "accepted": .unsigned(accepted), "rejected": .unsigned(rejected),
      "missed": .unsigned(missed), "expired": .unsigned(expired), "taken": .unsigned(taken),
      "withdrawn": .unsigned(withdrawn), "released": .unsigned(released),
    ]
  }
}

extension OutcomeCount: JSONRecord {
  var json: JSON { ["outcome": .string(outcome.word), "count": .unsigned(count)] }
}

extension Metrics: JSONRecord {
  var json: JSON {
    [
      "from_us": .integer(fromUs), "to_us": .integer(toUs),
      "general": (general ?? OfferCounts()).json, "mass": (mass ?? OfferCounts()).json,
      "acceptance_permille": .count(acceptancePermille),
      "respond_median_ms": .count(respondMedianMs), "respond_p90_ms": .count(respondP90Ms),
      "first_call_median_ms": .count(firstCallMedianMs),
      "first_call_p90_ms": .count(firstCallP90Ms), "assignments": .unsigned(assignments),
      "called": .unsigned(called), "called_in_promise": .unsigned(calledInPromise),
      "broken_acceptances": .unsigned(brokenAcceptances),
      "outcomes": .array(outcomes.map(\.json)),
      "received_by_hour": .array(receivedByHour.map { .unsigned($0) }),
    ]
  }
}

extension RankFacts: JSONRecord {
  var json: JSON {
    [
      "role_rank": .count(roleRank), "exact_county": .bool(exactCounty),
      "last_general_offer_us": .integer(lastGeneralOfferUs), "offers_today": .count(offersToday),
      "registered_at_us": .integer(registeredAtUs),
    ]
  }
}

extension Explanation: JSONRecord {
  var json: JSON {
    [
      "referral_id": .unsigned(referralId), "assister": .string(assister),
      "moments": .array(moments.map(\.json)),
    ]
  }
}

extension RoutingMoment: JSONRecord {
  var json: JSON {
    [
      "at_us": .integer(atUs), "kind": .word(kind.rawValue, kind.word), "offered": .bool(offered),
      "excluded": .array(excluded.map { .string($0.word) }),
      "decided_by": .word(decidedBy.rawValue, decidedBy.word), "candidates": .count(candidates),
      "blockers": .array(Blocker.set(blockers).map { .string($0.word) }),
      "own": own?.json ?? .null, "chosen": chosen?.json ?? .null,
      "history_kept": .bool(historyKept),
    ]
  }
}
