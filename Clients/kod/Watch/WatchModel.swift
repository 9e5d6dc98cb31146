import KODClient
import KODWire

/// All that the watch screen shows, and nothing else: events and keys in, effects out.
struct WatchModel {
  /// How the session stands. Instants are the server's, in microseconds.
  enum Connection: Equatable {
    case connecting
    case connected
    case lost(since: Int64, retryAt: Int64, why: String)
  }

  /// A call of ours that has no answer yet.
  enum Asking: Equatable {
    case accept
    case reject
  }

  /// An open offer. Its number is the key that selects it, and stays its own until it ends: a list that renumbers
  /// itself under the fingers makes people accept what they did not mean.
  struct Row: Equatable {
    var number: Int
    var offer: Offer
    var asking: Asking?
  }

  struct Note: Equatable {
    var at: Int64
    var text: String
    var tone: Style.Tone
  }

  /// What the owner has to do.
  enum Effect: Equatable {
    case accept(UInt64)
    case reject(UInt64)
    case setAvailability(AvailabilityOverride)
    case refreshStanding
    case quit
    case suspend
    case redraw
    /// A new offer: somebody who looks elsewhere should hear it.
    case bell
  }

  var clock: ClockFace
  var server: String
  var principal = ""
  var role = Role.unspecified
  var connection = Connection.connecting
  var status: AssisterStatus?
  /// In order of arrival.
  var rows: [Row] = []
  var assignments: [Assignment] = []
  /// Newest first.
  var notes: [Note] = []
  /// The selected offer's id.
  var selected: UInt64?
  /// Until then `a` and `r` do nothing: the offer they were meant for just ended (server microseconds).
  var guardedUntil: Int64 = 0
  /// The referral of that offer. Another offer of it is what the key was meant for after all.
  var guardedReferral: UInt64 = 0
  /// One line below the offers, until the next key.
  var hint = ""
  private var settled: [UInt64] = []
  /// Offers that this screen asked for without getting an answer. Their end may well be its doing.
  private var unanswered: Set<UInt64> = []

  static let noteCount = 50
  static let guardMicroseconds: Int64 = 500_000

  init(clock: ClockFace, server: String) {
    self.clock = clock
    self.server = server
  }

  mutating func note(_ text: String, _ tone: Style.Tone = .plain, at now: Int64) {
    // The answer to a key and the push about it say the same.
    if let last = notes.first, last.text == TerminalText.safe(text), now - last.at < 2_000_000 {
      return
    }
    notes.insert(Note(at: now, text: TerminalText.safe(text), tone: tone), at: 0)
    if notes.count > Self.noteCount { notes.removeLast() }
  }

  private mutating func note(_ words: (text: String, tone: Style.Tone), at now: Int64) {
    note(words.text, words.tone, at: now)
  }

  // MARK: Events of the subscription

  mutating func apply(_ event: SubscriptionEvent, now: Int64) -> [Effect] {
    switch event {
    case .connected(let welcome):
      if case .lost = connection { note("connected again", .good, at: now) }
      connection = .connected
      hint = ""
      principal = welcome.principal
      role = welcome.role
      // A gap that recovers comes as pushes; the standing has to be asked for.
      return role == .assister ? [.refreshStanding] : []
    case .position: return []
    case .state(let state): return resynchronise(state, now: now)
    case .push(let push): return apply(push, now: now)
    // What was over is not told; how things stand is asked for.
    case .collapsed: return role == .assister ? [.refreshStanding] : []
    case .disconnected(let error, let retryIn):
      // The client names the server too; the reason is what has to fit into the line.
      var why = error?.message ?? "the connection was lost"
      if why.hasPrefix(server + ": ") { why.removeFirst(server.count + 2) }
      var since = now
      if case .lost(let first, _, _) = connection { since = first }
      connection = .lost(
        since: since, retryAt: now + retryIn.microseconds, why: TerminalText.safe(why))
      // An accept that was sent is asked again by the client itself: the row goes on saying so.
      return []
    case .ended: return [.quit]
    }
  }

