import KODJSON
import KODSchema
import KODWire

/// What holds of every frame of a client, whatever the case is about: looked after on each
/// connection, so that no case has to.
struct ClientConduct {
  private var isWelcomed = false
  private var isOver = false
  private var lastCall: UInt32 = 0
  private static let maximumPingBytes = 32
  private static let maximumHelloBytes = 4_096
  private static let maximumClientNameBytes = 64

  /// The server has welcomed it.
  mutating func welcomed() { isWelcomed = true }

  /// What is wrong with the frame; nil: nothing.
  mutating func judge(_ frame: Frame, _ schema: SchemaIndex, _ codec: SchemaCodec) -> String? {
    let type = schema.frameTypeName(frame.type)
    if isOver { return "\(type) came after GOING_AWAY" }
    let header = frame.header
    if header.flags != 0 { return "\(type) has flags \(header.flags)" }
    if type != "REQUEST", header.method != 0 { return "\(type) has method \(header.method)" }
    if type != "REQUEST", header.timeoutMilliseconds != 0 {
      return "\(type) has timeout \(header.timeoutMilliseconds)"
    }
    if type != "REQUEST", type != "CANCEL", frame.call != 0 {
      return "\(type) has call \(frame.call)"
    }
    // Leaving is the one thing that does not wait.
    if !isWelcomed, type != "HELLO", type != "GOING_AWAY" {
      return "\(type) came before WELCOME"
    }
    switch type {
    case "HELLO": return judgeHello(frame, codec)
    case "REQUEST": return judgeRequest(frame, schema, codec)
    case "CANCEL":
      if !frame.payload.isEmpty { return "CANCEL has a payload" }
      if frame.call == 0 || frame.call > lastCall {
        return "CANCEL of call \(frame.call), which was never opened"
      }
    case "PING":
      if frame.payload.count > Self.maximumPingBytes {
        return "PING has \(frame.payload.count) bytes"
      }
    case "PONG": break
    case "GOING_AWAY":
      isOver = true
      if (try? codec.decode(frame.payload, as: "GoingAway")) == nil {
        return "GOING_AWAY does not decode"
      }
    default: return "a client sends no \(type)"
    }
    return nil
  }

  private mutating func judgeHello(_ frame: Frame, _ codec: SchemaCodec) -> String? {
    if isWelcomed { return "HELLO came after WELCOME" }
    if frame.payload.count > Self.maximumHelloBytes {
      return "HELLO has \(frame.payload.count) bytes"
    }
    guard let hello = try? codec.decode(frame.payload, as: "Hello", defaults: true) else {
      return "HELLO does not decode"
    }
    let name = hello["client"]?.text ?? ""
    if name.utf8.count > Self.maximumClientNameBytes
      || name.unicodeScalars.contains(where: \.isControl)
    {
      return "HELLO has a client's name that is too long or has control characters"
    }
    return nil
  }

  private mutating func judgeRequest(
    _ frame: Frame, _ schema: SchemaIndex, _ codec: SchemaCodec
  ) -> String? {
    if frame.call <= lastCall {
      return "REQUEST has call \(frame.call) after \(lastCall)"
    }
    lastCall = frame.call
    guard let method = schema.method(frame.header.method) else {
      return "REQUEST has method \(frame.header.method), which there is not"
    }
    if (try? codec.decode(frame.payload, as: method.request)) == nil {
      return "REQUEST does not decode as \(method.request)"
    }
    // A token goes into HELLO and RefreshSession and nowhere else.
    let text = String(decoding: frame.payload, as: UTF8.self)
    if method.path != "Credentials/RefreshSession", Secrets.holdsToken(text) {
      return "\(method.path) carries a token"
    }
    return nil
  }
}

extension Unicode.Scalar {
  fileprivate var isControl: Bool { properties.generalCategory == .control }
}
