import Foundation
import KODJSON
import KODSchema
import KODTransport

/// Why a case failed, and at which step.
struct StepFailure: Error, Equatable, CustomStringConvertible {
  /// `3`, or `2 (ready-assister) 4`.
  var step: String
  var message: String

  var description: String { "step \(step): \(message)" }
}

/// One run of one case, on one thread: its connections, its variables, its client process.
final class CaseRun {
  let context: RunContext
  let one: Case
  let text: FrameText
  var variables: Variables
  var peers: [String: Peer] = [:]
  /// Of every call that was opened on a connection.
  var methods: [String: [UInt32: MethodType]] = [:]
  var nextCall: [String: UInt32] = [:]
  var subscriptions: [String: Subscription] = [:]
  /// Who a connection was welcomed as.
  var principals: [String: String] = [:]
  /// What holds of every server, by connection; of the server under test only.
  var conduct: [String: ServerConduct] = [:]
  /// The same of every client, of the client under test.
  var clientConduct: [String: ClientConduct] = [:]
  private var breach: String?
  /// Partners that may have left referrals behind.
  var partners: Set<String> = []
  var submitted: Set<String> = []
  /// The server's clock less this one, in microseconds.
  var clockDifference: Int64 = 0
  var transcript = Transcript()
  let scratch = TLSScratch()
  var client: ClientProcess?
  var front: ScriptedFront?
  /// The method of each call that the client was told to make, by its id.
  var clientCalls: [String: MethodType] = [:]

  private let poller: Poller
  private var sources: [UInt64: (descriptor: Int32, read: () -> Bool)] = [:]
  private var nextToken: UInt64 = 1

  /// The pushes of a subscription.
  struct Subscription {
    var call: UInt32
    var offset: UInt64
  }

  init(_ one: Case, _ context: RunContext) throws(TransportError) {
    self.one = one
    self.context = context
    text = FrameText(schema: context.folder.schema, codec: context.folder.codec)
    variables = Variables()
    poller = try Poller(maximumEvents: 64)
    variables["run"] = .string(context.run)
    variables["language"] = .string(context.nextLanguage())
    if let server = context.server { variables["tokens"] = server.tokens }
  }

  var schema: SchemaIndex { context.folder.schema }
  var codec: SchemaCodec { context.folder.codec }

  var evaluation: Evaluation {
    let difference = clockDifference
    return Evaluation(variables: variables) { WallClock.now() + difference }
  }

  /// Runs the steps, then tidies up; nil: the case passed.
  func run() -> StepFailure? {
    var failure: StepFailure?
    do {
      try begin()
      try run(one.steps, "")
    } catch {
      failure = error
    }
    do {
      try finish(afterFailure: failure != nil)
    } catch {
      failure = failure ?? error
    }
    for peer in peers.values { peer.cut() }
    return failure.map { StepFailure(step: $0.step, message: Secrets.masked($0.message)) }
  }

  private func begin() throws(StepFailure) {
    do {
      for (name, value) in one.variables.values {
        variables[name] = try evaluation.value(value)
      }
      if one.side == .client { try startClient() }
    } catch {
      throw StepFailure(step: "0", message: "\(error)")
    }
  }

  private func finish(afterFailure: Bool) throws(StepFailure) {
    if one.side == .server {
      let breach = breach
      tidyUp()
      if let breach { throw StepFailure(step: "any", message: breach) }
      return
    }
    if let failure = finishClient(), !afterFailure {
      throw StepFailure(step: "end", message: failure)
    }
    if let breach { throw StepFailure(step: "any", message: breach) }
  }

  // MARK: Steps

  func run(_ steps: [JSON], _ prefix: String) throws(StepFailure) {
    for (index, step) in steps.enumerated() {
      let place = "\(prefix)\(index + 1)"
      do {
        try run(step, place)
      } catch let failure as StepFailure {
        throw failure
      } catch {
        throw StepFailure(step: place, message: "\(error)")
      }
    }
  }

