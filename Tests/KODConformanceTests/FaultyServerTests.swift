import KODJSON
import KODSchema
import Testing

@testable import KODConformance

/// A server that does something wrong makes the case fail, and the failure says what.
@Suite struct FaultyServerTests {
  static let call =
    #"{"call": "a", "method": "Operations/GetServerStatus", "response": {"sessions": 4}}"#
  static let ping = #"{"send": "a", "type": "PING", "payload": "0102"}"#
  static let pong = #"{"expect": "a", "type": "PONG", "payload": "0102", "within_ms": 200}"#

  private func failure(_ steps: String, _ behave: @escaping ScriptedServer.Behaviour) throws
    -> String?
  {
    let server = try ScriptedServer(behave)
    return try run("[{\"open\": \"a\", \"as\": \"operator1\"}, \(steps)]", against: server.target)
      .failure?.description
  }

  private static func status(
    _ peer: Peer, _ codec: SchemaCodec, _ call: UInt32, _ json: JSON
  ) throws {
    peer.send(Peer.frame(type: 6, call: call, payload: try codec.encode(json, as: "Status")))
  }

  @Test("A server that does what it should passes")
  func good() throws {
    let failure = try failure("\(Self.ping), \(Self.pong), \(Self.call)") { frame, peer, codec in
      if frame.type == 8 { return peer.send(Peer.frame(type: 9, payload: frame.payload)) }
      let response: JSON = ["sessions": 4]
      peer.send(
        Peer.frame(
          type: 4, call: frame.call, payload: try codec.encode(response, as: "ServerStatus")))
    }
    #expect(failure == nil)
  }

