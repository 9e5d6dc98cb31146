import Foundation
import KODClient
import KODWire
import Testing

/// The main job over real processes, TLS and disk.
@Suite("The main job", .serialized, .timeLimit(.minutes(2)))
struct MainJobTests {
  @Test(
    "A request is offered to one assister, who accepts and gets the contact; nobody sees it before (R1, R4, R39)"
  )
  func generalOffer() async throws {
    let server = try ServerProcess().start()
    let portal = try server.client("portal")
    let carla = try server.client("carla")
    var offers = Listener(carla)
    let state = try await offers.ready()
    #expect(state.offers.isEmpty)
    #expect(state.status?.available == true)

    // Spanish in Jefferson: carla alone knows both.
    let submitted = try await portal.submit(.example(county: 21111, language: "es"))
    #expect(submitted.state == .referralGeneral)
    let offer = try await offers.offer(.general)
    #expect(offer.referralId == submitted.referralId)
    #expect(offer.deadlineUs - offer.offeredAtUs == 15 * 60 * 1_000_000)

    let assignment = try await carla.acceptOffer(offer.offerId)
    #expect(assignment.contact?.name == "Pat Doe")
    #expect(assignment.contact?.phone == "+15025550100")
    // R28: the winner may ask again.
    #expect(try await carla.acceptOffer(offer.offerId) == assignment)
    let seen = try await portal.referral(submitted.referralId)
    #expect(seen.state == .referralAssigned)
    #expect(seen.holder == "carla")
    _ = try await carla.closeReferral(submitted.referralId, outcome: .questionAnswered)
    #expect(try await portal.referral(submitted.referralId).outcome == .questionAnswered)
  }

  @Test(
    "Of a mass referral's racers exactly one wins and every other is told, by answer and by push (R8, R24, R28)"
  )
  func race() async throws {
    let server = try ServerProcess().start()
    let portal = try server.client("portal")
    let names = ["alice", "ben", "dmitri", "gus"]
    let racers = try names.map { try server.client($0) }
    var listeners = racers.map { Listener($0) }
    for index in listeners.indices { _ = try await listeners[index].ready() }
    // One general offer each; with everybody asked, the next request is a mass referral at once (R2).
    var mass = try await portal.submit(.example(reference: "0"))
    var number = 1
    while mass.state == .referralGeneral {
      mass = try await portal.submit(.example(reference: "\(number)"))
      number += 1
    }
    #expect(number == names.count + 1)
    #expect(mass.state == .referralMass)

    var offers: [UInt64] = []
    for index in listeners.indices {
      offers.append(try await listeners[index].offer(.mass).offerId)
    }
    let answers = await withTaskGroup(of: (Int, Result<Assignment, ClientError>).self) { group in
      for index in racers.indices {
        let racer = racers[index]
        let offer = offers[index]
        group.addTask {
          do throws(ClientError) {
            return (index, .success(try await racer.acceptOffer(offer)))
          } catch {
            return (index, .failure(error))
          }
        }
      }
      return await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
    }
    let winners = answers.filter { if case .success = $0.value { true } else { false } }
    #expect(winners.count == 1)
    for (index, answer) in answers {
      let closed = try await listeners[index].closing(of: offers[index])
      if case .failure(let error) = answer {
        #expect(error.code == .aborted)
        #expect(error.reason == .offerTaken)
        #expect((error.status?.takenAtUs ?? 0) > 0)
        #expect(closed.state == .offerWasTaken)
      } else {
        #expect(closed.state == .offerAccepted)
      }
    }
    let holder = try await portal.referral(mass.referralId).holder
    #expect(holder == winners.first.map { names[$0.key] })
  }

