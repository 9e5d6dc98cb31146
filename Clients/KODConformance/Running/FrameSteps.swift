import KODJSON
import KODSchema
import KODWire

/// Steps that send and expect frames, of both sides.
extension CaseRun {
  // MARK: Sending

  func send(_ step: Step) throws {
    let peer = try peer(step)
    let piece = step.has("pieces") ? Int(try step.number("pieces")) : nil
    if let piece, piece < 1 { throw ValueError("pieces are of 1 byte at least") }
    if let bytes = step.json["bytes"] {
      let bytes = try step.evaluation.bytes(bytes)
      transcript.note("\(peer.name) > \(bytes.count) bytes \(Hex.text(bytes.prefix(64)))")
      return peer.send(bytes, piece: piece)
    }
    let type = try frameType(try step.value("type"))
    let method = try method(step)
    let call = try step.number("call", as: UInt32.self)
    let named = try step.textIfGiven("of").flatMap { schema.method($0) }
    let carried = named ?? schema.method(method) ?? methods[peer.name]?[call]
    let payload = try payload(step, type: type, method: carried)
    let times = try step.number("times", else: 1)
    var bytes: [UInt8] = []
    for index in 0..<max(0, times) {
      let frame = Frame(
        header: try header(step, type: type, method: method, call: call &+ UInt32(index), payload),
        payload: payload)
      if times <= 100 { noteSent(frame, on: peer) }
      noteOpened(frame, on: peer)
      bytes += Peer.frame(
        type: type, flags: frame.header.flags, method: method, call: frame.call,
        timeout: frame.header.timeoutMilliseconds, length: frame.header.payloadBytes,
        payload: payload)
    }
    if times > 100 { transcript.note("\(peer.name) > \(times) frames of type \(type)") }
    peer.send(bytes, piece: piece)
  }

  private func header(
    _ step: Step, type: UInt8, method: UInt16, call: UInt32, _ payload: [UInt8]
  ) throws -> FrameHeader {
    var header = FrameHeader(
      payloadBytes: try step.number(
        "length", as: UInt32.self, else: UInt32(payload.count)),
      type: .hello, flags: try step.number("flags", as: UInt8.self), method: method, call: call,
      timeoutMilliseconds: try step.number("timeout", as: UInt32.self))
    header.type = type
    return header
  }

  func noteSent(_ frame: Frame, on peer: Peer) {
    let method = methods[peer.name]?[frame.call]
    transcript.note("\(peer.name) > \(text.text(frame, method: method))")
  }

  /// Remembers what this side has welcomed, the calls that it opens, and who has submitted a request.
  func noteOpened(_ frame: Frame, on peer: Peer) {
    if schema.frameTypeName(frame.type) == "WELCOME" {
      clientConduct[peer.name, default: ClientConduct()].welcomed()
    }
    guard schema.frameTypeName(frame.type) == "REQUEST" else { return }
    let method = schema.method(frame.header.method)
    methods[peer.name, default: [:]][frame.call] = method
    nextCall[peer.name] = max(nextCall[peer.name] ?? 1, frame.call &+ 1)
    if method?.path == "Intake/SubmitReferral", let principal = principals[peer.name] {
      partners.insert(principal)
    }
  }

  func frameType(_ value: JSON) throws(ValueError) -> UInt8 {
    if let name = value.text, let number = schema.number(name, of: "FrameType") {
      return UInt8(truncatingIfNeeded: number)
    }
    guard let number = value.wholeNumber, let type = UInt8(exactly: number) else {
      throw ValueError("\(value.shortLine) is not a frame type")
    }
    return type
  }

  /// The number that `method` names, 0 without it.
  func method(_ step: Step) throws(ValueError) -> UInt16 {
    guard step.has("method") else { return 0 }
    let value = try step.value("method")
    if let name = value.text, let method = schema.method(name) { return method.number }
    guard let number = value.wholeNumber.flatMap({ UInt16(exactly: $0) }) else {
      throw ValueError("\(value.shortLine) is not a method")
    }
    return number
  }

