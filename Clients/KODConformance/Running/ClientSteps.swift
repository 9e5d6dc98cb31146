import Foundation
import KODJSON
import KODSchema
import KODTransport

/// Steps of client cases: the runner is the server.
extension CaseRun {
  func startClient() throws {
    let front = try ScriptedFront()
    self.front = front
    variables["address"] = .string("127.0.0.1:\(front.port)")
    let digits = Hex.text((0..<40).map { _ in UInt8.random(in: 0...255) })
    variables["token"] = .string("kod1." + digits)
    let client = try ClientProcess(context.command)
    self.client = client
    try watch(client.outputDescriptor) { [unowned self, unowned client] in
      client.readOutput { self.transcript.note("client says \($0.line)") }
    }
    try watch(client.errorDescriptor) { [unowned client] in client.readErrors() }
  }

  /// Ends the client; what was wrong with the way it went, if anything.
  func finishClient() -> String? {
    guard let client else { return nil }
    let endedEarly = client.hasEnded && variables["(told to leave)"] == nil
    client.closeInput()
    let deadline = ContinuousClock.now + .seconds(5)
    // The end of a process wakes nobody here: it is looked for now and then.
    while client.isRunning || !client.hasEnded, ContinuousClock.now < deadline {
      _ = try? wait(milliseconds: 10) { client.hasEnded && !client.isRunning }
    }
    defer {
      client.kill()
      for line in client.complaints.split(separator: "\n") {
        transcript.note("client's stderr: \(line)")
      }
    }
    if client.isRunning {
      return "the client did not exit within 5 seconds of the end of its stdin"
    }
    if let nonsense = client.nonsense {
      return "the client wrote a line that is no event: \(nonsense)"
    }
    if let secret = client.betrayed { return "the client wrote \(secret)" }
    if endedEarly { return "the client ended before its stdin did" }
    return client.whyNotZero.map { "the client's stdin ended and \($0)" }
  }

  func runClientStep(_ verb: String, _ step: Step) throws {
    switch verb {
    case "tell": try tell(step)
    case "hear": try hear(step)
    case "hear_nothing_ms": try hearNothing(step)
    case "accept": try accept(step)
    case "no_connection_ms":
      let limit = Int(try step.number("no_connection_ms"))
      if let descriptor = try nextConnection(limit) {
        Socket.close(descriptor)
        throw Mismatch(
          path: "", expected: "no connection for \(limit) ms", came: "the client connects")
      }
      if let clientsEnd {
        throw Mismatch(path: "", expected: "a client that goes on", came: clientsEnd)
      }
    case "welcome": try welcome(step)
    case "not_logged": client?.mustNotLog(try step.text("not_logged"))
    default: throw ValueError("unknown step \(verb)")
    }
  }

  // MARK: The client's lines

  private func tell(_ step: Step) throws {
    guard let client else { throw ValueError("there is no client") }
    var line = try step.value("tell")
    guard let order = line["do"]?.text else {
      throw ValueError("a client is told to 'do' something")
    }
    if order == "configure" {
      line = configuration(line)
    } else if variables["(configured)"] == nil {
      _ = client.tell(configuration(["do": "configure"]).line)
    }
    variables["(configured)"] = true
    if order == "close" { variables["(told to leave)"] = true }
    if order == "call", let id = line["id"]?.text, let name = line["method"]?.text {
      guard let method = schema.method(name) else { throw ValueError("unknown method \(name)") }
      clientCalls[id] = method
    }
    transcript.note("client is told \(line.shortLine)")
    guard client.tell(line.line) else {
      throw Mismatch(
        path: "", expected: "a client that reads what it is told", came: "nobody who reads")
    }
  }

  /// The line with what it leaves out: where the scripted server is, and how to trust it.
  private func configuration(_ line: JSON) -> JSON {
    let defaults: [(String, JSON)] = [
      ("address", variables["address"] ?? ""), ("server_name", "127.0.0.1"),
      ("ca", .string(front?.authorityFile ?? "")), ("token", variables["token"] ?? ""),
    ]
    return defaults.reduce(line) { line, member in
      line[member.0] != nil
        ? line : line + .object([JSON.Member(key: member.0, value: member.1)])
    }
  }

  private func hear(_ step: Step) throws {
    guard let client else { throw ValueError("there is no client") }
    let pattern = step.json["hear"] ?? .null
    if let patterns = pattern.elements { return try hearAll(patterns, client, step) }
    let limit = try step.milliseconds()
    var passed: [String] = []
    var heard: JSON?
    _ = try wait(milliseconds: limit) {
      while heard == nil, !client.events.isEmpty {
        let event = try canonical(client.events.removeFirst())
        var trial = PatternMatch(schema, evaluation)
        if try step.flag("next") {
          try match(&trial, pattern, event)
          heard = event
        } else if try matches(&trial, pattern, event) {
          heard = event
        } else {
          passed.append(event.shortLine)
          continue
        }
        keep(trial)
      }
      return heard != nil || client.hasEnded && client.events.isEmpty
    }
    guard let heard else {
      let reason =
        client.nonsense.map { "a line that is no event: \($0)" }
        ?? clientsEnd ?? "nothing within \(limit) ms"
      throw Mismatch(
        path: "", expected: "the client to say \(pattern.shortLine)",
        came: ([reason] + passed.map { "before: \($0)" }).joined(separator: "; "))
    }
    try save(heard, step)
  }

