import Foundation
import KODTransport
import KODWire
import Synchronization

/// A server that plays the race by the rules, or breaks exactly one of them: what a load tester is
/// for can't be tested with a server that is right. One thread, everything in memory, real TLS.
final class FakeServer: Sendable {
  enum Fault: String, CaseIterable, Sendable {
    case none
    /// The second accept is acknowledged too.
    case secondWinner
    /// Nobody's accept is acknowledged.
    case noWinner
    /// The first racer's offer takes an offset and is never sent.
    case lostOffer
    /// The first loser is not told by push.
    case untoldLoser
    /// The first loser's closing is sent twice, with one offset.
    case repeatedPush
    /// The first loser is reminded of an offer that is closed.
    case phantomReminder
    /// Losers are told another time than the winner's.
    case wrongTime
    /// The second accept is never answered.
    case silence
    /// All connections are cut after the third accept is acknowledged.
    case death
    /// The first session is sent away in the middle.
    case dismissal
  }

  let port: UInt16
  let directory: String
  private let stop = Atomic<Bool>(false)
  private let thread = Mutex<OSThread?>(nil)

  /// Listens, with credentials for so many assisters and one partner in `directory`, and others
  /// that are not accepted.
  init(assisters: Int, fault: Fault = .none, stolen: Int = 0) throws {
    directory = NSTemporaryDirectory() + "kod-fake-\(UInt64.random(in: 0 ... .max))"
    try FileManager.default.createDirectory(
      atPath: directory, withIntermediateDirectories: true)
    let material = try DevelopmentAuthority.make()
    let context = try TLSContext.server(
      certificateChain: .bytes(material.serverCertificate),
      privateKey: .bytes(material.serverKey))
    try Data(material.authorityCertificate).write(to: URL(fileURLWithPath: directory + "/ca.pem"))
    var names = (1...assisters).map { "racer-\($0)" } + ["partner-1", "staff-1"]
    names += (0..<stolen).map { "stolen-\($0)" }
    for name in names {
      try name.write(toFile: "\(directory)/\(name).token", atomically: true, encoding: .utf8)
    }
    let listener = try Socket.listen(host: "127.0.0.1", port: 0)
    port = try Socket.localPort(of: listener)
    let spawned = try OSThread.spawn(name: "fake") { [self] in
      // A failure shows in the test as an unreachable server.
      try? FakeLoop(listener, context, fault, assisters).run { stop.load(ordering: .acquiring) }
    }
    thread.withLock { $0 = spawned }
  }

  func end() {
    stop.store(true, ordering: .releasing)
    thread.withLock { $0 }?.join()
    try? FileManager.default.removeItem(atPath: directory)
  }
}

/// The thread's side of it.
private final class FakeLoop {
  struct Peer: ~Copyable {
    var tls: TLSSession
    var input: [UInt8] = []
    var output = ByteWriter()
    var name = ""
    var offset: UInt64 = 0
    var subscription: UInt32 = 0
    var general: UInt64 = 0
  }

  final class Box {
    var peer: Peer
    init(_ peer: consuming Peer) { self.peer = peer }
  }

  struct Case {
    var isMass: Bool
    var offers: [UInt64: Int32] = [:]
    var holder = ""
    var acceptedAt: Int64 = 0
    var accepts = 0
    var state = ReferralState.referralMass
  }

  private let listener: Int32
  private let context: TLSContext
  private let fault: FakeServer.Fault
  private let assisters: Int
  private let scratch = TLSScratch()
  private var poller: Poller
  private var peers: [Int32: Box] = [:]
  private var cases: [UInt64: Case] = [:]
  private var offers: UInt64 = 0
  private var clock: Int64 = 1_000
  private var wins = 0
  private var hasErred = false

  init(
    _ listener: Int32, _ context: TLSContext, _ fault: FakeServer.Fault, _ assisters: Int
  ) throws {
    self.listener = listener
    self.context = context
    self.fault = fault
    self.assisters = assisters
    poller = try Poller()
    try poller.add(listener, token: UInt64(listener), interest: .read)
  }

  func run(until isStopped: () -> Bool) throws {
    while !isStopped() {
      let count = try poller.wait(timeoutMilliseconds: 5)
      for index in 0..<count {
        let fd = Int32(poller.token(at: index))
        if fd == listener {
          guard case .connection(let peer) = Socket.accept(listener) else { continue }
          peers[peer] = Box(Peer(tls: try TLSSession(context, scratch: scratch)))
          try poller.add(peer, token: UInt64(peer), interest: .read)
        } else if let box = peers[fd] {
          read(fd, box)
        }
      }
      for (fd, box) in peers { flush(fd, box) }
    }
    for fd in peers.keys { Socket.close(fd) }
    Socket.close(listener)
  }

