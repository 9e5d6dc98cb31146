import KODJSON
import KODSchema

/// What holds of every frame of a server, whatever the case is about: looked after on each connection,
/// so that no case has to.
struct ServerConduct {
  private var isOver = false
  private var answered: Set<UInt32> = []

  /// What is wrong with the frame; nil: nothing.
  mutating func judge(_ frame: Frame, _ schema: SchemaIndex, _ codec: SchemaCodec) -> String? {
    let type = schema.frameTypeName(frame.type)
    if isOver { return "\(type) came after GOING_AWAY" }
    let header = frame.header
    if header.flags != 0 { return "\(type) has flags \(header.flags)" }
    if header.method != 0 { return "\(type) has method \(header.method)" }
    if header.timeoutMilliseconds != 0 {
      return "\(type) has timeout \(header.timeoutMilliseconds)"
    }
    switch type {
    case "WELCOME", "PING", "PONG": if frame.call != 0 { return "\(type) has call \(frame.call)" }
    case "RESPONSE", "ITEM":
      if frame.call == 0 { return "\(type) has call 0" }
      if answered.contains(frame.call) { return "\(type) came for an ended call \(frame.call)" }
      if type == "RESPONSE" { answered.insert(frame.call) }
    case "STATUS":
      guard let status = try? codec.decode(frame.payload, as: "Status", defaults: true) else {
        return "STATUS does not decode"
      }
      return judgeStatus(frame, status, schema)
    case "GOING_AWAY":
      isOver = true
      if frame.call != 0 { return "GOING_AWAY has call \(frame.call)" }
      guard let notice = try? codec.decode(frame.payload, as: "GoingAway", defaults: true) else {
        return "GOING_AWAY does not decode"
      }
      return Self.judgeCode(type, notice, schema)
    default: return "a server sends no \(type)"
    }
    return nil
  }

  private mutating func judgeStatus(
    _ frame: Frame, _ status: JSON, _ schema: SchemaIndex
  ) -> String? {
    let reason = status["reason"]?.text
    // These are about a frame, not the end of a call, though they stand on its id.
    let isAboutFrame = ["CALL_UNKNOWN", "HELLO_REQUIRED"].contains(reason)
    if frame.call != 0, !isAboutFrame, !answered.insert(frame.call).inserted {
      return "a second answer came for call \(frame.call)"
    }
    return Self.judgeCode("STATUS", status, schema)
  }

  /// The code is the one that always comes with the reason.
  private static func judgeCode(_ type: String, _ value: JSON, _ schema: SchemaIndex) -> String? {
    guard let reason = value["reason"]?.text, let code = value["code"]?.text,
      let expected = schema.code(ofReason: reason), code != expected
    else { return nil }
    return "\(type) has reason \(reason) with code \(code), not \(expected)"
  }
}