  /// Events in whatever order.
  private func hearAll(_ patterns: [JSON], _ client: ClientProcess, _ step: Step) throws {
    let limit = try step.milliseconds()
    var open = patterns
    var passed: [String] = []
    let isComplete = try wait(milliseconds: limit) {
      while !open.isEmpty, !client.events.isEmpty {
        let event = try canonical(client.events.removeFirst())
        var place: Int?
        for (index, pattern) in open.enumerated() where place == nil {
          var trial = PatternMatch(schema, evaluation)
          guard try matches(&trial, pattern, event) else { continue }
          keep(trial)
          place = index
        }
        if let place { open.remove(at: place) } else { passed.append(event.shortLine) }
      }
      return open.isEmpty
    }
    if isComplete { return }
    throw Mismatch(
      path: "",
      expected: "the client to say \(open.map(\.shortLine).joined(separator: " and "))",
      came: (["nothing within \(limit) ms"] + passed.map { "before: \($0)" })
        .joined(separator: "; "))
  }

  private func hearNothing(_ step: Step) throws {
    guard let client else { throw ValueError("there is no client") }
    let limit = Int(try step.number("hear_nothing_ms"))
    var looked = 0
    var found: JSON?
    _ = try wait(milliseconds: limit) {
      for event in client.events.dropFirst(looked) {
        var trial = PatternMatch(schema, evaluation)
        let event = try canonical(event)
        if try step.json["like"].map({ try matches(&trial, $0, event) }) ?? true { found = event }
      }
      looked = client.events.count
      return found != nil || client.hasEnded
    }
    if let found {
      throw Mismatch(
        path: "",
        expected: "the client to say nothing "
          + (step.json["like"].map { "like \($0.shortLine) " } ?? "") + "for \(limit) ms",
        came: found.shortLine)
    }
    if client.hasEnded {
      throw Mismatch(path: "", expected: "a client that goes on", came: "its end")
    }
  }

  private func match(_ match: inout PatternMatch, _ pattern: JSON, _ event: JSON) throws {
    try match.match(pattern, event, .unknown, path: "event")
  }

  private func matches(
    _ trial: inout PatternMatch, _ pattern: JSON, _ event: JSON
  ) throws -> Bool {
    do {
      try match(&trial, pattern, event)
      return true
    } catch is Mismatch {
      return false
    }
  }

  /// The event with its messages in canonical form: what a client leaves out at its default, and
  /// numbers that it writes as text, look the same whatever it does.
  /// - Throws: what is not a message of the schema.
  private func canonical(_ event: JSON) throws -> JSON {
    guard let members = event.members else { return event }
    return .object(
      try members.map { member in
        var value = member.value
        switch (event["event"]?.text, member.key) {
        case ("answer", "response"):
          if let method = clientCalls[event["id"]?.text ?? ""] {
            value = try canonical(value, as: method.response)
          }
        case ("push", "push"): value = try canonical(value, as: "Push")
        case ("state", "items"):
          value = .array(
            try (value.elements ?? []).map { try canonical($0, as: "SubscribeItem") })
        default: break
        }
        return JSON.Member(key: member.key, value: value)
      })
  }

  private func canonical(_ value: JSON, as message: String) throws -> JSON {
    do {
      return try codec.decode(
        try codec.encode(value, as: message), as: message, defaults: true)
    } catch {
      throw Mismatch(
        path: "", expected: "an event with a \(message)", came: "\(value.shortLine) (\(error))")
    }
  }

  // MARK: Connections

  private func nextConnection(_ limit: Int) throws -> Int32? {
    guard let front else { throw ValueError("there is no scripted server") }
    var descriptor: Int32?
    let deadline = ContinuousClock.now + .milliseconds(limit)
    // The listener is looked at now and then, so that the other connections are served meanwhile.
    while descriptor == nil {
      if case .connection(let accepted) = Socket.accept(front.listener) {
        descriptor = accepted
        break
      }
      let left = (deadline - .now).milliseconds
      guard left > 0, client?.hasEnded != true else { return nil }
      _ = try wait(milliseconds: Int(min(left, 10))) { false }
    }
    return descriptor
  }

  /// That the client is gone, with its last words; nil: it is not.
  private var clientsEnd: String? {
    guard let client, client.hasEnded else { return nil }
    let words = client.complaints.split(separator: "\n").last
    return "the client's end" + (words.map { ": \($0)" } ?? "")
  }