  @Test("A rejected offer goes to the next assister, a lapsed one to everybody (R5, R6)")
  func nextAndMass() async throws {
    let server = try ServerProcess().start(
      "--offer-window", "4s", "--general-phase", "4s", "--mass-window", "60s")
    let portal = try server.client("portal")
    let alice = try server.client("alice")
    let carla = try server.client("carla")
    var first = Listener(alice)
    var second = Listener(carla)
    _ = try await first.ready()
    _ = try await second.ready()
    // Spanish in Fayette: alice serves it; carla only Jefferson, so nobody is next and it waits (R7).
    let submitted = try await portal.submit(.example(county: 21067, language: "es"))
    let offer = try await first.offer(.general)
    let closed = try await alice.rejectOffer(offer.offerId, reason: "on the phone")
    #expect(closed.state == .offerRejected)
    #expect(try await portal.referral(submitted.referralId).state == .referralWaiting)
    #expect(try await portal.referral(submitted.referralId).waitingCause == .allAsked)

    // Jefferson: carla first; she is silent, so it lapses and she gets it as a mass offer (R38).
    let lapsing = try await portal.submit(.example(county: 21111, language: "es", reference: "2"))
    let general = try await second.offer(.general)
    #expect(general.referralId == lapsing.referralId)
    let mass = try await second.offer(.mass)
    #expect(mass.referralId == lapsing.referralId)
    _ = try await carla.acceptOffer(mass.offerId)
    #expect(try await portal.referral(lapsing.referralId).holder == "carla")
    #expect(try await carla.standing().status?.missedInARow == 1)
  }

  @Test(
    "Three general offers missed in a row de-register, and supervisors are told (R22, R31, R50)")
  func deregistration() async throws {
    let server = try ServerProcess().start(
      "--offer-window", "300ms", "--general-phase", "300ms", "--mass-window", "300ms")
    let portal = try server.client("portal")
    var supervisor = Listener(try server.client("sam"))
    _ = try await supervisor.ready()
    let carla = try server.client("carla")
    var listener = Listener(carla)
    _ = try await listener.ready()
    for round in 1...3 {
      _ = try await portal.submit(
        .example(county: 21111, language: "es", reference: "\(round)"))
      let offer = try await listener.offer(.general)
      let closed = try await listener.closing(of: offer.offerId)
      #expect(closed.state == .offerMissed)
      #expect(closed.missedInARow == UInt32(round))
    }
    #expect(try await carla.standing().status?.registration == .registrationDeregistered)
    while true {
      if case .assisterAlert(let alert) = try await supervisor.push().body {
        #expect(alert.assister == "carla")
        #expect(alert.missedOffers.count == 3)
        break
      }
    }
  }

  @Test("Reminders come when a third and four fifths of the window are over (R47)")
  func reminders() async throws {
    let server = try ServerProcess().start("--offer-window", "900ms")
    let portal = try server.client("portal")
    let carla = try server.client("carla")
    var listener = Listener(carla)
    _ = try await listener.ready()
    _ = try await portal.submit(.example(county: 21111, language: "es"))
    let offer = try await listener.offer(.general)
    for number: UInt32 in 1...2 {
      guard case .offerReminder(let reminder) = try await listener.push().body else {
        Issue.record("no reminder \(number)")
        return
      }
      #expect(reminder.offerId == offer.offerId)
      #expect(reminder.number == number)
      #expect(reminder.deadlineUs == offer.deadlineUs)
    }
    #expect(try await listener.closing(of: offer.offerId).state == .offerMissed)
  }

  @Test(
    "A cancelled referral withdraws its open offers, tells its holder, and stays cancelled (R17, R25)"
  )
  func cancellation() async throws {
    let server = try ServerProcess().start()
    let portal = try server.client("portal")
    let carla = try server.client("carla")
    var listener = Listener(carla)
    _ = try await listener.ready()
    let open = try await portal.submit(.example(county: 21111, language: "es"))
    let offer = try await listener.offer(.general)
    #expect(try await portal.cancelReferral(open.referralId).state == .referralCancelled)
    #expect(try await listener.closing(of: offer.offerId).state == .offerWasWithdrawn)
    do {
      _ = try await carla.acceptOffer(offer.offerId)
      Issue.record("a withdrawn offer was accepted")
    } catch {
      #expect(error.reason == .offerWithdrawn)
    }

    let held = try await portal.submit(.example(county: 21111, language: "es", reference: "2"))
    let taken = try await listener.offer(.general)
    _ = try await carla.acceptOffer(taken.offerId)
    // A supervisor may cancel what a partner submitted.
    _ = try await server.client("sam")
      .cancelReferral(held.referralId, reason: "asked by the Resident")
    while true {
      if case .assignmentEnded(let ended) = try await listener.push().body {
        #expect(ended.referralId == held.referralId)
        #expect(ended.state == .referralCancelled)
        break
      }
    }
    #expect(try await carla.standing().assignments.isEmpty)
  }