  private func run(_ json: JSON, _ place: String) throws {
    guard let form = StepForm.all.first(where: { json[$0.verb] != nil }) else {
      throw ValueError("unknown step \(json.shortLine)")
    }
    let step = Step(json, evaluation)
    switch form.verb {
    case "use": try use(json, place)
    case "repeat":
      let count = try step.number("repeat")
      for i in 0..<max(0, count) {
        variables["i"] = .integer(i)
        try run(json["steps"]?.elements ?? [], "\(place).")
      }
    case "send": try send(step)
    case "expect": try expect(step)
    case "close":
      let peer = try peer(step)
      if try step.textIfGiven("how") == "cut" {
        forget(peer)
        peer.cut()
      } else {
        peer.close()
      }
      transcript.note("\(peer.name) > closes")
    case "sleep_ms":
      _ = try wait(milliseconds: Int(try step.number("sleep_ms"))) { false }
    case "set":
      for member in json["set"]?.members ?? [] {
        variables[member.key] = try evaluation.value(member.value)
      }
    case "hold", "release": try hold(step, form.verb == "hold")
    case "check":
      try match(json["is"] ?? .null, try step.value("check"), .unknown, "")
    default:
      if one.side == .server {
        try runServerStep(form.verb, step)
      } else {
        try runClientStep(form.verb, step)
      }
    }
  }

  private func use(_ json: JSON, _ place: String) throws {
    let name = json["use"]?.text ?? ""
    var outer: [String: JSON?] = [:]
    var inner: [(String, JSON)] = []
    for member in json.members ?? [] where member.key != "use" {
      outer[member.key] = .some(variables[member.key])
      inner.append((member.key, try evaluation.value(member.value)))
    }
    for (key, value) in inner { variables[key] = value }
    defer { for (key, value) in outer { variables[key] = value } }
    try run(context.folder.macros[name] ?? [], "\(place) (\(name)) ")
  }

  /// Compares and keeps what the pattern saves.
  func match(_ pattern: JSON, _ value: JSON?, _ type: ValueType, _ path: String) throws {
    var match = PatternMatch(schema, evaluation)
    try match.match(pattern, value, type, path: path)
    keep(match)
  }

  func keep(_ match: PatternMatch) {
    for (name, value) in match.saved { variables[name] = value }
  }

  func save(_ value: JSON, _ step: Step) throws {
    if let name = try step.textIfGiven("save") { variables[name] = value }
  }

  // MARK: Connections

  func peer(_ step: Step) throws -> Peer { try peer(named: step.subject()) }

  func peer(named name: String) throws -> Peer {
    guard let peer = peers[name] else { throw ValueError("there is no connection \(name)") }
    return peer
  }

  /// Takes a connection under a name; what the name stood for before is closed.
  func adopt(_ peer: Peer) throws {
    if let old = peers[peer.name] {
      forget(old)
      old.cut()
    }
    peers[peer.name] = peer
    methods[peer.name] = [:]
    nextCall[peer.name] = 1
    subscriptions[peer.name] = nil
    principals[peer.name] = nil
    conduct[peer.name] = nil
    clientConduct[peer.name] = nil
    peer.answersPings = !one.expectsPings
    peer.observe = { [unowned self, unowned peer] in observe($0, from: peer) }
    peer.sawPing = { [unowned self, unowned peer] frame, _ in
      judge(frame, from: peer)
      transcript.note("\(peer.name) < \(text.text(frame, method: nil)), answered")
    }
    try watch(peer)
  }

  func watch(_ peer: Peer) throws {
    try watch(peer.descriptor) { [unowned peer] in
      peer.read()
      return peer.end == nil
    }
  }

  private func observe(_ frame: Frame, from peer: Peer) {
    let type = schema.frameTypeName(frame.type)
    if type == "REQUEST" {
      methods[peer.name, default: [:]][frame.call] = schema.method(frame.header.method)
    }
    let method = methods[peer.name]?[frame.call]
    transcript.note("\(peer.name) < \(text.text(frame, method: method))")
    judge(frame, from: peer)
    if type == "WELCOME", let welcome = try? codec.decode(frame.payload, as: "Welcome") {
      principals[peer.name] = welcome["principal"]?.text
      if let time = welcome["server_time_us"]?.wholeNumber {
        clockDifference = time - WallClock.now()
      }
    }
    if type == "RESPONSE", method?.path == "Intake/SubmitReferral",
      let referral = try? codec.decode(frame.payload, as: "Referral"),
      let id = referral["referral_id"]?.text
    {
      submitted.insert(id)
    }
  }

