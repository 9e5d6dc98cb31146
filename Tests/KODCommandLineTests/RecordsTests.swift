import KODJSON
import KODWire
import Testing

@testable import kod

/// Keys that programs rely on: they keep their names.
@Suite struct ScreenRecordsTests {
  private func keys(_ json: JSON?) -> [String] {
    guard case .object(let members) = json else { return [] }
    return members.map(\.key)
  }

  @Test func `keys of what an assister saves (R73, R74)`() {
    #expect(keys(PreferredContact().json) == ["phone", "email", "email_first"])
    let availability = ScreenValues.week.json
    #expect(
      keys(availability) == ["time_zone", "around_the_clock", "weekly_hours", "out_of_office"])
    guard case .array(let hours) = availability["weekly_hours"],
      case .array(let ranges) = availability["out_of_office"],
      case .array(let breaks) = hours.first?["breaks"]
    else {
      Issue.record("no lists")
      return
    }
    #expect(keys(hours.first) == ["day", "start", "end", "breaks"])
    #expect(hours.first?["day"] == .string("monday"))
    #expect(keys(breaks.first) == ["start", "end"])
    #expect(keys(ranges.first) == ["start_us", "end_us"])
    #expect(
      keys(Profile().json) == ["status", "contact", "availability", "terms_accepted", "missing"])
    #expect(Profile().json["contact"] == .null)
  }

  @Test func `keys of a referral in a list and of its record (R71)`() {
    #expect(
      keys(ReferralRow().json) == [
        "offer", "ended_at_us", "is_holder", "was_holder", "state", "outcome", "callback_due_us",
        "overdue", "attempts", "note", "withdrawal", "assignment_end",
      ])
    #expect(ReferralRow().json["outcome"] == .null)
    #expect(
      ReferralRow(state: .referralClosed, outcome: .planEnrolled).json["outcome"]
        == .string("plan_enrolled"))
    #expect(
      keys(ReferralRecord().json) == ["row", "assignment", "offers", "referral", "desk_notes"])
    #expect(
      keys(OfferRecord().json) == ["offer", "ended_at_us", "assister", "delivered", "withdrawal"])
    #expect(keys(DeskNote().json) == ["at_us", "by", "action", "reason"])
    #expect(keys(Attempt().json) == ["at_us", "result", "counts"])
  }

  @Test func `keys of Quick Updates and View Metrics (R70, R72)`() {
    #expect(
      keys(Updates().json) == [
        "status", "now_us", "day_start_us", "day_end_us", "pending_general", "pending_mass",
        "missed_general", "callbacks_due", "callbacks_overdue", "today", "received_today",
        "received_by_hour",
      ])
    #expect(
      keys(Metrics().json) == [
        "from_us", "to_us", "general", "mass", "acceptance_permille", "respond_median_ms",
        "respond_p90_ms", "first_call_median_ms", "first_call_p90_ms", "assignments", "called",
        "called_in_promise", "broken_acceptances", "outcomes", "received_by_hour",
      ])
    #expect(
      keys(OfferCounts().json) == [
        "received", "pending", "accepted", "rejected", "missed", "expired", "taken", "withdrawn",
        "released",
      ])
    #expect(keys(OutcomeCount().json) == ["outcome", "count"])
  }

  @Test func `keys of an explanation (R37)`() {
    #expect(keys(Explanation().json) == ["referral_id", "assister", "moments"])
    #expect(
      keys(RoutingMoment().json) == [
        "at_us", "kind", "offered", "excluded", "decided_by", "candidates", "blockers", "own",
        "chosen", "history_kept",
      ])
    #expect(
      keys(RankFacts().json) == [
        "role_rank", "exact_county", "last_general_offer_us", "offers_today", "registered_at_us",
      ])
  }

  @Test func `blockers are a list of words (R32)`() {
    let all = AssisterStatus(blockers: 0b111111).json["blockers"]
    #expect(
      all
        == .array(
          ["registration", "credential", "out_of_office", "hours", "override", "capacity"]
            .map { .string($0) }))
  }
}
