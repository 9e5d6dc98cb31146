import Foundation
import KODJSON
import KODSchema
import KODTransport

/// Steps of server cases: the runner is the client.
extension CaseRun {
  func runServerStep(_ verb: String, _ step: Step) throws {
    switch verb {
    case "connect": try connect(step)
    case "open": try open(step)
    case "start":
      let call = try openCall(try peer(step), step, request: try step.value("request"))
      try save(.integer(Int64(call)), step)
    case "call":
      let peer = try peer(step)
      let request = step.has("request") ? try step.value("request") : .object([])
      let call = try openCall(peer, step, request: request)
      try judge(try answer(peer, call, step), step)
    case "answer":
      let peer = try peer(named: try step.text("answer"))
      try judge(try answer(peer, try step.number("call", as: UInt32.self), step), step)
    case "race": try race(step)
    case "subscribe": try subscribe(step)
    case "push": try push(step)
    case "no_push": try noPush(step)
    default: throw ValueError("unknown step \(verb)")
    }
  }

  private func target() throws(ValueError) -> ServerTarget {
    guard let server = context.server else { throw ValueError("there is no server to test") }
    return server
  }

  // MARK: Connecting

  private func connect(_ step: Step) throws {
    let server = try target()
    let limit = try step.milliseconds()
    let peer = try connectTCP(
      step.subject(), server, limit, receiveBuffer: try receiveBuffer(step))
    if try step.flag("raw") { return }
    var tls = server.context
    let version = try step.textIfGiven("tls") ?? "1.3"
    guard version == "1.2" || version == "1.3" else {
      throw ValueError("tls is 1.2 or 1.3")
    }
    if step.has("alpn") || version == "1.2" {
      let names = step.has("alpn") ? try step.value("alpn") : [.string(TLSContext.protocolName)]
      tls = try .probe(
        certificateAuthority: server.authority,
        offering: (names.elements ?? []).compactMap(\.text), speaksTLS12: version == "1.2")
    }
    try shakeHands(peer, tls, server, limit)
    let isRefused = try step.flag("refused")
    switch peer.phase {
    case .established where isRefused:
      throw Mismatch(
        path: "", expected: "a handshake that the server refuses", came: "an established session")
    case .handshakeFailed(let reason, let byPeer):
      transcript.note("\(peer.name) < handshake failed: \(reason)")
      if !isRefused {
        throw Mismatch(path: "", expected: "a TLS session", came: reason)
      }
      if !byPeer {
        throw Mismatch(
          path: "", expected: "a handshake that the server refuses",
          came: "one that goes on, and that this side gave up: \(reason)")
      }
    case .established: transcript.note("\(peer.name) is connected")
    default:
      throw Mismatch(
        path: "", expected: isRefused ? "a refused handshake" : "a TLS session",
        came: "nothing within \(limit) ms")
    }
  }

  /// What the other side sends stays in the socket, until it is read again.
  func hold(_ step: Step, _ isHeld: Bool) throws {
    let peer = try peer(step)
    transcript.note("\(peer.name) \(isHeld ? "does not read" : "reads again")")
    if isHeld { return forget(peer) }
    guard peer.isOpen else { return }
    // A buffer that was made small would let what waits come in drops.
    Self.setReceiveBuffer(peer.descriptor, 1 << 20)
    try watch(peer)
  }

  private func receiveBuffer(_ step: Step) throws(ValueError) -> Int32? {
    step.has("receive_buffer") ? try step.number("receive_buffer", as: Int32.self) : nil
  }