  /// Notes what is wrong with the frame, whatever the case is about.
  private func judge(_ frame: Frame, from peer: Peer) {
    let wrong =
      one.side == .server
      ? conduct[peer.name, default: ServerConduct()].judge(frame, schema, codec)
      : clientConduct[peer.name, default: ClientConduct()].judge(frame, schema, codec)
    if let wrong {
      breach = breach ?? "whatever the case is about, on \(peer.name): \(wrong)"
    }
  }

  // MARK: Waiting

  /// Has `read` called whenever there is something to read; false ends that.
  func watch(_ descriptor: Int32, _ read: @escaping () -> Bool) throws {
    try poller.add(descriptor, token: nextToken, interest: [.read])
    sources[nextToken] = (descriptor, read)
    nextToken += 1
  }

  func forget(_ peer: Peer) { forget(peer.descriptor) }

  func forget(_ descriptor: Int32) {
    for (token, source) in sources where source.descriptor == descriptor {
      try? poller.remove(descriptor)
      sources[token] = nil
    }
  }

  /// Serves all connections until the condition holds (true) or the time is over (false).
  func wait(milliseconds: Int, _ condition: () throws -> Bool) throws -> Bool {
    let deadline = ContinuousClock.now + .milliseconds(milliseconds)
    while true {
      if try condition() { return true }
      let left = (deadline - .now).milliseconds
      // What has arrived already is looked at once, however little time there is.
      let count = try poller.wait(timeoutMilliseconds: Int32(clamping: max(0, left)))
      for index in 0..<count {
        let token = poller.token(at: index)
        guard let source = sources[token], !source.read() else { continue }
        try? poller.remove(source.descriptor)
        sources[token] = nil
      }
      if count == 0, left <= 0 { return try condition() }
    }
  }
}

/// A step of a case with what its values mean now.
struct Step {
  let json: JSON
  let evaluation: Evaluation
  private let verb: String

  init(_ json: JSON, _ evaluation: Evaluation) {
    self.json = json
    self.evaluation = evaluation
    verb = StepForm.all.first { json[$0.verb] != nil }?.verb ?? ""
  }

  func has(_ name: String) -> Bool { json[name] != nil }

  /// The name that stands behind the verb.
  func subject() throws(ValueError) -> String { try evaluation.text(json[verb] ?? .null) }

  func value(_ name: String) throws(ValueError) -> JSON {
    try evaluation.value(json[name] ?? .null)
  }

  func text(_ name: String) throws(ValueError) -> String {
    try evaluation.text(json[name] ?? .null)
  }

  func textIfGiven(_ name: String) throws(ValueError) -> String? {
    try json[name].map { json throws(ValueError) in try evaluation.text(json) }
  }

  func number(_ name: String) throws(ValueError) -> Int64 {
    try evaluation.wholeNumber(json[name] ?? .null)
  }

  func number(_ name: String, else other: Int64) throws(ValueError) -> Int64 {
    has(name) ? try number(name) : other
  }

  /// A number that must fit: `call`, `timeout`, `flags`.
  func number<Number: FixedWidthInteger>(
    _ name: String, as: Number.Type, else other: Number = 0
  ) throws(ValueError) -> Number {
    guard has(name) else { return other }
    let wide = try number(name)
    guard let number = Number(exactly: wide) else {
      throw ValueError("\(name) \(wide) does not fit")
    }
    return number
  }

  func flag(_ name: String) throws(ValueError) -> Bool {
    guard has(name) else { return false }
    guard case .bool(let value) = try value(name) else {
      throw ValueError("\(name) is true or false")
    }
    return value
  }

  func milliseconds(_ name: String = "within_ms", else other: Int = 5_000) throws(ValueError)
    -> Int
  { Int(try number(name, else: Int64(other))) }
}

/// Wall-clock time in microseconds.
enum WallClock {
  static func now() -> Int64 { Int64(Date().timeIntervalSince1970 * 1_000_000) }
}