  /// The server's current state replaces ours: what is not in it any more ended while we were away.
  private mutating func resynchronise(_ state: CurrentState, now: Int64) -> [Effect] {
    if let status = state.status { self.status = status }
    let open = Set(state.offers.map(\.offerId))
    for row in rows where !open.contains(row.offer.offerId) {
      // What was asked for will be answered, and the answer says how it ended.
      if row.asking == nil {
        note("offer \(row.offer.offerId): ended while you were disconnected", .warning, at: now)
      }
      remove(row.offer.offerId, now: now)
    }
    let known = Set(rows.map(\.offer.offerId))
    for offer in state.offers { insert(offer) }
    assignments = state.assignments
    if !state.referrals.isEmpty {
      let open = state.referrals.map { "\($0.referralId) \(EventWords.referral($0))" }
      note("\(open.count) open: \(open.joined(separator: ", "))", at: now)
    }
    return known.isSuperset(of: open) ? [] : [.bell]
  }

  private mutating func apply(_ push: Push, now: Int64) -> [Effect] {
    switch push.body {
    case .offerOpened(let offer):
      insert(offer)
      return [.bell]
    case .offerReminder(let reminder):
      note(EventWords.reminder(reminder, now: now), .warning, at: push.atUs)
      return [.bell]
    case .offerClosed(let closed): return apply(closed, at: push.atUs, now: now)
    case .registrationChanged(let change):
      let words = EventWords.registration(change)
      note(words.text, words.tone, at: push.atUs)
      status?.registration = change.registration
      status?.missedInARow = change.missedInARow
      return [.refreshStanding]
    case .assignmentEnded(let ended):
      note(EventWords.ended(ended), .warning, at: push.atUs)
      assignments.removeAll { $0.referralId == ended.referralId }
      return [.refreshStanding]
    case .referralAlert(let alert):
      note(EventWords.alert(alert), at: push.atUs)
      return [.bell]
    case .assisterAlert(let alert):
      note(EventWords.alert(alert), .warning, at: push.atUs)
      return []
    case .referralUpdate(let update):
      note(EventWords.update(update, clock: clock), at: push.atUs)
      return update.promiseMissed ? [.bell] : []
    case .assignmentReminder(let reminder):
      let known = assignments.first { $0.referralId == reminder.referralId }
      note(
        EventWords.callback(reminder, assignment: known, clock: clock, now: now), at: push.atUs)
      return [.bell]
    case .assignmentGiven(let given):
      note(EventWords.given(given, clock: clock), .good, at: push.atUs)
      assignments.removeAll { $0.referralId == given.referralId }
      assignments.append(given)
      return [.bell, .refreshStanding]
    case .availabilityChanged(let change):
      return apply(change, at: push.atUs)
    case .policyChanged(let change):
      note(EventWords.policy(change), at: push.atUs)
      return []
    case nil: return []
    }
  }

  /// A switch of this screen's own has its answer, which says the same: one word is enough.
  private mutating func apply(_ change: AvailabilityChanged, at instant: Int64) -> [Effect] {
    let isNews =
      status?.available != change.available || status?.override != change.override
      || status?.blockers != change.blockers
    status?.available = change.available
    status?.override = change.override
    status?.blockers = change.blockers
    if isNews { note(EventWords.availability(change), at: instant) }
    return [.refreshStanding]
  }

  private mutating func apply(_ closed: OfferClosed, at: Int64, now: Int64) -> [Effect] {
    let row = rows.first { $0.offer.offerId == closed.offerId }
    remove(closed.offerId, now: now)
    if closed.state == .offerMissed { status?.missedInARow = closed.missedInARow }
    // Our own answer, or the push, said it already: whichever came first has been shown.
    guard settle(closed.offerId) else { return [] }
    let words = EventWords.closed(
      closed, clock: clock, missesToDeregister: status?.missesToDeregister ?? 0)
    switch (closed.state, row?.asking) {
    case (.offerAccepted, .accept), (.offerRejected, .reject):
      // The answer to the call says it better, with whom to call.
      unsettle(closed.offerId)
      return []
    case (.offerAccepted, _) where unanswered.contains(closed.offerId):
      note("offer \(closed.offerId): WON after all, see whom to call", .good, at: at)
    case (.offerAccepted, _):
      note("offer \(closed.offerId): accepted in another session of yours", .good, at: at)
    default: note(words.text, words.tone, at: at)
    }
    return [.refreshStanding]
  }

