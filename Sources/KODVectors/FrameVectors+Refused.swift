import KODJSON
import KODSchema

extension FrameVectors {
  /// Where the session stands when the frame comes.
  enum Moment: String {
    /// Nothing was said yet.
    case beforeWelcome = "before_welcome"
    /// HELLO was sent and is being judged.
    case helloSent = "hello_sent"
    /// Welcomed as an ASSISTER; no calls yet.
    case established
    /// The same, and the server is stopping.
    case draining
  }

  /// What a server must answer.
  enum Answer {
    case nothing
    /// On a call; on call 0 the status says which frame it is about.
    case status(call: UInt32, String, violations: [String] = [])
    case goingAway(String, isPermanent: Bool = false)
  }

  mutating func refuse(
    _ name: String, _ moment: Moment, _ frame: Frame, _ answer: Answer, before: [Frame] = []
  ) {
    var vector: JSON = ["name": .string(name), "when": .string(moment.rawValue)]
    if !before.isEmpty {
      vector = vector + ["before": .array(before.map { .string(hexadecimal(bytes($0))) })]
    }
    vector = vector + members(bytes(frame))
    switch answer {
    case .nothing: vector = vector + ["answer": "nothing", "closes": false]
    case .status(let call, let reason, let violations):
      vector = vector + ["answer": "STATUS", "call": .integer(Int64(call))] + codeAndReason(reason)
      if call == 0 {
        vector =
          vector + [
            "frame_type": .integer(Int64(typeNumber(frame))),
            "about_call": .integer(Int64(frame.call)),
          ]
      }
      if !violations.isEmpty {
        vector = vector + ["violations": .array(violations.map { .string($0) })]
      }
      vector = vector + ["closes": false]
    case .goingAway(let reason, let isPermanent):
      vector = vector + ["answer": "GOING_AWAY", "call": 0] + codeAndReason(reason)
      if isPermanent { vector = vector + ["permanent": true] }
      vector = vector + ["closes": true]
    }
    malformed.append(vector)
  }

  private func codeAndReason(_ reason: String) -> JSON {
    let code = schema.enumType(named: "Reason")?.value(named: reason)?.code
    return ["code": .string(code ?? "OK"), "reason": .string(reason)]
  }

  private func hello(_ more: JSON, versions: (UInt32, UInt32) = (1, 1)) throws(SchemaCodecError)
    -> Frame
  {
    let base: JSON = [
      "minimum_version": .integer(Int64(versions.0)),
      "maximum_version": .integer(Int64(versions.1)),
    ]
    return try filled(Frame(type: "HELLO"), base + more)
  }