  @Test("Another payload, another type, another call, nothing, and the end are told apart")
  func wrongFrames() throws {
    let steps = "\(Self.ping), \(Self.pong)"
    let payload = try failure(steps) { _, peer, _ in peer.send(Peer.frame(type: 9, payload: [9])) }
    #expect(payload == #"step 3: payload: expected "0102", came "09", in PONG 1 bytes 09"#)
    let type = try failure(steps) { _, peer, codec in
      try Self.status(peer, codec, 0, ["code": "INVALID_ARGUMENT", "reason": "PING_TOO_LONG"])
    }
    #expect(
      type
        == #"step 3: expected PONG on a, came STATUS {"code":"INVALID_ARGUMENT","reason":"PING_TOO_LONG"}"#
    )
    let nothing = try failure(steps) { _, _, _ in }
    #expect(nothing == "step 3: expected PONG on a, came nothing within 200 ms")
    let end = try failure(steps) { _, peer, _ in peer.close() }
    #expect(end == "step 3: expected PONG on a, came the end of the connection (close_notify)")
    let cut = try failure(steps) { _, peer, _ in peer.cut() }
    #expect(
      cut == "step 3: expected PONG on a, came the end of the connection (without close_notify)")
  }

  @Test("A wrong answer, an answer that does not decode, and none are told apart")
  func wrongAnswers() throws {
    let wrong = try failure(Self.call) { frame, peer, codec in
      let response: JSON = ["sessions": 5]
      peer.send(
        Peer.frame(
          type: 4, call: frame.call, payload: try codec.encode(response, as: "ServerStatus")))
    }
    #expect(
      wrong == #"step 2: RESPONSE.sessions: expected 4, came 5, in RESPONSE call 1 {"sessions":5}"#)
    let status = try failure(Self.call) { frame, peer, codec in
      try Self.status(peer, codec, frame.call, ["code": "INTERNAL"])
    }
    #expect(
      status == #"step 2: expected RESPONSE {"sessions":4}, came STATUS call 1 {"code":"INTERNAL"}"#
    )
    let malformed = try failure(Self.call) { frame, peer, _ in
      peer.send(Peer.frame(type: 4, call: frame.call, payload: [0x08]))
    }
    #expect(
      malformed?.hasPrefix(
        "step 2: RESPONSE: expected a payload that decodes as ServerStatus, came 08") == true)
    let other = try failure(
      #"{"call": "a", "method": "Operations/GetServerStatus", "within_ms": 200}"#
    ) { frame, peer, codec in
      try Self.status(peer, codec, 0, ["code": "NOT_FOUND", "about_call": 1])
    }
    #expect(
      other
        == "step 2: expected an answer to call 1 Operations/GetServerStatus on a, came none within 200 ms;"
        + #" waiting: STATUS {"code":"NOT_FOUND","about_call":1}"#)
  }

  @Test("A frame where nothing should come, and one more than should, fail the case")
  func tooMuch() throws {
    let steps = #"\#(Self.ping), \#(Self.pong), {"expect": "a", "nothing_ms": 200}"#
    let failure = try failure(steps) { frame, peer, _ in
      peer.send(Peer.frame(type: 9, payload: frame.payload) + Peer.frame(type: 9, payload: [7]))
    }
    #expect(failure == "step 4: expected nothing on a for 200 ms, came PONG 1 bytes 07")
  }

  @Test("An end without close_notify is not a clean one, and no end is none")
  func ends() throws {
    let steps = #"\#(Self.ping), {"expect": "a", "end": true, "clean": true, "within_ms": 200}"#
    let cut = try failure(steps) { _, peer, _ in peer.cut() }
    #expect(
      cut
        == "step 3: expected close_notify on a, came the end of the connection (without close_notify)"
    )
    #expect(try failure(steps) { _, peer, _ in peer.close() } == nil)
    let none = try failure(steps) { _, _, _ in }
    #expect(none == "step 3: expected the end of a, came nothing within 200 ms")
    let late = try failure(steps) { _, peer, _ in
      peer.send(Peer.frame(type: 9))
      peer.close()
    }
    #expect(late == "step 3: expected the end of a, came PONG")
  }

  private static func items(_ frame: Frame, _ peer: Peer, _ codec: SchemaCodec, _ items: [JSON])
    throws
  {
    guard frame.type == 3 else { return }
    var bytes: [UInt8] = []
    for item in items {
      bytes += Peer.frame(
        type: 5, call: frame.call, payload: try codec.encode(item, as: "SubscribeItem"))
    }
    peer.send(bytes)
  }

  @Test("A gap in the offsets of pushes fails the case, collapsed pushes do not")
  func gaps() throws {
    let start: JSON = ["start": ["epoch": "e", "offset": "4"]]
    let steps =
      #"{"subscribe": "a"}, {"push": "a", "body": {"policy_changed": {"version": 2}}, "within_ms": 200}"#
    let push: @Sendable (String) -> JSON = {
      ["push": ["offset": .string($0), "policy_changed": ["version": 2]]]
    }
    let gap = try failure(steps) {
      try Self.items($0, $1, $2, [start, ["state_end": [:]], push("6")])
    }
    #expect(gap == "step 3: push.offset: expected 5, came 6")
    #expect(
      try failure(steps) { try Self.items($0, $1, $2, [start, ["state_end": [:]], push("5")]) }
        == nil)
    let collapsed: JSON = ["collapsed": ["first_offset": "5", "last_offset": "7"]]
    #expect(
      try failure(steps) {
        try Self.items($0, $1, $2, [start, ["state_end": [:]], collapsed, push("8")])
      } == nil)
    let early = try failure(steps) { try Self.items($0, $1, $2, [start, push("5")]) }
    #expect(early?.hasPrefix("step 2: expected the current state, came") == true)
    let other = try failure(steps) {
      try Self.items(
        $0, $1, $2,
        [start, ["state_end": [:]], ["push": ["offset": "5", "policy_changed": ["version": 3]]]])
    }
    #expect(other?.contains("came nothing within 200 ms; passed: {") == true, "\(other ?? "")")
  }

  @Test("What holds of every frame is looked after in every case")
  func conduct() throws {
    let steps = #"\#(Self.ping), {"sleep_ms": 200}"#
    func breach(_ send: @escaping @Sendable (Peer, SchemaCodec) throws -> Void) throws -> String? {
      let prefix = "step any: whatever the case is about, on a: "
      let failure = try failure(steps) { _, peer, codec in try send(peer, codec) }
      return failure.map { $0.hasPrefix(prefix) ? String($0.dropFirst(prefix.count)) : $0 }
    }
    #expect(
      try breach { peer, codec in
        try Self.status(peer, codec, 0, ["code": "INTERNAL", "reason": "PING_TOO_LONG"])
      } == "STATUS has reason PING_TOO_LONG with code INTERNAL, not INVALID_ARGUMENT")
    #expect(
      try breach { peer, _ in peer.send(Peer.frame(type: 9, flags: 1)) } == "PONG has flags 1")
    #expect(
      try breach { peer, _ in peer.send(Peer.frame(type: 9, method: 513)) }
        == "PONG has method 513")
    #expect(
      try breach { peer, _ in peer.send(Peer.frame(type: 9, timeout: 7)) } == "PONG has timeout 7")
    #expect(try breach { peer, _ in peer.send(Peer.frame(type: 9, call: 7)) } == "PONG has call 7")
    #expect(try breach { peer, _ in peer.send(Peer.frame(type: 3)) } == "a server sends no REQUEST")
    #expect(
      try breach { peer, _ in
        peer.send(Peer.frame(type: 10) + Peer.frame(type: 9))
      } == "PONG came after GOING_AWAY")
    #expect(
      try breach { peer, _ in
        peer.send(Peer.frame(type: 4, call: 1) + Peer.frame(type: 6, call: 1))
      } == "a second answer came for call 1")
    #expect(try breach { peer, _ in peer.send(Peer.frame(type: 9)) } == nil)
  }

  @Test("A race that two win fails the case")
  func race() throws {
    let server = try ScriptedServer { frame, peer, codec in
      guard frame.type == 3 else { return }
      let response: JSON = ["referral_id": "1"]
      peer.send(
        Peer.frame(type: 4, call: frame.call, payload: try codec.encode(response, as: "Assignment"))
      )
    }
    // The scripted server has one connection at a time; both racers are the same one.
    let steps = """
      [{"open": "a", "as": "assister1"},
       {"race": ["a", "a"], "method": "Assisters/AcceptOffer", "request": {"offer_id": 1}, "winners": 1}]
      """
    let failure = try run(steps, against: server.target).failure
    #expect(failure?.description == "step 2: expected 1 of 2 to get a RESPONSE, came 2: a, a")
  }

  @Test("A server that refuses no handshake fails the case that wants it refused")
  func handshake() throws {
    let server = try ScriptedServer { _, _, _ in }
    let failure = try run(
      #"[{"connect": "a", "alpn": ["kod/1"], "refused": true}]"#, against: server.target
    ).failure
    #expect(
      failure?.description
        == "step 1: expected a handshake that the server refuses, came an established session")
  }

  @Test("A failure in a macro names its step, tokens are masked everywhere")
  func places() throws {
    let server = try ScriptedServer { _, _, _ in }
    let macros =
      #"{"again": {"about": "x", "steps": [{"sleep_ms": 1}, {"check": "$value", "is": 2}]}}"#
    let token = "kod1." + String(repeating: "a", count: 80)
    let steps = """
      [{"open": "a", "token": "\(token)"}, {"repeat": 2, "steps": [{"check": "$i", "is": 0}]},
       {"use": "again", "value": "\(token)"}]
      """
    let second = try run(steps, against: server.target, macros: macros)
    #expect(second.failure?.description == "step 2.1: expected 0, came 1")
    #expect(!second.transcript.joined().contains("aaaa"))
    #expect(second.transcript.contains { $0.contains("kod1.…") })
    let last = try run(
      #"[{"use": "again", "value": "\#(token)"}]"#, against: server.target, macros: macros)
    #expect(last.failure?.description == #"step 1 (again) 2: expected 2, came "kod1.…""#)
  }
}