  private static func setReceiveBuffer(_ descriptor: Int32, _ bytes: Int32) {
    var bytes = bytes
    setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &bytes, socklen_t(MemoryLayout<Int32>.size))
  }

  private func connectTCP(
    _ name: String, _ server: ServerTarget, _ limit: Int, receiveBuffer: Int32? = nil
  ) throws -> Peer {
    let descriptor = try Socket.connect(host: server.endpoint.host, port: server.endpoint.port)
    if let receiveBuffer { Self.setReceiveBuffer(descriptor, receiveBuffer) }
    let peer = Peer(name, descriptor: descriptor, scratch: scratch)
    var waiting = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
    guard poll(&waiting, 1, Int32(clamping: limit)) > 0 else {
      throw Mismatch(
        path: "", expected: "a TCP connection to \(server.endpoint)",
        came: "nothing within \(limit) ms")
    }
    if let error = Socket.finishConnect(descriptor) { throw error }
    try adopt(peer)
    return peer
  }

  private func shakeHands(
    _ peer: Peer, _ tls: TLSContext, _ server: ServerTarget, _ limit: Int
  ) throws {
    try peer.startTLS(tls, serverName: server.serverName)
    _ = try wait(milliseconds: limit) { peer.phase != .handshaking }
  }

  private func open(_ step: Step) throws {
    let server = try target()
    let token =
      step.has("token") ? try step.text("token") : try server.token(of: try step.text("as"))
    let name = try step.subject()
    variables[name + ".welcome"] = try open(
      name, token, try step.milliseconds(),
      receiveBuffer: try receiveBuffer(step))
  }

  /// Connects, says HELLO and takes WELCOME.
  @discardableResult
  func open(
    _ name: String, _ token: String, _ limit: Int, receiveBuffer: Int32? = nil
  ) throws -> JSON {
    let server = try target()
    let peer = try connectTCP(name, server, limit, receiveBuffer: receiveBuffer)
    try shakeHands(peer, server.context, server, limit)
    guard peer.phase == .established else {
      throw Mismatch(path: "", expected: "a TLS session", came: "\(peer.phase)")
    }
    let hello: JSON = [
      "minimum_version": 1, "maximum_version": 1, "token": .string(token),
      "client": "kod-conformance",
    ]
    try sendFrame(peer, "HELLO", try codec.encode(hello, as: "Hello"))
    let frame = try next(peer, "WELCOME", limit, [], takesPing: false)
    guard schema.frameTypeName(frame.type) == "WELCOME" else {
      throw Mismatch(path: "", expected: "WELCOME on \(name)", came: describe(frame, peer))
    }
    return try decode(frame, "Welcome")
  }

  /// Sends a frame in the regular way.
  func sendFrame(
    _ peer: Peer, _ typeName: String, _ payload: [UInt8], call: UInt32 = 0, method: UInt16 = 0,
    timeout: UInt32 = 0
  ) throws {
    let type = try frameType(.string(typeName))
    var frame = Frame(
      header: .init(
        payloadBytes: UInt32(payload.count), type: .hello, method: method, call: call,
        timeoutMilliseconds: timeout), payload: payload)
    frame.header.type = type
    noteOpened(frame, on: peer)
    noteSent(frame, on: peer)
    peer.send(
      Peer.frame(type: type, method: method, call: call, timeout: timeout, payload: payload))
  }

  // MARK: Calls

  /// Opens a call with the next id.
  func openCall(_ peer: Peer, _ step: Step, request: JSON) throws -> UInt32 {
    let name = try step.text("method")
    guard let method = schema.method(name) else { throw ValueError("unknown method \(name)") }
    let payload = try codec.encode(request, as: method.request)
    return try openCall(
      peer, method, payload, timeout: try step.number("timeout", as: UInt32.self))
  }

  func openCall(
    _ peer: Peer, _ method: MethodType, _ payload: [UInt8], timeout: UInt32 = 0
  ) throws -> UInt32 {
    let call = nextCall[peer.name] ?? 1
    try sendFrame(
      peer, "REQUEST", payload, call: call, method: method.number, timeout: timeout)
    return call
  }

  /// The RESPONSE or STATUS of a call; other frames stay where they are.
  func answer(_ peer: Peer, _ call: UInt32, _ step: Step) throws -> Frame {
    try answer(peer, call, within: try step.milliseconds())
  }

  func answer(_ peer: Peer, _ call: UInt32, within limit: Int) throws -> Frame {
    var place: Int?
    _ = try wait(milliseconds: limit) {
      peer.answerWaitingPings()
      place = peer.frames.firstIndex { isAnswer($0, to: call) }
      return place != nil || peer.end != nil
    }
    if let place { return peer.frames.remove(at: place) }
    let others = peer.frames.suffix(3).map { describe($0, peer) }
    let method = methods[peer.name]?[call]?.path ?? ""
    throw Mismatch(
      path: "", expected: "an answer to call \(call) \(method) on \(peer.name)",
      came: (peer.end.map { "\($0)" } ?? "none within \(limit) ms")
        + (others.isEmpty ? "" : "; waiting: \(others.joined(separator: ", "))"))
  }

  private func isAnswer(_ frame: Frame, to call: UInt32) -> Bool {
    frame.call == call && ["RESPONSE", "STATUS"].contains(schema.frameTypeName(frame.type))
  }

  private func judge(_ frame: Frame, _ step: Step) throws {
    let peer = try peer(step)
    let value = try decodeAnswer(frame, peer)
    let isStatus = schema.frameTypeName(frame.type) == "STATUS"
    let wanted = step.json["status"] == nil ? "RESPONSE" : "STATUS"
    guard isStatus == (wanted == "STATUS") else {
      let pattern = step.json["status"] ?? step.json["response"]
      throw Mismatch(
        path: "", expected: wanted + (pattern.map { " \($0.shortLine)" } ?? ""),
        came: describe(frame, peer))
    }
    if let pattern = step.json["status"] ?? step.json["response"] {
      do {
        try match(pattern, value.json, .message(value.message), wanted)
      } catch var mismatch as Mismatch {
        mismatch.came += ", in \(describe(frame, peer))"
        throw mismatch
      }
    }
    try save(value.json, step)
  }

  private func decodeAnswer(_ frame: Frame, _ peer: Peer) throws -> (json: JSON, message: String) {
    let message =
      schema.message(in: frame.type, method: methods[peer.name]?[frame.call]) ?? "Status"
    return (try decode(frame, message), message)
  }

  private func race(_ step: Step) throws {
    let names = try (step.json["race"]?.elements ?? []).map { try evaluation.text($0) }
    guard names.count > 1 else { throw ValueError("a race takes two connections at least") }
    let requests =
      step.has("requests")
      ? (try step.value("requests").elements ?? [])
      : Array(
        repeating: step.has("request") ? try step.value("request") : .object([]),
        count: names.count)
    guard requests.count == names.count else {
      throw ValueError("a race takes one request for each connection")
    }
    let name = try step.text("method")
    guard let method = schema.method(name) else { throw ValueError("unknown method \(name)") }
    let payloads = try requests.map { try codec.encode($0, as: method.request) }
    let timeout = try step.number("timeout", as: UInt32.self)
    var calls: [UInt32] = []
    for (name, payload) in zip(names, payloads) {
      calls.append(try openCall(try peer(named: name), method, payload, timeout: timeout))
    }
    var winners: [(name: String, response: JSON)] = []
    for (name, call) in zip(names, calls) {
      let peer = try peer(named: name)
      let frame = try answer(peer, call, step)
      let value = try decodeAnswer(frame, peer)
      if schema.frameTypeName(frame.type) == "RESPONSE" {
        winners.append((name, value.json))
        if let pattern = step.json["response"] {
          try match(pattern, value.json, .message(value.message), "\(name) RESPONSE")
        }
      } else if let pattern = step.json["losers"] {
        try match(pattern, value.json, .message("Status"), "\(name) STATUS")
      }
    }
    let wanted = step.json["winners"] ?? 1
    do {
      try match(wanted, .integer(Int64(winners.count)), .unknown, "")
    } catch is Mismatch {
      throw Mismatch(
        path: "", expected: "\(wanted.shortLine) of \(names.count) to get a RESPONSE",
        came: "\(winners.count): \(winners.map(\.name).joined(separator: ", "))")
    }
    let first: JSON =
      winners.first.map { ["winner": .string($0.name), "response": $0.response] } ?? .null
    try save(first, step)
  }

  // MARK: Afterwards

  /// Cancels what the case's partners have submitted and is still open. What goes wrong here is not
  /// what the case is about, and shows in the transcript.
  func tidyUp() {
    for partner in partners.sorted() {
      do {
        guard let server = context.server, let cancel = schema.method("Intake/CancelReferral")
        else {
          return
        }
        let name = "(tidying up)"
        try open(name, try server.token(of: partner), 5_000)
        let peer = try peer(named: name)
        for id in try leftReferrals(peer) {
          let request: JSON = ["referral_id": .string(id)]
          let call = try openCall(peer, cancel, try codec.encode(request, as: cancel.request))
          _ = try answer(peer, call, within: 5_000)
        }
      } catch {
        transcript.note("tidying up: \(error)")
      }
    }
  }

  /// The ids of the partner's open referrals that are of this case: known by their answer, or by the
  /// language that no other case uses.
  private func leftReferrals(_ peer: Peer) throws -> [String] {
    guard let method = schema.method("Intake/ListSubmissions") else { return [] }
    var ids: [String] = []
    var token = ""
    repeat {
      let request: JSON = ["only_open": true, "page_size": 100, "page_token": .string(token)]
      let call = try openCall(peer, method, try codec.encode(request, as: method.request))
      let page = try decodeAnswer(try answer(peer, call, within: 5_000), peer).json
      for row in page["rows"]?.elements ?? [] {
        guard let id = row["referral_id"]?.text else { continue }
        if submitted.contains(id) || row["language"] == variables["language"] { ids.append(id) }
      }
      token = page["next_page_token"]?.text ?? ""
    } while !token.isEmpty
    return ids
  }
}
