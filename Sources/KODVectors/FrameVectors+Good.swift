import KODJSON
import KODSchema

extension FrameVectors {
  mutating func addClientFrames() throws(SchemaCodecError) {
    let client = "client"
    let hello = Frame(type: "HELLO")
    let plain: JSON = [
      "minimum_version": 1, "maximum_version": 1, "token": "kod1.example", "client": "example 1.0",
    ]
    try read("HELLO", from: client, filled(hello, plain))
    try read("HELLO, empty payload", from: client, hello)
    try read(
      "HELLO of 4,096 bytes, the most", from: client, sized(hello, field: "token", 4_096))
    try read(
      "REQUEST", from: client,
      filled(
        Frame(type: "REQUEST", method: "Assisters/AcceptOffer", call: 1, timeout: 5_000),
        ["offer_id": 300]))
    try read(
      "REQUEST, empty payload, server's default timeout", from: client,
      Frame(type: "REQUEST", method: "Assisters/GetStanding", call: 2))
    try read(
      "REQUEST that opens a stream", from: client,
      filled(
        Frame(type: "REQUEST", method: "Pushes/Subscribe", call: 3),
        ["epoch": "e", "offset": 7]))
    try read(
      "REQUEST, last call id, longest timeout", from: client,
      Frame(type: "REQUEST", method: "Assisters/GetStanding", call: .max, timeout: .max))
    try read(
      "REQUEST of 65,536 bytes, the most", from: client,
      sized(
        Frame(type: "REQUEST", method: "Assisters/SaveNote", call: 4), field: "note", 65_536))
    try read("CANCEL", from: client, Frame(type: "CANCEL", call: 3))
    try read("CANCEL, last call id", from: client, Frame(type: "CANCEL", call: .max))
    try addEitherWay(client)
    try read("GOING_AWAY", from: client, filled(Frame(type: "GOING_AWAY"), ["message": "bye"]))
    try read("GOING_AWAY, empty payload", from: client, Frame(type: "GOING_AWAY"))
  }

  mutating func addServerFrames() throws(SchemaCodecError) {
    let server = "server"
    let welcome: JSON = [
      "version": 1, "session_id": 7, "principal": "alice", "role": "ASSISTER",
      "server_time_us": 1_767_261_600_000_000,
      "limits": [
        "maximum_payload_bytes": 65_536, "maximum_calls_in_flight": 64, "ping_interval_ms": 25_000,
      ],
      "server": "kod-server 0.1.0",
    ]
    try read("WELCOME", from: server, filled(Frame(type: "WELCOME"), welcome))
    let accept = "Assisters/AcceptOffer"
    let response = Frame(type: "RESPONSE", method: accept, call: 1)
    try read(
      "RESPONSE", from: server,
      filled(
        response,
        [
          "referral_id": 41, "offer_id": 300, "language": "es",
          "contact": ["name": "Ana", "phone": "+15025550100"], "state": "REFERRAL_ASSIGNED",
        ]))
    try read("RESPONSE, empty payload", from: server, response)
    try read(
      "RESPONSE of 65,536 bytes, the most, last call id", from: server,
      sized(
        Frame(type: "RESPONSE", method: accept, call: .max), field: "note", 65_536))
    let item = Frame(type: "ITEM", method: "Pushes/Subscribe", call: 3)
    try read("ITEM", from: server, filled(item, ["start": ["epoch": "e", "offset": 7]]))
    try read(
      "ITEM with a push", from: server,
      filled(item, ["push": ["offset": 8, "offer_reminder": ["offer_id": 300, "number": 1]]]))
    try read("ITEM of a kind that a client does not know", from: server, item)
    let status = Frame(type: "STATUS", call: 1)
    try read(
      "STATUS of a call", from: server,
      filled(
        status,
        [
          "code": "ABORTED", "reason": "OFFER_TAKEN", "message": "another assister accepted first",
          "taken_at_us": 1_767_261_599_500_000,
        ]))
    try read("STATUS OK at the end of a stream, empty payload", from: server, status)
    try read(
      "STATUS of the session, about a frame", from: server,
      filled(
        Frame(type: "STATUS"),
        [
          "code": "UNIMPLEMENTED", "reason": "FRAME_TYPE_UNKNOWN", "frame_type": 99,
          "about_call": 4_294_967_295,
        ]))
    try read(
      "STATUS with a code and a reason that a client does not know", from: server,
      filled(status, ["code": 99, "reason": 4_000]))
    try addEitherWay(server)
    try read(
      "GOING_AWAY", from: server,
      filled(
        Frame(type: "GOING_AWAY"),
        [
          "code": "UNAVAILABLE", "reason": "SERVER_STOPPING", "message": "stopping",
          "reconnect_after_ms": 1_000, "reconnect_spread_ms": 5_000,
        ]))
    try read(
      "GOING_AWAY for good", from: server,
      filled(
        Frame(type: "GOING_AWAY"),
        ["code": "UNAUTHENTICATED", "reason": "TOKEN_REJECTED", "permanent": true]))
    let skip: JSON = ["skip": true]
    for number in [0, 11, 255] as [UInt8] {
      let frame = Frame(type: "", call: 9, payload: [1, 2, 3], typeNumber: number)
      try read("a type that a client does not know, \(number)", from: server, frame, note: skip)
    }
  }

  private mutating func addEitherWay(_ sender: String) throws(SchemaCodecError) {
    let bytes = (0..<32).map { UInt8($0) }
    for type in ["PING", "PONG"] {
      try read("\(type), empty payload", from: sender, Frame(type: type))
      try read("\(type) of 32 bytes, the most", from: sender, Frame(type: type, payload: bytes))
    }
    try read(
      "PING whose call, method and timeout a receiver ignores", from: sender,
      Frame(type: "PING", call: 5, timeout: 6, payload: [7], methodNumber: 4))
  }

  /// The frame whose payload has exactly so many bytes: a text field, the last of its message, is
  /// as long as it must be.
  func sized(_ frame: Frame, field: String, _ count: Int) throws(SchemaCodecError) -> Frame {
    var length = count
    while length > 0 {
      let text = JSON.string(String(repeating: "x", count: length))
      let result = try filled(frame, .object([JSON.Member(key: field, value: text)]))
      if result.payload.count <= count { return result }
      length -= result.payload.count - count
    }
    return frame
  }
}