  mutating func addRefusedBeforeWelcome() throws(SchemaCodecError) {
    let standing = Frame(type: "REQUEST", method: "Assisters/GetStanding", call: 5)
    refuse(
      "REQUEST before WELCOME", .beforeWelcome, standing, .status(call: 5, "HELLO_REQUIRED"))
    refuse(
      "REQUEST while HELLO is judged", .helloSent, standing, .status(call: 5, "HELLO_REQUIRED"))
    refuse(
      "REQUEST on call 0 before WELCOME", .beforeWelcome, Frame(type: "REQUEST"),
      .status(call: 0, "HELLO_REQUIRED"))
    refuse(
      "CANCEL before WELCOME", .beforeWelcome, Frame(type: "CANCEL", call: 5),
      .status(call: 5, "HELLO_REQUIRED"))
    refuse(
      "PING before WELCOME", .beforeWelcome, Frame(type: "PING", payload: [1]),
      .status(call: 0, "HELLO_REQUIRED"))
    refuse("PONG before WELCOME", .beforeWelcome, Frame(type: "PONG"), .nothing)
    refuse(
      "GOING_AWAY before WELCOME", .beforeWelcome, Frame(type: "GOING_AWAY"),
      .goingAway("REASON_UNSPECIFIED"))

    refuse(
      "HELLO whose payload is cut off", .beforeWelcome,
      Frame(type: "HELLO", payload: [0x1a, 0x05]),
      .status(call: 0, "PAYLOAD_MALFORMED"))
    refuse(
      "HELLO whose token is not UTF-8", .beforeWelcome,
      Frame(type: "HELLO", payload: ProtobufBytes.delimited(3, [0xff])),
      .status(call: 0, "PAYLOAD_MALFORMED"))
    for (name, client) in [
      ("of 65 bytes", String(repeating: "x", count: 65)), ("with a control character", "a\u{1b}b"),
      ("with a mark that turns the direction", "a\u{202e}b"),
    ] {
      refuse(
        "HELLO with a client \(name)", .beforeWelcome,
        try hello(["token": "kod1.x", "client": .string(client)]),
        .status(call: 0, "FIELD_INVALID", violations: ["client"]))
    }
    for versions in [(0, 0), (2, 5)] as [(UInt32, UInt32)] {
      refuse(
        "HELLO of versions \(versions.0) to \(versions.1)", .beforeWelcome,
        try hello(["token": "kod1.x"], versions: versions),
        .goingAway("VERSION_UNSUPPORTED", isPermanent: true))
    }
    refuse(
      "HELLO with a token that is not valid", .beforeWelcome, try hello(["token": "kod1.nobody"]),
      .goingAway("TOKEN_REJECTED", isPermanent: true))
    let second = try hello(["token": "kod1.x"])
    refuse(
      "a second HELLO while the first is judged", .helloSent, second,
      .status(call: 0, "FRAME_UNEXPECTED"))
    refuse("a second HELLO", .established, second, .status(call: 0, "FRAME_UNEXPECTED"))

    for length in [4_097, 65_536, .max] as [UInt32] {
      refuse(
        "HELLO, length \(length)", .beforeWelcome, Frame(type: "HELLO", length: length),
        .goingAway("FRAME_TOO_LARGE"))
    }
    refuse(
      "REQUEST of 4,096 bytes before WELCOME, which the length allows", .beforeWelcome,
      try sized(
        Frame(type: "REQUEST", method: "Assisters/SaveNote", call: 1), field: "note", 4_096),
      .status(call: 1, "HELLO_REQUIRED"))
  }

  mutating func addRefusedFrames() throws(SchemaCodecError) {
    for length in [65_537, 0x8000_0000, .max] as [UInt32] {
      refuse(
        "length \(length)", .established, Frame(type: "PING", length: length),
        .goingAway("FRAME_TOO_LARGE"))
    }
    refuse(
      "length before flags and type", .established,
      Frame(type: "", flags: 1, length: 65_537, typeNumber: 99), .goingAway("FRAME_TOO_LARGE"))

    for number in [0, 11, 99, 255] as [UInt8] {
      for moment in [Moment.beforeWelcome, .established] {
        refuse(
          "unknown type \(number), \(moment.rawValue)", moment,
          Frame(type: "", call: 3, payload: [1], typeNumber: number),
          .status(call: 0, "FRAME_TYPE_UNKNOWN"))
      }
    }
    for type in ["WELCOME", "RESPONSE", "ITEM", "STATUS"] {
      for moment in [Moment.beforeWelcome, .established] {
        refuse(
          "\(type), which only servers send, \(moment.rawValue)", moment,
          Frame(type: type, call: 3), .status(call: 0, "FRAME_UNEXPECTED"))
      }
    }

    refuse(
      "flags before type", .established, Frame(type: "", flags: 1, typeNumber: 99),
      .status(call: 0, "FRAME_FLAGS_UNKNOWN"))
    for type in ["HELLO", "CANCEL", "PING", "PONG", "GOING_AWAY", "RESPONSE"] {
      refuse(
        "\(type) with flags", .established, Frame(type: type, flags: 0x80, call: 3),
        .status(call: 0, "FRAME_FLAGS_UNKNOWN"))
    }
    let request = Frame(type: "REQUEST", flags: 1, method: "Assisters/GetStanding", call: 3)
    for moment in [Moment.beforeWelcome, .established] {
      refuse(
        "REQUEST with flags, \(moment.rawValue)", moment, request,
        .status(call: 3, "FRAME_FLAGS_UNKNOWN"))
    }
    refuse(
      "REQUEST with flags on call 0", .established,
      Frame(type: "REQUEST", flags: 1, method: "Assisters/GetStanding"),
      .status(call: 0, "FRAME_FLAGS_UNKNOWN"))
    refuse(
      "REQUEST with flags on a used call", .established, request,
      .status(call: 0, "FRAME_FLAGS_UNKNOWN"),
      before: [Frame(type: "REQUEST", method: "Assisters/GetStanding", call: 3)])

    refuse(
      "PING of 33 bytes", .established,
      Frame(type: "PING", payload: [UInt8](repeating: 7, count: 33)),
      .status(call: 0, "PING_TOO_LONG"))
    refuse("PONG that answers nothing", .established, Frame(type: "PONG", payload: [1]), .nothing)
    refuse(
      "PONG of 33 bytes", .established,
      Frame(type: "PONG", payload: [UInt8](repeating: 7, count: 33)), .nothing)
    refuse(
      "GOING_AWAY whose payload does not decode", .established,
      Frame(type: "GOING_AWAY", payload: [0xff]), .goingAway("REASON_UNSPECIFIED"))

    refuse(
      "CANCEL of a call that is not in flight", .established, Frame(type: "CANCEL", call: 40),
      .status(call: 40, "CALL_UNKNOWN"))
    refuse(
      "CANCEL of call 0", .established, Frame(type: "CANCEL"), .status(call: 0, "CALL_UNKNOWN"))
    refuse(
      "CANCEL with a payload", .established, Frame(type: "CANCEL", call: 40, payload: [1]),
      .status(call: 0, "PAYLOAD_UNEXPECTED"))
  }