  // MARK: Answers to our own calls

  mutating func accepted(_ offer: UInt64, _ result: Result<Assignment, Failure>, now: Int64)
    -> [Effect]
  {
    switch result {
    case .success(let assignment):
      remove(offer, now: now, guarding: false)
      settle(offer)
      assignments.removeAll { $0.referralId == assignment.referralId }
      assignments.append(assignment)
      note(EventWords.won(assignment, clock: clock), .good, at: now)
      return [.refreshStanding]
    case .failure(let failure): return refused(offer, failure, now: now)
    }
  }

  mutating func rejected(_ offer: UInt64, _ result: Result<OfferClosed, Failure>, now: Int64)
    -> [Effect]
  {
    switch result {
    case .success:
      remove(offer, now: now, guarding: false)
      if settle(offer) { note("offer \(offer): rejected by you", .plain, at: now) }
      return [.refreshStanding]
    case .failure(let failure): return refused(offer, failure, now: now)
    }
  }

  /// An offer that can't be had any more leaves the list with its reason; one that may still be had stays.
  private mutating func refused(_ offer: UInt64, _ failure: Failure, now: Int64) -> [Effect] {
    if let index = rows.firstIndex(where: { $0.offer.offerId == offer }) {
      rows[index].asking = nil
    }
    let ended = failure.reason.hasPrefix("OFFER_")
    if !ended { unanswered.insert(offer) }
    if ended { remove(offer, now: now, guarding: false) }
    if !ended || settle(offer) {
      let bracket = failure.reason.isEmpty ? "" : " [\(failure.reason)]"
      note("offer \(offer): \(failure.message)\(bracket)", .bad, at: now)
    }
    return ended ? [.refreshStanding] : []
  }

  mutating func availabilitySet(_ result: Result<AssisterStatus, Failure>, now: Int64) {
    switch result {
    case .success(let new):
      status = new
      note(
        new.available
          ? "you are available" : "you are not available: \(StandingWords.whyNotAvailable(new))",
        new.available ? .good : .warning, at: now)
    case .failure(let failure): note(failure.message, .bad, at: now)
    }
  }

  /// The standing that was asked for. It says nothing about which offers are open: those follow the pushes.
  mutating func standing(_ standing: Standing) {
    if let new = standing.status { status = new }
    assignments = standing.assignments
  }

  // MARK: The list

  private mutating func insert(_ offer: Offer) {
    guard offer.state == .offerPending else { return }
    if let index = rows.firstIndex(where: { $0.offer.offerId == offer.offerId }) {
      rows[index].offer = offer
      return
    }
    let taken = Set(rows.map(\.number))
    let number = (1...9).first { !taken.contains($0) } ?? 0
    rows.append(Row(number: number, offer: offer))
    if selected == nil { selected = offer.offerId }
  }

  /// `guarding`: it went by itself, maybe under a finger that was about to press a key.
  mutating func remove(_ offer: UInt64, now: Int64, guarding: Bool = true) {
    guard let index = rows.firstIndex(where: { $0.offer.offerId == offer }) else { return }
    let referral = rows.remove(at: index).offer.referralId
    guard selected == offer else { return }
    selected = rows.indices.contains(index) ? rows[index].offer.offerId : rows.last?.offer.offerId
    if guarding {
      guardedUntil = now + Self.guardMicroseconds
      guardedReferral = referral
    }
  }

  /// True the first time an offer's end is spoken of.
  @discardableResult
  private mutating func settle(_ offer: UInt64) -> Bool {
    guard !settled.contains(offer) else { return false }
    settled.append(offer)
    if settled.count > 512 { settled.removeFirst() }
    return true
  }

  private mutating func unsettle(_ offer: UInt64) {
    settled.removeAll { $0 == offer }
  }
}