  private func payload(_ step: Step, type: UInt8, method: MethodType?) throws -> [UInt8] {
    if let payload = step.json["payload"] { return try step.evaluation.bytes(payload) }
    guard step.has("message") else { return [] }
    guard let message = schema.message(in: type, method: method) else {
      throw ValueError("it is not known which message a \(schema.frameTypeName(type)) carries")
    }
    return try codec.encode(try step.value("message"), as: message)
  }

  // MARK: Expecting

  func expect(_ step: Step) throws {
    let peer = try peer(step)
    let skip = Set(
      try (step.json["skip"]?.elements ?? []).map { try frameType(step.evaluation.value($0)) })
    if step.has("end") { return try expectEnd(step, peer, skip) }
    if step.has("nothing_ms") { return try expectNothing(step, peer, skip) }
    let limit = try step.milliseconds()
    guard let forms = step.json["frames"]?.elements else {
      let wanted = try Expected(step.json, self)
      let frame = try next(peer, wanted.text, limit, skip, takesPing: wanted.isPing)
      return try match(frame, wanted, peer)
    }
    var wanted = try forms.map { try Expected($0, self) }
    while !wanted.isEmpty {
      let open = wanted.map(\.text).joined(separator: " or ")
      let frame = try next(peer, open, limit, skip, takesPing: wanted.contains { $0.isPing })
      var reasons: [String] = []
      var place: Int?
      for (index, one) in wanted.enumerated() where place == nil {
        do {
          try match(frame, one, peer)
          place = index
        } catch let mismatch as Mismatch {
          reasons.append("\(mismatch)")
        }
      }
      guard let place else {
        throw ValueError(
          "\(describe(frame, peer)) is none of those expected: \(reasons.joined(separator: "; "))")
      }
      wanted.remove(at: place)
    }
  }

  /// A frame that is expected.
  struct Expected {
    let json: JSON
    let type: UInt8
    let typeName: String
    let method: MethodType?
    let named: MethodType?

    init(_ json: JSON, _ run: CaseRun) throws {
      self.json = json
      let evaluation = run.evaluation
      type = try run.frameType(try evaluation.value(json["type"] ?? .null))
      typeName = run.schema.frameTypeName(type)
      method = try json["method"].flatMap { run.schema.method(try evaluation.text($0)) }
      named = try json["of"].flatMap { run.schema.method(try evaluation.text($0)) }
    }

    var isPing: Bool { typeName == "PING" }

    var text: String {
      var words = [typeName]
      if let call = json["call"] { words.append("call \(call.shortLine)") }
      if let method { words.append(method.path) }
      if let message = json["message"] { words.append(message.shortLine) }
      return words.joined(separator: " ")
    }
  }

  /// The next frame that is not skipped.
  func next(
    _ peer: Peer, _ wanted: String, _ milliseconds: Int, _ skip: Set<UInt8>, takesPing: Bool
  ) throws -> Frame {
    _ = try wait(milliseconds: milliseconds) {
      if !takesPing { peer.answerWaitingPings() }
      while let first = peer.frames.first, skip.contains(first.type) {
        peer.frames.removeFirst()
        if !takesPing { peer.answerWaitingPings() }
      }
      return !peer.frames.isEmpty || peer.end != nil
    }
    guard !peer.frames.isEmpty else {
      throw Mismatch(
        path: "", expected: "\(wanted) on \(peer.name)",
        came: peer.end.map { "\($0)" } ?? "nothing within \(milliseconds) ms")
    }
    return peer.frames.removeFirst()
  }

  private func match(_ frame: Frame, _ wanted: Expected, _ peer: Peer) throws {
    do {
      try compare(frame, wanted, peer)
    } catch var mismatch as Mismatch {
      if !mismatch.path.isEmpty { mismatch.came += ", in \(describe(frame, peer))" }
      throw mismatch
    }
  }

