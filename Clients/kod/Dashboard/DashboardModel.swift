import Foundation
import KODClient
import KODWire

/// All that the dashboard shows, and nothing else: events, keys, answers and the time in; effects out. No I/O and no
/// clock: `now` is the server's time in microseconds, and comes with every call.
///
/// What is live (offers, whom to call, the session, what happened) is `WatchModel`'s, the same as in `kod watch`.
struct DashboardModel {
  enum Tab: Int, CaseIterable, Sendable {
    case updates = 1
    case referrals
    case metrics
    case contact
    case availability
  }

  /// What the owner has to do.
  enum Effect: Equatable {
    case ask(Question)
    case quit
    case suspend
    case redraw
    /// A new offer: somebody who looks elsewhere should hear it.
    case bell
  }

  /// A call of the protocol.
  enum Question: Equatable, Sendable {
    case accept(UInt64)
    case reject(UInt64)
    case setAvailability(AvailabilityOverride)
    case standing
    case updates
    case referrals(ListReferralsRequest)
    case record(UInt64)
    case explain(UInt64)
    case metrics(GetMetricsRequest)
    case profile
    case attempt(UInt64, AttemptResult)
    case release(UInt64, reason: String)
    case note(UInt64, String)
    case close(UInt64, Outcome)
    case saveContact(SaveContactRequest)
    case saveAvailability(SaveAvailabilityRequest)
    case withdraw
    case register(RegisterRequest)
  }

  enum Answer: Equatable, Sendable {
    case assignment(Assignment)
    case offerClosed(OfferClosed)
    case status(AssisterStatus)
    case standing(Standing)
    case updates(Updates)
    case referrals(ListReferralsResponse)
    case record(ReferralRecord)
    case explanation(Explanation)
    case metrics(Metrics)
    case profile(Profile)
    case closed(CloseReferralResponse)
  }

  /// Something that the server was asked for and that ages.
  struct Reading<Value: Equatable>: Equatable {
    var value: Value?
    /// What is shown may no longer be true.
    var isStale = true
    /// An answer is on its way.
    var isAsked = false
    /// Not asked again sooner.
    var notBefore: Int64 = .min
    /// Why there is no newer one.
    var failure: String?
  }

  /// A line of Quick Updates that can be selected. Known by what it is, not by where it stands: lists move.
  enum Item: Hashable {
    case offer(UInt64)
    case call(UInt64)
    case received(UInt64)
  }

  struct Detail: Equatable {
    var referral: UInt64
    var record = Reading<ReferralRecord>()
    /// "Why this one" (R37), once it was asked for.
    var why: Reading<Explanation>?
    var scroll = 0
  }

  enum Period: Int, CaseIterable {
    case today
    case week
    case month
    case quarter

    var days: Int { [1, 7, 30, 90][rawValue] }
    var label: String { self == .today ? "today" : "\(days) days" }
  }

  /// Asked again no sooner than this after the question before.
  static let pause: Int64 = 250_000
  /// Asked again after a failure.
  static let patience: Int64 = 5_000_000

  var live: WatchModel
  var tab = Tab.updates
  var overlay: Overlay?
  var detail: Detail?
  /// One line, until the next key.
  var hint = ""
  /// The terminal is too small to show the page: keys that would act on what nobody sees do nothing.
  var isBlind = false

  // Quick Updates
  var updates = Reading<Updates>()
  var selected: Item?
  /// The owner moved there: a new offer does not take the selection away.
  var isOwnSelection = false

  var standing = Reading<Bool>()
  var profile = Reading<Profile>()
  var search = ReferralSearch()
  var period = Period.today
  var metrics = Reading<Metrics>()
  var metricsScroll = 0
  var contact = ContactForm()
  var hours = HoursForm()

  init(clock: ClockFace, server: String) {
    live = WatchModel(clock: clock, server: server)
  }

  var isConnected: Bool { live.connection == .connected }
  var clock: ClockFace { live.clock }

  /// The clock of the assister's own days and hours.
  var ownClock: ClockFace {
    guard let zone = profile.value?.availability?.timeZone, let own = TimeZone(identifier: zone)
    else { return live.clock }
    return ClockFace(zone: own)
  }

  mutating func note(_ text: String, _ tone: Style.Tone, at now: Int64) {
    live.note(text, tone, at: now)
  }

  /// What lies below the end can't be scrolled to; only the drawn page knows where that is.
  mutating func keepScroll(within limit: Int) {
    metricsScroll = min(metricsScroll, limit)
    if let scroll = detail?.scroll { detail?.scroll = min(scroll, limit) }
  }

  /// Something is scrolled.
  var isScrolled: Bool { metricsScroll > 0 || detail.map { $0.scroll > 0 } ?? false }

  // MARK: What is selected

  /// Open offers in order of arrival, then whom to call by when, then what else came today.
  var items: [Item] {
    live.rows.map { .offer($0.offer.offerId) } + calls.map { .call($0.referralId) }
      + received.compactMap { $0.offer.map { .received($0.referralId) } }
  }

  var calls: [Assignment] {
    live.assignments.sorted {
      ($0.state == .referralContacted ? 1 : 0, $0.callbackDueUs, $0.referralId)
        < ($1.state == .referralContacted ? 1 : 0, $1.callbackDueUs, $1.referralId)
    }
  }

  var received: [ReferralRow] { updates.value?.today ?? [] }

  /// What keys act on.
  struct Target: Equatable {
    var referral: UInt64
    var offer: UInt64?
    var assignment: Assignment?
    var note: String
  }

  var target: Target? {
    if let detail {
      return target(
        detail.referral, row: detail.record.value?.row, assignment: detail.record.value?.assignment)
    }
    switch tab {
    case .updates:
      switch selected {
      case .offer(let offer):
        guard let row = live.rows.first(where: { $0.offer.offerId == offer }) else { return nil }
        return target(row.offer.referralId, row: nil)
      case .call(let referral): return target(referral, row: nil)
      case .received(let referral):
        return target(referral, row: received.first { $0.offer?.referralId == referral })
      case nil: return nil
      }
    case .referrals:
      return search.current.flatMap { row in
        row.offer.map { target($0.referralId, row: row) }
      }
    case .metrics, .contact, .availability: return nil
    }
  }

  private func target(
    _ referral: UInt64, row: ReferralRow?, assignment: Assignment? = nil
  ) -> Target {
    let offer = live.rows.first { $0.offer.referralId == referral }?.offer.offerId
    let held = live.assignments.first { $0.referralId == referral } ?? assignment
    let rows = [row].compactMap { $0 } + received + search.rows
    let known = rows.first { $0.offer?.referralId == referral }
    return Target(
      referral: referral, offer: offer, assignment: held,
      note: row?.note ?? known?.note ?? held?.note ?? "")
  }

  /// After the list changed: a selection of the owner's stays where it was. One that came by itself goes to what is to
  /// be done: an offer first, then whom to call.
  mutating func settleSelection() {
    let items = items
    guard let selected, items.contains(selected) else {
      if case .offer = selected, let next = live.selected {
        self.selected = .offer(next)
      } else {
        self.selected = items.first
        isOwnSelection = false
      }
      return
    }
    guard !isOwnSelection else { return }
    switch selected {
    case .offer: break
    case .call: if !live.rows.isEmpty { self.selected = items.first }
    case .received: self.selected = items.first
    }
  }
}
