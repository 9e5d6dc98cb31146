import KODEngine
import KODWire
import Testing

@testable import KODServer

/// A session that makes calls and keeps the items of its streams apart from the answers.
final class Caller {
  let client: RawClient
  private var newest: UInt32 = 0
  private var items: [UInt32: [[UInt8]]] = [:]
  private var ends: [UInt32: Status] = [:]

  /// - Parameter token: another than the one the principal was created with.
  init(
    _ server: TestServer, _ name: String, token: String? = nil, receiveBufferBytes: Int32? = nil
  ) throws {
    client = try server.session(of: name, token: token, receiveBufferBytes: receiveBufferBytes)
  }

  @discardableResult
  func send(_ method: Method, _ message: some WireMessage) -> UInt32 {
    newest += 1
    client.send(.request, call: newest, method: method.number, payload: message.encoded())
    return newest
  }

  /// The answer to a call, whatever else comes first.
  func answer<Reply: WireMessage>(
    to call: UInt32, as type: Reply.Type = Reply.self
  ) throws -> Answer<Reply> {
    while let frame = client.read() {
      switch FrameType(rawValue: Int32(frame.type)) {
      case .item: items[frame.call, default: []].append(frame.payload)
      case .response where frame.call == call: return .reply(try Reply(decoding: frame.payload))
      case .status where frame.call == call: return .refused(try Status(decoding: frame.payload))
      case .status: ends[frame.call] = try Status(decoding: frame.payload)
      default: throw StartError("frame of type \(frame.type) on call \(frame.call)")
      }
    }
    throw StartError("the connection ended")
  }

  /// What the call answers with; refused: fails.
  func call<Reply: WireMessage>(
    _ method: Method, _ message: some WireMessage, as type: Reply.Type = Reply.self
  ) throws -> Reply {
    switch try answer(to: send(method, message), as: type) {
    case .reply(let reply): return reply
    case .refused(let status): throw StartError("\(method.name): \(status)")
    }
  }

  /// Why the call is refused; nil: it is not.
  func refusal(_ method: Method, _ message: some WireMessage) throws -> Reason? {
    // Any message will do: a reply is only told from a refusal.
    switch try answer(to: send(method, message), as: SubscribeNoticesRequest.self) {
    case .reply: nil
    case .refused(let status): status.reason
    }
  }

  /// The next item of a stream; nil: the stream has ended.
  func item<Item: WireMessage>(of call: UInt32, as type: Item.Type = Item.self) throws -> Item? {
    while true {
      if var waiting = items[call], !waiting.isEmpty {
        let first = waiting.removeFirst()
        items[call] = waiting
        return try Item(decoding: first)
      }
      if ends[call] != nil { return nil }
      guard let frame = client.read() else { throw StartError("the connection ended") }
      switch FrameType(rawValue: Int32(frame.type)) {
      case .item: items[frame.call, default: []].append(frame.payload)
      case .status: ends[frame.call] = try Status(decoding: frame.payload)
      default: throw StartError("frame of type \(frame.type) on call \(frame.call)")
      }
    }
  }

  /// Items that have come and were not asked for yet.
  func waitingItems(of call: UInt32) -> Int { items[call]?.count ?? 0 }

  /// How the stream ended.
  func end(of call: UInt32) -> Status? { ends[call] }

  /// Subscribes, and reads the current state.
  func subscribe() throws -> (call: UInt32, state: [SubscribeItem.Item]) {
    let call = send(.Pushes.subscribe, SubscribeRequest())
    var state: [SubscribeItem.Item] = []
    while let item = try item(of: call, as: SubscribeItem.self)?.item {
      if case .stateEnd = item { break }
      state.append(item)
    }
    return (call, state)
  }

  /// The body of the next push.
  func push(of call: UInt32) throws -> KODWire.Push.Body? {
    guard case .push(let push) = try item(of: call, as: SubscribeItem.self)?.item else {
      throw StartError("no push")
    }
    return push.body
  }
}

enum Answer<Reply> {
  case reply(Reply)
  case refused(Status)
}

/// A request for help of which nothing but the number matters.
func submission(_ number: Int, language: String = "en") -> SubmitReferralRequest {
  var key = [UInt8](repeating: 0, count: 16)
  withUnsafeBytes(of: number) { for (index, byte) in $0.enumerated() { key[index] = byte } }
  return SubmitReferralRequest(
    idempotencyKey: key, partnerReference: "r\(number)", helpType: .both, language: language,
    county: 21067, contact: Contact(name: "Pat Doe", phone: "+15025550100", notes: "after five"))
}
