import KODWire

@testable import KODClient

/// Frames as a server writes them, and as a reader of a transcript wants to see them.
enum Frames {
  static func bytes(_ write: (inout ByteWriter) -> Void) -> [UInt8] {
    var writer = ByteWriter()
    write(&writer)
    return writer.bytes
  }

  static let limits = Limits(
    maximumPayloadBytes: 65_536, maximumCallsInFlight: 64, pingIntervalMs: 25_000,
    silenceLimitMs: 60_000, defaultTimeoutMs: 10_000, maximumTimeoutMs: 60_000, resumePushes: 256)

  static func welcome(
    limits: Limits = limits, serverTimeUs: Int64 = 1_000_000, version: UInt32 = 1,
    expiresAtUs: Int64 = 0
  ) -> [UInt8] {
    bytes {
      $0.appendFrame(
        type: .welcome,
        payload: Welcome(
          version: version, sessionId: 7, principal: "alice", role: .assister,
          serverTimeUs: serverTimeUs, limits: limits, server: "scripted",
          credentialExpiresAtUs: expiresAtUs))
    }
  }

  static func response(_ call: UInt32, _ payload: some WireMessage) -> [UInt8] {
    bytes { $0.appendFrame(type: .response, call: call, payload: payload) }
  }

  static func status(_ call: UInt32, _ status: Status) -> [UInt8] {
    bytes { $0.appendFrame(type: .status, call: call, payload: status) }
  }

  static func status(_ call: UInt32, _ reason: Reason, retryAfterMs: UInt32 = 0) -> [UInt8] {
    status(
      call,
      Status(
        code: reason.code, reason: reason, message: "scripted", retryAfterMs: retryAfterMs))
  }

  static func item(_ call: UInt32, _ item: SubscribeItem.Item?) -> [UInt8] {
    bytes { $0.appendFrame(type: .item, call: call, payload: SubscribeItem(item: item)) }
  }

  static func start(
    _ call: UInt32, epoch: String = "e1", offset: UInt64, recovered: Bool
  ) -> [UInt8] {
    item(call, .start(SubscriptionStart(epoch: epoch, offset: offset, recovered: recovered)))
  }

  /// `start` without recovery, and an empty current state.
  static func emptyState(_ call: UInt32, epoch: String = "e1", offset: UInt64) -> [UInt8] {
    start(call, epoch: epoch, offset: offset, recovered: false) + item(call, .stateEnd(StateEnd()))
  }

  static func push(_ call: UInt32, _ offset: UInt64) -> [UInt8] {
    item(call, .push(push(offset)))
  }

  static func push(_ offset: UInt64) -> Push {
    Push(
      offset: offset, atUs: Int64(offset),
      body: .offerOpened(Offer(offerId: offset * 10, kind: .mass)))
  }

  static func goingAway(
    _ reason: Reason, after: UInt32 = 0, spread: UInt32 = 0, permanent: Bool = false,
    versions: ClosedRange<UInt32>? = nil
  ) -> [UInt8] {
    bytes {
      $0.appendFrame(
        type: .goingAway,
        payload: GoingAway(
          code: reason.code, reason: reason, message: "scripted", reconnectAfterMs: after,
          reconnectSpreadMs: spread, permanent: permanent,
          minimumVersion: versions?.lowerBound ?? 0, maximumVersion: versions?.upperBound ?? 0))
    }
  }

  static func raw(
    type: FrameType, call: UInt32 = 0, flags: UInt8 = 0, payload: [UInt8] = []
  ) -> [UInt8] {
    bytes {
      FrameHeader(
        payloadBytes: UInt32(payload.count), type: type, flags: flags, call: call
      ).encode(to: &$0)
      $0.append(contentsOf: payload)
    }
  }
}

/// A frame that the client wrote.
struct ClientFrame {
  let header: FrameHeader
  let payload: [UInt8]

  func decoded<Message: WireMessage>(as type: Message.Type = Message.self) throws -> Message {
    try Message(decoding: payload)
  }

  /// `REQUEST 1 AcceptOffer 5000ms`, `CANCEL 1`, `HELLO`.
  var line: String {
    var line = header.frameType.name
    if header.call != 0 { line += " \(header.call)" }
    if let method = Method(number: header.method) {
      line += " " + method.name.split(separator: "/").last!
      if header.timeoutMilliseconds > 0 { line += " \(header.timeoutMilliseconds)ms" }
    }
    return line
  }

  /// Takes whole frames from the front of `bytes`.
  static func take(from bytes: inout [UInt8]) -> [ClientFrame] {
    var frames: [ClientFrame] = []
    while case .frame(let header) = FrameDecoder.next(
      in: bytes.span.bytes, maximumPayloadBytes: 65_536)
    {
      frames.append(
        ClientFrame(
          header: header, payload: Array(bytes[FrameHeader.byteCount..<header.frameBytes])))
      bytes.removeFirst(header.frameBytes)
    }
    return frames
  }
}

extension UInt64 {
  static func milliseconds(_ count: UInt64) -> UInt64 { count * 1_000_000 }
  static func seconds(_ count: UInt64) -> UInt64 { count * 1_000_000_000 }
}