  private func read(_ fd: Int32, _ box: Box) {
    guard case .bytes(let count) = Socket.receive(fd, into: scratch.input) else { return drop(fd) }
    var plain: [UInt8] = []
    _ = box.peer.tls.receive(UnsafeRawBufferPointer(rebasing: scratch.input[..<count])) {
      plain.append(contentsOf: $0)
    }
    sendScratch(fd)
    box.peer.input += plain
    while true {
      let bytes = box.peer.input
      let step = FrameDecoder.next(in: bytes.span.bytes, maximumPayloadBytes: 65_536)
      guard case .frame(let header) = step else { break }
      let payload = Array(bytes[16..<header.frameBytes])
      box.peer.input.removeFirst(header.frameBytes)
      if header.frameType == .goingAway { return drop(fd) }
      try? frame(header, payload, fd, box)
    }
  }

  private func drop(_ fd: Int32) {
    peers[fd] = nil
    Socket.close(fd)
  }

  private func sendScratch(_ fd: Int32) {
    while scratch.outputBytes > 0 {
      guard case .bytes(let count) = Socket.send(fd, scratch.output) else { break }
      scratch.consumeOutput(count)
    }
    scratch.clearOutput()
  }

  private func flush(_ fd: Int32, _ box: Box) {
    guard !box.peer.output.isEmpty else { return }
    let bytes = box.peer.output.bytes
    box.peer.output.removeAll()
    _ = bytes.withUnsafeBytes { try? box.peer.tls.seal($0) }
    sendScratch(fd)
  }

  // MARK: Frames

  private func frame(
    _ header: FrameHeader, _ payload: [UInt8], _ fd: Int32, _ box: Box
  ) throws {
    switch header.frameType {
    case .hello:
      box.peer.name = try Hello(decoding: payload).token
      if box.peer.name.hasPrefix("stolen") {
        let farewell = GoingAway(
          code: .unauthenticated, reason: .tokenRejected, permanent: true)
        box.peer.output.appendFrame(type: .goingAway, payload: farewell)
        return
      }
      let role: Role =
        box.peer.name.hasPrefix("racer")
        ? .assister : box.peer.name.hasPrefix("partner") ? .intakePartner : .supervisor
      let limits = Limits(maximumPayloadBytes: 65_536, maximumCallsInFlight: 64)
      box.peer.output.appendFrame(
        type: .welcome,
        payload: Welcome(
          version: 1, principal: box.peer.name, role: role, limits: limits, server: "fake"))
    case .request:
      try request(header, payload, fd, box)
    default: break
    }
  }

  private func request(
    _ header: FrameHeader, _ payload: [UInt8], _ fd: Int32, _ box: Box
  ) throws {
    clock += 1
    switch Method(number: header.method) {
    case Method.Pushes.subscribe:
      box.peer.subscription = header.call
      let items: [SubscribeItem.Item] = [
        .start(SubscriptionStart(epoch: "e", offset: 0, recovered: false)),
        .status(
          AssisterStatus(
            name: box.peer.name, registration: .registrationActive, available: true,
            languages: ["en"])),
        .stateEnd(StateEnd()),
      ]
      for item in items {
        box.peer.output.appendFrame(
          type: .item, call: header.call, payload: SubscribeItem(item: item))
      }
    case Method.Intake.submitReferral:
      submit(header.call, box)
    case Method.Intake.cancelReferral:
      cancel(try CancelReferralRequest(decoding: payload).referralId, header.call, box)
    case Method.Intake.getReferral:
      let id = try GetReferralRequest(decoding: payload).referralId
      let holder = cases[id]?.holder ?? ""
      answer(
        header.call, box,
        Referral(referralId: id, state: cases[id]?.state ?? .unspecified, holder: holder))
    case Method.Assisters.acceptOffer:
      accept(try AcceptOfferRequest(decoding: payload).offerId, header.call, box)
    case Method.Assisters.closeReferral:
      let id = try CloseReferralRequest(decoding: payload).referralId
      cases[id]?.state = .referralClosed
      answer(header.call, box, CloseReferralResponse(referralId: id))
    default: break
    }
  }

  private func answer(_ call: UInt32, _ box: Box, _ message: some WireMessage) {
    box.peer.output.appendFrame(type: .response, call: call, payload: message)
  }

  private var racers: [(Int32, Box)] {
    peers.filter { $0.value.peer.subscription != 0 }.sorted { $0.key < $1.key }
      .map { ($0.key, $0.value) }
  }

