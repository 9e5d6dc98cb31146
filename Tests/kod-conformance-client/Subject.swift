import KODClient
import KODJSON
import KODSchema
import KODWire
import Synchronization

/// The client under test: does what it is told, and says what comes of it.
final class Subject: Sendable {
  private struct State {
    var client: KODClient?
    var calls: [String: Task<Void, Never>] = [:]
    var subscription: Subscription?
    /// It was refused or sent away for good.
    var hasEnded = false
  }

  /// How long calls may take that are open when the client is told to leave.
  private static let patience = Duration.seconds(4)

  private let schema: Schema
  private let codec: SchemaCodec
  private let speaker: Speaker
  private let state = Mutex(State())

  init(_ schema: Schema, speaker: Speaker = Speaker()) {
    self.schema = schema
    codec = SchemaCodec(schema)
    self.speaker = speaker
  }

  /// Begins what the line asks for. It has reached the client when this returns, so that what is
  /// told in order is done in order.
  func told(_ command: Command) throws(CommandError) {
    if case .configure(let settings) = command { return try configure(settings) }
    guard let client = state.withLock({ $0.client }) else {
      throw CommandError("'configure' comes first")
    }
    switch command {
    case .configure: break
    case .connect:
      // What comes of it is heard of the connection.
      Task.immediate { _ = try? await client.connect(keepTrying: true) }
    case .call(let call): begin(call, client)
    case .cancel(let id): state.withLock { $0.calls[id] }?.cancel()
    case .subscribe(let epoch, let offset):
      subscribe(
        client,
        after: epoch.isEmpty ? nil : SubscriptionPosition(epoch: epoch, offset: offset))
    case .unsubscribe: state.withLock { $0.subscription.take() }?.cancel()
    case .close:
      let open = state.withLock { Array($0.calls.values) }
      let speaker = speaker
      Task.immediate {
        await Self.wait(for: open)
        await client.close()
        speaker.say(Words.closed)
      }
    }
  }

  private func configure(_ settings: Command.Settings) throws(CommandError) {
    guard state.withLock({ $0.client == nil }) else { throw CommandError("configured already") }
    let speaker = speaker
    do {
      let (host, port) = try KODClient.Configuration.split(address: settings.address)
      var configuration = KODClient.Configuration(
        host: host, port: port,
        certificateAuthority: try CertificateAuthority(file: settings.authority),
        token: try Token(settings.token), clientName: "kod-conformance-client")
      configuration.serverName = settings.serverName
      configuration.connectionChanged = { [unowned self] event in
        if case .ended = event { state.withLock { $0.hasEnded = true } }
        speaker.sayOfConnection(event)
      }
      if settings.renews {
        configuration.renewal = CredentialRenewal { speaker.say(Words.token($0.token)) }
      }
      let client = KODClient(configuration)
      state.withLock { $0.client = client }
    } catch {
      throw CommandError("\(error)")
    }
  }

  // MARK: Calls

  private func begin(_ call: Command.Call, _ client: KODClient) {
    let task = Task.immediate { [self] in
      do throws(ClientError) {
        let response = try await answer(to: call, client)
        speaker.say(Words.answer(call.id, response: response))
      } catch {
        if error.code == .invalidArgument { Main.complain("\(call.id): \(error.message)") }
        speaker.say(Words.answer(call.id, error))
      }
      state.withLock { $0.calls[call.id] = nil }
    }
    state.withLock { $0.calls[call.id] = task }
  }

  private static func wait(for calls: [Task<Void, Never>]) async {
    await withTaskGroup { group in
      group.addTask { for call in calls { await call.value } }
      group.addTask { try? await Task.sleep(for: patience) }
      await group.next()
      group.cancelAll()
    }
  }

  private func answer(
    to call: Command.Call, _ client: KODClient
  ) async throws(ClientError) -> JSON {
    guard let described = schema.method(named: call.method),
      let method = Method(number: described.number)
    else { throw Self.invalid("there is no method '\(call.method)'") }
    let request: [UInt8]
    do throws(SchemaCodecError) {
      request = try codec.encode(call.request, as: described.request)
    } catch {
      throw Self.invalid("\(error)")
    }
    if state.withLock({ $0.hasEnded }) {
      throw ClientError(code: .unavailable, message: "the client was sent away for good")
    }
    return try await client.call(
      method, payload: request,
      timeout: call.timeoutMilliseconds.map { .milliseconds(Int64(clamping: $0)) },
      repetition: call.repeats ? .safe : .never
    ) { try codec.decode($0, as: described.response) }
  }

  private static func invalid(_ message: String) -> ClientError {
    ClientError(code: .invalidArgument, message: message)
  }

  // MARK: The subscription

  private func subscribe(_ client: KODClient, after position: SubscriptionPosition?) {
    speaker.readingBegan()
    let subscription = client.subscribe(after: position)
    state.withLock { $0.subscription = subscription }
    Task {
      for await event in subscription { heard(event) }
      speaker.readingEnded()
    }
  }

  private func heard(_ event: SubscriptionEvent) {
    switch event {
    case .connected, .disconnected: speaker.catchUp(to: event)
    case .position(let epoch, let offset, let recovered):
      speaker.say(Words.position(epoch: epoch, offset: offset, recovered: recovered))
    case .state(let state):
      let items = Self.items(of: state).map { json($0, as: "SubscribeItem") }
      speaker.say(["event": "state", "items": .array(items)])
    case .push(let push): speaker.say(["event": "push", "push": json(push, as: "Push")])
    case .collapsed(let collapsed): speaker.say(Words.collapsed(collapsed))
    case .ended(let error): speaker.sayOfSubscription(endedBy: error)
    }
  }

  /// The items of the current state, in the order of the specification.
  private static func items(of state: CurrentState) -> [SubscribeItem] {
    var items: [SubscribeItem.Item] = state.offers.map { .openOffer($0) }
    items += state.assignments.map { .assignment($0) }
    if let status = state.status { items.append(.status(status)) }
    items += state.referrals.map { .openReferral($0) }
    return items.map { SubscribeItem(item: $0) }
  }

  /// What the generated codec writes, the schema's reads.
  private func json(_ message: some WireMessage, as name: String) -> JSON {
    do {
      return try codec.decode(message.encoded(), as: name)
    } catch {
      Main.complain("\(name): \(error)")
      return .null
    }
  }
}
