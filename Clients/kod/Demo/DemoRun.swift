import KODClient
import KODWire

/// The morning itself, against a server that runs already.
struct DemoRun: Sendable {
  let plan: DemoPlan
  let requests: [DemoRequest]
  let server: DemoServer
  let ledger: DemoLedger
  let kills: Bool

  private struct Cast: Sendable {
    var assisters: [DemoSession]
    var portal: KODClient
    var sam: KODClient
  }

  /// Throws `Failure` for what can't be demonstrated at all; what went wrong in between is among the facts.
  func run() async throws {
    let cast = try await assemble()
    let running = cast.assisters.map { session in Task { await session.run() } }
    let listening = Task { await listen(cast.sam) }
    do {
      try await subscribed(cast.assisters.count)
      await ledger.tell("the morning begins", .faint)
      try await morning(cast)
      try await settle(cast)
    } catch {
      await disperse(cast)
      throw error
    }
    await disperse(cast)
    for task in running { await task.value }
    await listening.value
  }

  // MARK: The cast

  private func assemble() async throws(Failure) -> Cast {
    var assisters: [DemoSession] = []
    for name in DemoBehaviour.names {
      let session = DemoSession(
        name: name, behaviour: .of(name), client: try await client(name), ledger: ledger,
        plan: plan)
      try await attempt(name) { () async throws(ClientError) in try await session.prepare() }
      assisters.append(session)
    }
    let portal = try await client("portal")
    try await attempt("portal") { () async throws(ClientError) in try await portal.connect() }
    let sam = try await client("sam")
    try await attempt("sam") { () async throws(ClientError) in try await sam.connect() }
    return Cast(assisters: assisters, portal: portal, sam: sam)
  }

  private func attempt(
    _ name: String, _ work: () async throws(ClientError) -> Void
  ) async throws(Failure) {
    do {
      try await work()
    } catch {
      throw Failure(exit: .failed, message: "\(name)'s session failed: \(error)")
    }
  }

  private func client(_ name: String) async throws(Failure) -> KODClient {
    let data = server.data
    do throws(ClientError) {
      var configuration = try KODClient.Configuration(
        address: await server.address, certificateAuthorityFile: "\(data)/dev/ca.pem",
        tokenFile: "\(data)/dev/\(name).token", clientName: "kod demo, \(name)")
      configuration.defaultTimeout = .seconds(20)
      return KODClient(configuration)
    } catch {
      throw Failure(exit: .failed, message: error.message)
    }
  }

  private func listen(_ sam: KODClient) async {
    for await event in sam.subscribe() {
      if case .push = event { await ledger.take(event, by: "sam", now: sam.serverTime()) }
    }
  }

  private func disperse(_ cast: Cast) async {
    for session in cast.assisters { await session.client.close() }
    await cast.portal.close()
    await cast.sam.close()
  }

  /// Waits until every assister's subscription is up.
  private func subscribed(_ count: Int) async throws {
    let deadline = ContinuousClock.now + .seconds(20)
    while await ledger.facts.seats.values.count(where: \.isSubscribed) < count {
      guard ContinuousClock.now < deadline else {
        throw Failure(exit: .failed, message: "not all sessions could subscribe within 20 s")
      }
      try await Task.sleep(for: .milliseconds(20))
    }
  }

  // MARK: Requests

  private func morning(_ cast: Cast) async throws {
    let begin = ContinuousClock.now
    let first = requests.first?.minute ?? 0
    let middle = requests.count / 2
    try await withThrowingTaskGroup(of: Void.self) { group in
      for (index, request) in requests.enumerated() {
        try await Task.sleep(until: begin + plan.real(minutes: request.minute - first))
        group.addTask { try await submit(request, cast.portal) }
        if kills, index == middle { group.addTask { try await killAndRestart(cast) } }
      }
      try await group.waitForAll()
    }
  }

  private func submit(_ request: DemoRequest, _ portal: KODClient) async throws {
    let sentAt = portal.serverTime()
    let referral: Referral
    do throws(ClientError) {
      referral = try await portal.submit(request.submission())
    } catch {
      await ledger.submissionFailed(request, error.description)
      return
    }
    await ledger.submitted(request, referral, sentAt: sentAt)
    if let minutes = request.cancelAfter {
      try await Task.sleep(for: plan.real(minutes: minutes))
      await cancel(referral.referralId, portal)
    }
  }

  private func cancel(_ referral: UInt64, _ portal: KODClient) async {
    if (try? await portal.cancelReferral(referral)) != nil { await ledger.cancelled(referral) }
  }

  // MARK: kill -9

  private func killAndRestart(_ cast: Cast) async throws {
    // At the worst moment: accepts are on their way, some decided, some logged, some answered.
    await ledger.waitForRace(atMost: plan.generalPhase + plan.offerWindow)
    try Task.checkCancellation()
    await server.kill()
    await ledger.tell("KILL -9: the server is gone, nobody was told", .bad)
    try await Task.sleep(for: .milliseconds(300))
    // What has been acknowledged by now was acknowledged by the server that is dead.
    let acknowledged = await ledger.facts.accepts.filter { $0.answer?.isWon == true }
    try await server.start()
    await ledger.tell("the server is back: same data, same port", .good)
    try await subscribed(cast.assisters.count)
    var lost: [UInt64] = []
    for accept in acknowledged {
      let id = accept.offer.referralId
      let found = try? await cast.portal.referral(id)
      if found?.holder != accept.assister { lost.append(id) }
    }
    await ledger.killed(acknowledged: acknowledged.count, lost: lost)
    let all = "all \(acknowledged.count) accepts acknowledged before it stand"
    await ledger.tell(
      lost.isEmpty ? all : "LOST: \(lost.count) of \(acknowledged.count) accepts",
      lost.isEmpty ? .good : .bad)
  }

  // MARK: The end of the morning

  /// Waits until nothing is open any more; then the partner cancels what nobody took, and the server's last word on
  /// everything is fetched.
  private func settle(_ cast: Cast) async throws {
    await ledger.tell("the last request is in; now everything settles", .faint)
    let deadline = ContinuousClock.now + plan.settlingTime + plan.share(2)
    while ContinuousClock.now < deadline {
      let facts = await ledger.facts
      let won = Set(facts.accepts.filter { $0.answer?.isWon == true }.map(\.offer.referralId))
      let open = facts.submitted.map(\.referral.referralId).filter {
        !facts.closed.contains($0) && !facts.cancelled.contains($0)
      }
      if open.isEmpty { break }
      if facts.allOffersEnded, won.isDisjoint(with: open) {
        // Only waiting referrals are left. They would wait for somebody who can help; the demo does not.
        if try await allWaiting(open, cast.portal) {
          for id in open { await cancel(id, cast.portal) }
          break
        }
      }
      try await Task.sleep(for: .milliseconds(100))
    }
    // The last closings are on their way.
    let ends = ContinuousClock.now + .seconds(2)
    while await !ledger.facts.allOffersEnded, ContinuousClock.now < ends {
      try await Task.sleep(for: .milliseconds(20))
    }
    var final: [UInt64: Referral] = [:]
    for item in await ledger.facts.submitted {
      let id = item.referral.referralId
      final[id] = try? await cast.portal.referral(id)
    }
    await ledger.conclude(final: final)
  }

  private func allWaiting(_ referrals: [UInt64], _ portal: KODClient) async throws -> Bool {
    for id in referrals {
      guard let referral = try? await portal.referral(id) else { return false }
      guard referral.state == .referralWaiting, referral.offersOpen == 0 else { return false }
    }
    return true
  }
}