  private func push(_ body: Push.Body, to box: Box, isSent: Bool = true, takesOffset: Bool = true) {
    if takesOffset { box.peer.offset += 1 }
    guard isSent else { return }
    let push = Push(offset: box.peer.offset, atUs: clock, body: body)
    box.peer.output.appendFrame(
      type: .item, call: box.peer.subscription, payload: SubscribeItem(item: .push(push)))
  }

  /// The fault happens once, in the third mass referral.
  private func errs(_ kind: FakeServer.Fault, in id: UInt64) -> Bool {
    guard fault == kind, !hasErred, id >= UInt64(assisters) + 3 else { return false }
    hasErred = true
    return true
  }

  private func submit(_ call: UInt32, _ box: Box) {
    let id = UInt64(cases.count + 1)
    var made = Case(isMass: false)
    let free = racers.first { $0.1.peer.general == 0 }
    let recipients = free.map { [$0] } ?? racers
    made.isMass = free == nil
    for (fd, racer) in recipients {
      offers += 1
      made.offers[offers] = fd
      let offer = Offer(
        offerId: offers, referralId: id, kind: made.isMass ? .mass : .general, language: "en",
        offeredAtUs: clock, deadlineUs: clock + 900_000_000, state: .offerPending)
      if !made.isMass { racer.peer.general = offers }
      push(.offerOpened(offer), to: racer, isSent: !(made.isMass && errs(.lostOffer, in: id)))
    }
    if made.isMass, errs(.dismissal, in: id), let (_, first) = racers.first {
      let farewell = GoingAway(code: .resourceExhausted, reason: .slowConsumer)
      first.peer.output.appendFrame(type: .goingAway, payload: farewell)
    }
    made.state = made.isMass ? .referralMass : .referralGeneral
    cases[id] = made
    answer(
      call, box,
      Referral(
        referralId: id, state: made.state, offersMade: UInt32(made.offers.count),
        offersOpen: UInt32(made.offers.count)))
  }

  private func cancel(_ id: UInt64, _ call: UInt32, _ box: Box) {
    for (offer, fd) in cases[id]?.offers ?? [:] {
      guard let racer = peers[fd] else { continue }
      if racer.peer.general == offer { racer.peer.general = 0 }
      let kind: OfferKind = cases[id]?.isMass == true ? .mass : .general
      push(
        .offerClosed(
          OfferClosed(offerId: offer, referralId: id, kind: kind, state: .offerWasWithdrawn)),
        to: racer)
    }
    cases[id]?.state = .referralCancelled
    answer(call, box, Referral(referralId: id, state: .referralCancelled))
  }

  private func accept(_ offer: UInt64, _ call: UInt32, _ box: Box) {
    guard let id = cases.first(where: { $0.value.offers[offer] != nil })?.key else { return }
    cases[id]?.accepts += 1
    let isFirst = cases[id]?.accepts == 1
    if cases[id]?.accepts == 2, errs(.silence, in: id) { return }
    let winsToo = cases[id]?.accepts == 2 && errs(.secondWinner, in: id)
    let isDenied = isFirst && errs(.noWinner, in: id)
    guard (isFirst && !isDenied) || winsToo else {
      let at = cases[id]?.acceptedAt ?? clock
      let status = Status(code: .aborted, reason: .offerTaken, takenAtUs: at)
      box.peer.output.appendFrame(type: .status, call: call, payload: status)
      return
    }
    answer(
      call, box,
      Assignment(referralId: id, offerId: offer, acceptedAtUs: clock, state: .referralAssigned))
    if winsToo { return }
    cases[id]?.holder = box.peer.name
    cases[id]?.acceptedAt = clock
    cases[id]?.state = .referralAssigned
    tellLosers(id, winner: offer)
    wins += 1
    if fault == .death, wins == 3 {
      for (fd, peer) in peers { flush(fd, peer) }
      for fd in peers.keys { drop(fd) }
    }
  }

  private func tellLosers(_ id: UInt64, winner: UInt64) {
    for (offer, fd) in (cases[id]?.offers ?? [:]).sorted(by: { $0.key < $1.key })
    where offer != winner {
      guard let racer = peers[fd] else { continue }
      let shift: Int64 = errs(.wrongTime, in: id) ? 1 : 0
      let closed = OfferClosed(
        offerId: offer, referralId: id, kind: .mass, state: .offerWasTaken,
        closedAtUs: clock + shift)
      let isUntold = errs(.untoldLoser, in: id)
      push(.offerClosed(closed), to: racer, isSent: !isUntold, takesOffset: !isUntold)
      if errs(.repeatedPush, in: id) { push(.offerClosed(closed), to: racer, takesOffset: false) }
      if errs(.phantomReminder, in: id) {
        push(.offerReminder(OfferReminder(offerId: offer, referralId: id, number: 1)), to: racer)
      }
    }
  }
}