  private func accept(_ step: Step) throws {
    guard let front else { throw ValueError("there is no scripted server") }
    let limit = try step.milliseconds()
    let start = ContinuousClock.now
    guard let descriptor = try nextConnection(limit) else {
      throw Mismatch(
        path: "", expected: "a connection of the client",
        came: clientsEnd ?? "none within \(limit) ms")
    }
    let peer = Peer(try step.subject(), descriptor: descriptor, scratch: scratch)
    let elapsed = (ContinuousClock.now - start).milliseconds
    let earliest = try step.number("not_before_ms", else: 0)
    guard elapsed >= earliest else {
      throw Mismatch(
        path: "", expected: "no connection before \(earliest) ms", came: "one after \(elapsed) ms")
    }
    let protocols = step.has("alpn") ? try step.value("alpn").elements ?? [] : [.null]
    guard protocols.isEmpty || protocols == [.null] else {
      throw ValueError("alpn of accept is [] or absent")
    }
    let version = try step.textIfGiven("tls") ?? "1.3"
    guard ["1.2", "1.3"].contains(version) else { throw ValueError("tls is \"1.2\" or \"1.3\"") }
    let context = try front.context(
      try step.textIfGiven("certificate"), choosesProtocol: !protocols.isEmpty,
      speaksTLS12: version == "1.2")
    try adopt(peer)
    try peer.startTLS(context, serverName: nil)
    _ = try wait(milliseconds: limit) { peer.phase != .handshaking }
    let isRefused = try step.flag("refused")
    switch peer.phase {
    case .established where isRefused:
      // The handshake of a server ends before the client says what it thinks of it.
      _ = try wait(milliseconds: limit) { peer.end != nil || !peer.frames.isEmpty }
      if let frame = peer.frames.first {
        throw Mismatch(
          path: "", expected: "the client to give up", came: describe(frame, peer))
      }
      guard peer.end != nil else {
        throw Mismatch(
          path: "", expected: "the client to give up", came: "nothing within \(limit) ms")
      }
    case .established: transcript.note("\(peer.name) is accepted")
    case .handshakeFailed(let reason, let byPeer):
      transcript.note("\(peer.name) < handshake failed: \(reason)")
      if !isRefused { throw Mismatch(path: "", expected: "a TLS session", came: reason) }
      // Without a protocol this side gives up too, at once; the client has to do so by itself.
      if !byPeer, !peer.endsTCP(withinMilliseconds: limit) {
        throw Mismatch(path: "", expected: "the client to give up", came: "it stays")
      }
    default:
      throw Mismatch(
        path: "", expected: isRefused ? "the client to give up" : "a TLS session",
        came: "nothing within \(limit) ms")
    }
  }

  private func welcome(_ step: Step) throws {
    let peer = try peer(step)
    let frame = try next(peer, "HELLO", try step.milliseconds(), [], takesPing: false)
    guard schema.frameTypeName(frame.type) == "HELLO" else {
      throw Mismatch(path: "", expected: "HELLO on \(peer.name)", came: describe(frame, peer))
    }
    let hello = try decode(frame, "Hello")
    var welcome: JSON = [
      "version": 1, "session_id": 1, "principal": "client", "role": "ASSISTER",
      "server_time_us": .integer(WallClock.now()), "limits": Self.limits,
      "server": "kod-conformance",
    ]
    if step.has("with") { welcome = Self.replacing(welcome, try step.value("with")) }
    try sendFrame(peer, "WELCOME", try codec.encode(welcome, as: "Welcome"))
    try save(hello, step)
  }

  /// Members of the second in place of those of the first; objects member by member.
  private static func replacing(_ value: JSON, _ other: JSON) -> JSON {
    guard let members = value.members, let others = other.members else { return other }
    var result = members
    for member in others {
      if let index = result.firstIndex(where: { $0.key == member.key }) {
        result[index].value = replacing(result[index].value, member.value)
      } else {
        result.append(member)
      }
    }
    return .object(result)
  }

  /// The limits of the specification.
  private static let limits: JSON = [
    "maximum_payload_bytes": 65_536, "maximum_calls_in_flight": 64, "ping_interval_ms": 25_000,
    "silence_limit_ms": 60_000, "default_timeout_ms": 10_000, "maximum_timeout_ms": 60_000,
    "resume_pushes": 256, "resume_age_ms": 86_400_000, "maximum_hello_bytes": 4_096,
    "maximum_bytes_before_welcome": 16_384, "hello_timeout_ms": 10_000, "maximum_ping_bytes": 32,
    "push_queue_bytes": 262_144, "read_pause_bytes": 262_144, "output_limit_bytes": 1_048_576,
    "cancel_burst": 128, "cancels_per_second": 32, "idempotency_key_ms": 86_400_000,
    "credential_lifetime_ms": 7_776_000_000, "maximum_credentials": 16,
    "maximum_state_referrals": 1_000, "maximum_long_questions": 4, "maximum_page_size": 100,
    "maximum_open_notices": 1_000, "linger_ms": 2_000, "drain_ms": 3_000,
    "maximum_subscriptions": 1, "maximum_standing_offers": 256, "maximum_standing_assignments": 16,
    "maximum_attempts": 64, "maximum_update_rows": 100, "maximum_desk_notes": 64,
    "maximum_moments": 32, "maximum_simulation_requests": 100_000,
    "maximum_simulation_assisters": 10_000,
  ]
}