  mutating func addRefusedRequests() throws(SchemaCodecError) {
    let accept = Frame(type: "REQUEST", method: "Assisters/AcceptOffer", call: 5, payload: [8, 1])
    func changed(_ change: (inout Frame) -> Void) -> Frame {
      var frame = accept
      change(&frame)
      return frame
    }
    refuse(
      "call id 0", .established, changed { $0.call = 0 }, .status(call: 0, "CALL_ID_NOT_INCREASING")
    )
    for (name, newest) in [("the same", 5), ("a smaller", 6)] as [(String, UInt32)] {
      refuse(
        "\(name) call id", .established, accept, .status(call: 0, "CALL_ID_NOT_INCREASING"),
        before: [changed { $0.call = newest }])
    }
    refuse(
      "call id before everything else", .draining,
      changed {
        ($0.call, $0.methodNumber) = (0, 0x7777)
      }, .status(call: 0, "CALL_ID_NOT_INCREASING"))
    refuse("a new call", .draining, accept, .status(call: 5, "SERVER_STOPPING"))
    refuse(
      "stopping before method", .draining, changed { $0.methodNumber = 0x7777 },
      .status(call: 5, "SERVER_STOPPING"))
    for number in [0, 0x0200, 0x7777, 0xffff] as [UInt16] {
      refuse(
        "unknown method \(number)", .established, changed { $0.methodNumber = number },
        .status(call: 5, "METHOD_UNKNOWN"))
    }
    refuse(
      "method before encoding", .established,
      changed { ($0.methodNumber, $0.payload) = (0x7777, [8]) }, .status(call: 5, "METHOD_UNKNOWN"))
    for method in ["Intake/SubmitReferral", "Desk/ListQueue", "Operations/GetServerStatus"] {
      refuse(
        "\(method) by an assister", .established,
        changed { ($0.method, $0.payload) = (method, []) },
        .status(call: 5, "ROLE_NOT_ALLOWED"))
    }
    refuse(
      "role before encoding", .established,
      changed { ($0.method, $0.payload) = ("Intake/SubmitReferral", [8]) },
      .status(call: 5, "ROLE_NOT_ALLOWED"))
    for (name, payload) in [
      ("a number is cut off", [0x08]), ("field number 0", [0, 0]), ("a group", [0x0b, 0x0c]),
      ("another wire type", [0x0a, 0x00]), ("wire type 7", [0x0f, 0x00]),
      ("a number of 65 bits", [0x08] + [UInt8](repeating: 0xff, count: 9) + [0x02]),
    ] as [(String, [UInt8])] {
      refuse(
        "payload that does not decode: \(name)", .established, changed { $0.payload = payload },
        .status(call: 5, "PAYLOAD_MALFORMED"))
    }
    let note = Frame(type: "REQUEST", method: "Assisters/SaveNote", call: 5)
    refuse(
      "a note of 1,001 bytes", .established,
      try filled(
        note, ["referral_id": 1, "note": .string(String(repeating: "x", count: 1_001))]),
      .status(call: 5, "FIELD_INVALID", violations: ["note"]))
    refuse(
      "a last call id whose payload does not decode", .established,
      changed { ($0.call, $0.payload) = (.max, [8]) },
      .status(call: .max, "PAYLOAD_MALFORMED"))
  }
}
