import KODWire

/// What the server answers.
extension DashboardModel {
  mutating func receive(
    _ question: Question, _ result: Result<Answer, Failure>, now: Int64
  ) -> [Effect] {
    defer { settleSelection() }
    switch result {
    case .success(let answer): return succeeded(question, answer, now: now)
    case .failure(let failure): return failed(question, failure, now: now)
    }
  }

  private mutating func succeeded(
    _ question: Question, _ answer: Answer, now: Int64
  ) -> [Effect] {
    switch (question, answer) {
    case (.accept(let offer), .assignment(let assignment)):
      return effects(live.accepted(offer, .success(assignment), now: now))
    case (.reject(let offer), .offerClosed(let closed)):
      return effects(live.rejected(offer, .success(closed), now: now))
    case (.setAvailability, .status(let status)):
      live.availabilitySet(.success(status), now: now)
      markStale()
    case (.standing, .standing(let new)):
      standing.arrived(true)
      if let status = new.status { live.status = status }
      // The answer holds no more than 16: with more, pushes and answers keep the list.
      if new.assignments.count < 16 { live.assignments = new.assignments }
    case (.updates, .updates(let new)):
      updates.arrived(new)
      if let status = new.status { live.status = status }
    case (.referrals(let request), .referrals(let response)): arrived(request, response)
    case (.record(let referral), .record(let record)):
      if detail?.referral == referral { detail?.record.arrived(record) }
    case (.explain(let referral), .explanation(let explanation)):
      if detail?.referral == referral { detail?.why?.arrived(explanation) }
    case (.metrics(let request), .metrics(let new)):
      // Of a period that was left meanwhile: not what is shown.
      if request == metricsRequest(now) {
        metrics.arrived(new)
      } else {
        metrics.renew()
      }
    case (.profile, .profile(let new)): take(new)
    case (.saveContact, .profile(let new)):
      contact.form.saved()
      take(new)
      note("contact saved", .good, at: now)
    case (.saveAvailability, .profile(let new)):
      hours.form.saved()
      take(new)
      markStale()
      note("availability saved", .good, at: now)
    case (.withdraw, .profile(let new)):
      take(new)
      markStale()
      note("your registration is withdrawn; nothing is offered to you any more", .warning, at: now)
    case (.register, .profile(let new)):
      take(new)
      markStale()
      note(DashboardWords.registered(new), .good, at: now)
    case (.attempt(let referral, let attempt), .assignment(let assignment)):
      replace(assignment)
      note("referral \(referral): \(DashboardWords.attempt(attempt)), logged", .good, at: now)
    case (.note(let referral, _), .record(let record)): noted(referral, record, now: now)
    case (.release(let referral, _), .record(let record)):
      live.assignments.removeAll { $0.referralId == referral }
      overlay = nil
      if detail?.referral == referral { detail?.record.arrived(record) }
      markStale()
      note("referral \(referral): given back by you", .plain, at: now)
    case (.close(let referral, _), .closed(let closed)):
      live.assignments.removeAll { $0.referralId == referral }
      markStale()
      note(
        "referral \(referral): closed, \(WireWords.spaced(closed.outcome.word))", .good, at: now)
    default: break
    }
    return []
  }

  private mutating func take(_ new: Profile) {
    profile.arrived(new)
    if let status = new.status { live.status = status }
    // From here on all times are the assister's own, as in the other screens, wherever the terminal stands.
    live.clock = ownClock
    contact.take(new)
    hours.take(new)
  }

  private mutating func replace(_ assignment: Assignment) {
    if let index = live.assignments.firstIndex(where: { $0.referralId == assignment.referralId }) {
      live.assignments[index] = assignment
    }
    markStale()
  }

  private mutating func noted(_ referral: UInt64, _ record: ReferralRecord, now: Int64) {
    overlay = nil
    if detail?.referral == referral { detail?.record.arrived(record) }
    let text = record.row?.note ?? ""
    for index in search.rows.indices where search.rows[index].offer?.referralId == referral {
      search.rows[index].note = text
    }
    markStale()
    note("referral \(referral): note \(text.isEmpty ? "removed" : "saved")", .good, at: now)
  }

  private mutating func arrived(_ request: ListReferralsRequest, _ response: ListReferralsResponse)
  {
    // Of a search that was given up meanwhile: not what is shown.
    guard request == search.request(ownClock, page: request.pageToken) else {
      search.reading.renew()
      search.isAskingMore = false
      return
    }
    if request.pageToken.isEmpty {
      search.reading.arrived(true)
      search.replaceFirst(response)
    } else {
      search.isAskingMore = false
      search.append(response)
    }
  }

  // MARK: No

  private mutating func failed(
    _ question: Question, _ failure: Failure, now: Int64
  ) -> [Effect] {
    switch question {
    case .accept(let offer):
      return effects(live.accepted(offer, .failure(failure), now: now))
    case .reject(let offer):
      return effects(live.rejected(offer, .failure(failure), now: now))
    case .setAvailability: live.availabilitySet(.failure(failure), now: now)
    case .standing: standing.failed(failure.message, now: now)
    case .updates: updates.failed(failure.message, now: now)
    case .referrals(let request):
      search.isAskingMore = false
      if request.pageToken.isEmpty {
        search.reading.failed(failure.message, now: now)
      } else {
        // An old page token: begin again.
        search.reading.renew()
        note("the list could not be continued: \(failure.message)", .bad, at: now)
      }
    case .record(let referral):
      if detail?.referral == referral { detail?.record.failed(failure.message, now: now) }
    case .explain(let referral):
      if detail?.referral == referral { detail?.why?.failed(failure.message, now: now) }
    case .metrics: metrics.failed(failure.message, now: now)
    case .profile: profile.failed(failure.message, now: now)
    case .saveContact: contact.refused(failure)
    case .saveAvailability: hours.refused(failure)
    case .note(let referral, _), .release(let referral, _):
      refused(question, referral, failure, now: now)
    case .attempt(let referral, _), .close(let referral, _):
      markStale()
      note("referral \(referral): \(DashboardWords.refusal(failure))", .bad, at: now)
    case .withdraw, .register:
      markStale()
      note(DashboardWords.refusal(failure), .bad, at: now)
    }
    return []
  }

  /// What was typed is not lost: the prompt stays, and says why at the field.
  private mutating func refused(
    _ question: Question, _ referral: UInt64, _ failure: Failure, now: Int64
  ) {
    let why =
      failure.violations.first.map { $0.description } ?? DashboardWords.refusal(failure)
    if case .prompt(var prompt) = overlay, prompt.referral == referral, prompt.isSending {
      prompt.isSending = false
      prompt.problem = why
      overlay = .prompt(prompt)
    } else {
      note("referral \(referral): \(why)", .bad, at: now)
    }
    markStale()
  }
}
