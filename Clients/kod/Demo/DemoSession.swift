import KODClient
import KODWire

/// One assister of the demo: a real session over TLS, and somebody who acts on what it shows.
struct DemoSession: Sendable {
  let name: String
  let behaviour: DemoBehaviour
  let client: KODClient
  let ledger: DemoLedger
  let plan: DemoPlan

  /// Connects, registers if need be, and switches availability on.
  func prepare() async throws(ClientError) {
    try await client.connect()
    var status = try await client.standing().status ?? AssisterStatus()
    if status.registration != .registrationActive {
      status =
        try await client.register(
          RegisterRequest(
            kind: status.kind.rawValue == 0 ? .kynector : status.kind,
            languages: status.languages.isEmpty ? ["en"] : status.languages,
            counties: status.counties, acceptTerms: true,
            contact: PreferredContact(phone: "+15025550100"),
            availability: Availability(
              timeZone: AvailabilityChange.firstZone, aroundTheClock: true))
        ).status ?? status
    }
    await ledger.seat(name, status.kind)
    _ = try await client.setAvailability(.overrideOn)
  }

  /// Until the client is closed.
  func run() async {
    await withDiscardingTaskGroup { group in
      var seen: Set<UInt64> = []
      for await event in client.subscribe() {
        await ledger.take(event, by: name, now: client.serverTime())
        let offers: [Offer] =
          switch event {
          case .state(let state): state.offers
          case .push(let push):
            if case .offerOpened(let offer) = push.body { [offer] } else { [] }
          default: []
          }
        for offer in offers where seen.insert(offer.offerId).inserted {
          let random = Double.random(in: 0...1)
          group.addTask { await react(to: offer, random: random) }
        }
      }
      group.cancelAll()
    }
  }

  private func react(to offer: Offer, random: Double) async {
    switch behaviour.reaction(to: offer, random: random) {
    case .nothing: return
    case .race(let part):
      let instant = offer.offeredAtUs + plan.share(part).microseconds
      try? await Task.sleep(for: .microseconds(max(0, instant - client.serverTime())))
      guard !Task.isCancelled else { return }
      await accept(offer)
    case .accept(let after):
      await wait(after)
      guard await !ledger.isEnded(offer.offerId, for: name), !Task.isCancelled else { return }
      await accept(offer)
    case .reject(let after, let reason):
      await wait(after)
      guard await !ledger.isEnded(offer.offerId, for: name), !Task.isCancelled else { return }
      await reject(offer, reason: reason)
    }
  }

  private func wait(_ part: Double) async {
    try? await Task.sleep(for: plan.share(part))
  }

  private func accept(_ offer: Offer) async {
    let index = await ledger.asks(name, offer)
    do throws(ClientError) {
      let assignment = try await client.acceptOffer(offer.offerId, timeout: .seconds(20))
      await ledger.answered(index, .won(at: assignment.acceptedAtUs))
      await callBack(assignment)
    } catch {
      await ledger.answered(index, Self.answer(error))
    }
  }

  private static func answer(_ error: ClientError) -> DemoFacts.Answer {
    // A reason means that the server spoke of the offer; without one the outcome is open.
    guard error.code == .aborted || error.code == .failedPrecondition else {
      return .unknown(error.description)
    }
    let takenAt = error.status?.takenAtUs ?? 0
    return .refused(reason: error.reason.name, takenAt: takenAt > 0 ? takenAt : nil)
  }

  private func reject(_ offer: Offer, reason: String) async {
    // Rejecting twice is refused as such, so it is safe to repeat until somebody has spoken.
    for _ in 0..<20 where !Task.isCancelled {
      do throws(ClientError) {
        _ = try await client.rejectOffer(offer.offerId, reason: reason)
        await ledger.rejected(name, offer, reason: reason)
        return
      } catch {
        if error.reason == .offerAlreadyRejected {
          await ledger.rejected(name, offer, reason: reason)
          return
        }
        guard error.code == .unavailable else { return }
        try? await Task.sleep(for: .milliseconds(250))
      }
    }
  }

  /// The telephone call, and the outcome afterwards.
  private func callBack(_ assignment: Assignment) async {
    let outcome = DemoBehaviour.outcome(for: assignment.helpType)
    await wait(1.2)
    for _ in 0..<20 where !Task.isCancelled {
      do throws(ClientError) {
        _ = try await client.closeReferral(assignment.referralId, outcome: outcome)
        await ledger.closed(name, assignment.referralId, outcome)
        return
      } catch {
        guard error.code == .unavailable else { return }
        try? await Task.sleep(for: .milliseconds(250))
      }
    }
  }
}