  @Test(
    "kill -9: acknowledged accepts stand, open offers keep their deadlines, a session resumes without a gap (R23)"
  )
  func crash() async throws {
    let server = try ServerProcess().start()
    let portal = try server.client("portal")
    let carla = try server.client("carla")
    var listener = Listener(carla)
    _ = try await listener.ready()
    let first = try await portal.submit(.example(county: 21111, language: "es"))
    let taken = try await listener.offer(.general)
    _ = try await carla.acceptOffer(taken.offerId)
    _ = try await listener.closing(of: taken.offerId)
    let position = try #require(listener.position)
    let second = try await portal.submit(.example(county: 21111, language: "es", reference: "2"))
    let open = try await listener.offer(.general)
    await carla.close()
    server.killNine()

    try server.start()
    let again = try server.client("carla")
    var resumed = Listener(again, after: position)
    #expect(try await resumed.recovered())
    let push = try await resumed.push()
    #expect(push.offset == position.offset + 1)
    #expect(push.body == .offerOpened(open))
    let portalAgain = try server.client("portal")
    #expect(try await portalAgain.referral(first.referralId).holder == "carla")
    let standing = try await again.standing()
    #expect(standing.openOffers == [open])
    #expect(standing.assignments.map(\.referralId) == [first.referralId])
    _ = try await again.acceptOffer(open.offerId)
    #expect(try await portalAgain.referral(second.referralId).holder == "carla")
  }

  @Test("An offer that lapses while the server is down is expired, not missed (R23)")
  func downtime() async throws {
    let server = try ServerProcess().start("--offer-window", "3s")
    let portal = try server.client("portal")
    let carla = try server.client("carla")
    var listener = Listener(carla)
    _ = try await listener.ready()
    _ = try await portal.submit(.example(county: 21111, language: "es"))
    let offer = try await listener.offer(.general)
    server.killNine()
    try await Task.sleep(for: .milliseconds(3_200))
    // Whatever else the start does, it comes after the mark that nobody served.
    try server.start("--offer-window", "5m")
    #expect(try await listener.closing(of: offer.offerId).state == .offerExpired)
    #expect(try await carla.standing().status?.missedInARow == 0)
  }

  @Test("SIGTERM ends the server with status 0, and nothing is lost")
  func termination() async throws {
    let server = try ServerProcess().start()
    let portal = try server.client("portal")
    let submitted = try await portal.submit(.example())
    #expect(server.terminate() == 0)
    try server.start()
    let found = try await portal.referral(submitted.referralId)
    #expect(found.partnerReference == "case-1")
    #expect(found.submittedAtUs == submitted.submittedAtUs)
  }

  @Test("A repeated submit with the same key is one referral, also over a restart")
  func idempotency() async throws {
    let server = try ServerProcess().start()
    let portal = try server.client("portal")
    var request = SubmitReferralRequest.example()
    request.idempotencyKey = [UInt8](repeating: 9, count: 16)
    let first = try await portal.submit(request)
    server.killNine()
    try server.start()
    #expect(try await portal.submit(request).referralId == first.referralId)
    request.partnerReference = "another"
    do {
      _ = try await portal.submit(request)
      Issue.record("a reused key was accepted")
    } catch {
      #expect(error.reason == .idempotencyKeyReused)
    }
  }
}