  private func compare(_ frame: Frame, _ wanted: Expected, _ peer: Peer) throws {
    guard frame.type == wanted.type else {
      throw Mismatch(
        path: "", expected: "\(wanted.text) on \(peer.name)", came: describe(frame, peer))
    }
    var match = PatternMatch(schema, evaluation)
    let isRequest = wanted.typeName == "REQUEST"
    let method = isRequest ? schema.method(frame.header.method) : nil
    if let expected = wanted.method, expected.number != frame.header.method {
      throw Mismatch(
        path: "method", expected: expected.path, came: method?.path ?? "\(frame.header.method)")
    }
    let numbers: [(String, JSON)] = [
      ("call", .integer(Int64(frame.call))),
      ("timeout", .integer(Int64(frame.header.timeoutMilliseconds))),
      ("flags", .integer(Int64(frame.header.flags))),
    ]
    for (name, value) in numbers {
      if let pattern = wanted.json[name] {
        try match.match(pattern, value, .unknown, path: "\(wanted.typeName) \(name)")
      }
    }
    if let pattern = wanted.json["payload"] {
      try match.match(pattern, .string(Hex.text(frame.payload)), .hex, path: "payload")
    }
    if let pattern = wanted.json["message"] {
      let carried = wanted.named ?? method ?? methods[peer.name]?[frame.call]
      guard let message = schema.message(in: frame.type, method: carried) else {
        throw ValueError("it is not known which message this \(wanted.typeName) carries: say 'of'")
      }
      try match.match(
        pattern, try decode(frame, message), .message(message), path: wanted.typeName)
    }
    keep(match)
  }

  /// The payload as JSON with defaults.
  func decode(_ frame: Frame, _ message: String) throws -> JSON {
    do {
      return try codec.decode(frame.payload, as: message, defaults: true)
    } catch {
      throw Mismatch(
        path: schema.frameTypeName(frame.type), expected: "a payload that decodes as \(message)",
        came: "\(Hex.text(frame.payload.prefix(64))) (\(error))")
    }
  }

  func describe(_ frame: Frame, _ peer: Peer) -> String {
    text.text(frame, method: methods[peer.name]?[frame.call])
  }

  private func expectEnd(_ step: Step, _ peer: Peer, _ skip: Set<UInt8>) throws {
    let limit = try step.milliseconds()
    _ = try wait(milliseconds: limit) {
      peer.frames.removeAll { skip.contains($0.type) }
      peer.answerWaitingPings()
      return peer.end != nil || !peer.frames.isEmpty
    }
    if let frame = peer.frames.first {
      throw Mismatch(
        path: "", expected: "the end of \(peer.name)", came: describe(frame, peer))
    }
    guard let end = peer.end else {
      throw Mismatch(
        path: "", expected: "the end of \(peer.name)", came: "nothing within \(limit) ms")
    }
    if case .failed(let reason) = end {
      throw Mismatch(path: "", expected: "the end of \(peer.name)", came: reason)
    }
    if try step.flag("clean"), end != .clean {
      throw Mismatch(path: "", expected: "close_notify on \(peer.name)", came: "\(end)")
    }
    transcript.note("\(peer.name) < \(end)")
  }

  private func expectNothing(_ step: Step, _ peer: Peer, _ skip: Set<UInt8>) throws {
    let limit = Int(try step.number("nothing_ms"))
    let came = try wait(milliseconds: limit) {
      peer.frames.removeAll { skip.contains($0.type) }
      peer.answerWaitingPings()
      return peer.end != nil || !peer.frames.isEmpty
    }
    guard came else { return }
    throw Mismatch(
      path: "", expected: "nothing on \(peer.name) for \(limit) ms",
      came: peer.frames.first.map { describe($0, peer) } ?? peer.end.map { "\($0)" } ?? "")
  }
}
