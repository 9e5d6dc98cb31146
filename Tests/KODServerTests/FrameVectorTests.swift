import Foundation
import KODEngine
import KODJSON
import KODWire
import Testing

@testable import KODServer

/// A session fed with bytes, as a connection does it.
private struct Receiver {
  var session: Session
  let limits = KODServer.Limits()
  let tick = Tick(milliseconds: 1_000, instant: Instant(microseconds: 1_000_000))

  init(when moment: String) throws {
    session = Session(openedAt: tick)
    guard moment != "before_welcome" else { return }
    _ = try receive(
      frame(.hello, Hello(minimumVersion: 1, maximumVersion: 1, token: "kod1.x")))
    guard moment != "hello_sent" else { return }
    let alice = SessionPrincipal(id: PrincipalID(1), name: "alice", role: .assister)
    _ = session.authenticationCompleted(
      .accepted(alice, expiresAt: nil), session: 1, at: tick, limits: limits)
    try #require(session.phase == .established)
    if moment == "draining" { session.drainStarted() }
    try #require(["established", "draining"].contains(moment), "no such moment: \(moment)")
  }

  private func frame(_ type: FrameType, _ message: some WireMessage) -> [UInt8] {
    var writer = ByteWriter()
    writer.appendFrame(type: type, payload: message)
    return writer.bytes
  }

  mutating func receive(_ bytes: [UInt8]) throws -> Session.Action {
    let before = session.bytesReceived(bytes.count, at: tick, limits: limits)
    guard case .none = before else { return before }
    let step = FrameDecoder.next(
      in: bytes.span.bytes, maximumPayloadBytes: session.maximumPayloadBytes(limits))
    switch step {
    case .tooLarge(let header):
      return session.oversizedFrameReceived(header, limits: limits)
    case .frame(let header):
      try #require(header.frameBytes == bytes.count)
      let payload = Array(bytes[FrameHeader.byteCount...])
      let action = session.frameReceived(
        header, payload: payload.span.bytes, at: tick, limits: limits)
      // Nobody has a credential here.
      if case .authenticate = action, header.payloadBytes > 0, isUnknown(payload) {
        return session.authenticationCompleted(.rejected, session: 1, at: tick, limits: limits)
      }
      return action
    case .needMore:
      Issue.record("the frame is not whole: \(bytes)")
      return .none
    }
  }

  private func isUnknown(_ hello: [UInt8]) -> Bool {
    (try? Hello(decoding: hello))?.token == "kod1.nobody"
  }
}

/// `Protocol/vectors/frames.json`: what the server answers by itself.
@Suite struct `Frames that are refused` {
  private static func vectors() throws -> [JSON] {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let file = try JSON(
      parsing: [UInt8](Data(contentsOf: root.appending(path: "Protocol/vectors/frames.json"))))
    return try #require(file["malformed"]?.elements)
  }

  private static func bytes(_ hexadecimal: String) throws -> [UInt8] {
    let digits = Array(hexadecimal.utf8)
    return try stride(from: 0, to: digits.count, by: 2).map { index in
      try #require(UInt8(String(decoding: digits[index..<index + 2], as: UTF8.self), radix: 16))
    }
  }

  private static func bytes(_ vector: JSON) throws -> [UInt8] {
    guard let rest = vector["repeat"] else { return try bytes(text(vector, "hex")) }
    let byte = try bytes(text(rest, "byte"))
    guard case .integer(let count) = rest["count"] else { return [] }
    return try bytes(text(vector, "hex_head"))
      + [UInt8](repeating: byte[0], count: Int(count))
  }

  private static func text(_ json: JSON, _ key: String) throws -> String {
    try #require(json[key]?.text, "no \(key) in \(json.line)")
  }

  /// The action in the words of the file.
  private static func answer(_ action: Session.Action) -> JSON {
    switch action {
    case .none: return ["answer": "nothing", "closes": false]
    case .send(.status(let call, let status)):
      var answer: JSON = [
        "answer": "STATUS", "call": .integer(Int64(call)), "code": .string(status.code.name),
        "reason": .string(status.reason.name),
      ]
      if call == 0 {
        answer =
          answer + [
            "frame_type": .integer(Int64(status.frameType)),
            "about_call": .integer(Int64(status.aboutCall)),
          ]
      }
      if !status.violations.isEmpty {
        answer = answer + ["violations": .array(status.violations.map { .string($0.path) })]
      }
      return answer + ["closes": false]
    case .close(let message):
      var answer: JSON = [
        "answer": "GOING_AWAY", "call": 0, "code": .string(message.code.name),
        "reason": .string(message.reason.name),
      ]
      if message.permanent { answer = answer + ["permanent": true] }
      return answer + ["closes": true]
    default: return ["answer": .string("\(action)")]
    }
  }

  @Test func `are answered as the vectors say`() throws {
    let vectors = try Self.vectors()
    var reasons: Set<String> = []
    for vector in vectors {
      var receiver = try Receiver(when: Self.text(vector, "when"))
      for earlier in vector["before"]?.elements ?? [] {
        _ = try receiver.receive(Self.bytes(try #require(earlier.text)))
      }
      let answer = Self.answer(try receiver.receive(Self.bytes(vector)))
      let inputs = ["name", "when", "before", "hex", "hex_head", "repeat"]
      let expected = JSON.object((vector.members ?? []).filter { !inputs.contains($0.key) })
      #expect(answer.line == expected.line, "\(vector["name"]?.text ?? "")")
      if let reason = vector["reason"]?.text { reasons.insert(reason) }
    }
    #expect(
      reasons == [
        "FRAME_TOO_LARGE", "FRAME_TYPE_UNKNOWN", "FRAME_FLAGS_UNKNOWN", "FRAME_UNEXPECTED",
        "PAYLOAD_MALFORMED", "HELLO_REQUIRED", "TOKEN_REJECTED", "VERSION_UNSUPPORTED",
        "METHOD_UNKNOWN", "CALL_UNKNOWN", "CALL_ID_NOT_INCREASING", "ROLE_NOT_ALLOWED",
        "SERVER_STOPPING", "PING_TOO_LONG", "PAYLOAD_UNEXPECTED", "FIELD_INVALID",
        "REASON_UNSPECIFIED",
      ])
  }
}
