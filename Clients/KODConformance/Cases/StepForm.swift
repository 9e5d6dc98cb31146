/// What a member of a step holds.
enum MemberKind: Sendable {
  /// Variables and functions are put in.
  case value
  /// What comes is compared with it.
  case pattern
  /// A name under which something is kept.
  case savedName
  /// Steps of its own.
  case steps
  /// Frames that are expected.
  case frames
  /// Names and their values.
  case bindings
  /// Values, one for each connection of a race.
  case values
}

/// The form of one kind of step: its members and what each holds. One table checks the files; the
/// same words are explained in Protocol/conformance/README.md.
struct StepForm: Sendable {
  /// Which cases may have it.
  enum Scope: Sendable { case both, server, client }

  let verb: String
  let scope: Scope
  let subject: MemberKind
  let required: [String]
  let members: [String: MemberKind]

  init(
    _ verb: String, _ scope: Scope, subject: MemberKind = .value, required: [String] = [],
    _ members: [String: MemberKind] = [:]
  ) {
    self.verb = verb
    self.scope = scope
    self.subject = subject
    self.required = required
    self.members = members
  }

  /// In the order in which a step is looked through for its verb: `call` is a member of others too.
  static let all: [StepForm] = [
    StepForm("use", .both, subject: .value),
    StepForm(
      "send", .both,
      [
        "type": .value, "call": .value, "method": .value, "timeout": .value, "flags": .value,
        "message": .value, "of": .value, "payload": .value, "length": .value, "times": .value,
        "pieces": .value, "bytes": .value,
      ]),
    StepForm(
      "expect", .both,
      [
        "type": .value, "call": .pattern, "method": .value, "message": .pattern, "of": .value,
        "payload": .pattern, "timeout": .pattern, "flags": .pattern, "within_ms": .value,
        "skip": .value, "frames": .frames, "end": .value, "clean": .value, "nothing_ms": .value,
      ]),
    StepForm("close", .both, ["how": .value]),
    StepForm("hold", .both),
    StepForm("release", .both),
    StepForm("sleep_ms", .both),
    StepForm("set", .both, subject: .bindings),
    StepForm("check", .both, required: ["is"], ["is": .pattern]),
    StepForm("repeat", .both, required: ["steps"], ["steps": .steps]),

    StepForm(
      "connect", .server,
      [
        "alpn": .value, "tls": .value, "refused": .value, "raw": .value, "within_ms": .value,
        "receive_buffer": .value,
      ]),
    StepForm(
      "open", .server,
      ["as": .value, "token": .value, "within_ms": .value, "receive_buffer": .value]),
    StepForm(
      "subscribe", .server,
      [
        "epoch": .value, "offset": .value, "start": .pattern, "state": .pattern,
        "save": .savedName, "within_ms": .value,
      ]),
    StepForm(
      "start", .server, required: ["method", "request"],
      ["method": .value, "request": .value, "timeout": .value, "save": .savedName]),
    StepForm(
      "answer", .server, required: ["call"],
      [
        "call": .value, "response": .pattern, "status": .pattern, "save": .savedName,
        "within_ms": .value,
      ]),
    StepForm(
      "race", .server, required: ["method"],
      [
        "method": .value, "request": .value, "requests": .values, "winners": .pattern,
        "losers": .pattern, "response": .pattern, "save": .savedName, "timeout": .value,
        "within_ms": .value,
      ]),
    StepForm(
      "push", .server,
      [
        "body": .pattern, "collapsed": .pattern, "next": .value, "save": .savedName,
        "within_ms": .value,
      ]),
    StepForm("no_push", .server, required: ["body"], ["body": .pattern, "for_ms": .value]),
    StepForm(
      "call", .server, required: ["method"],
      [
        "method": .value, "request": .value, "response": .pattern, "status": .pattern,
        "timeout": .value, "save": .savedName, "within_ms": .value,
      ]),

    StepForm("tell", .client),
    StepForm(
      "hear", .client, subject: .pattern,
      ["next": .value, "within_ms": .value, "save": .savedName]),
    StepForm("hear_nothing_ms", .client, ["like": .pattern]),
    StepForm(
      "accept", .client,
      [
        "within_ms": .value, "not_before_ms": .value, "certificate": .value, "alpn": .value,
        "tls": .value, "refused": .value,
      ]),
    StepForm("no_connection_ms", .client),
    StepForm("not_logged", .client),
    StepForm("welcome", .client, ["with": .value, "save": .savedName, "within_ms": .value]),
  ]

  /// Members of a frame in `frames`.
  static let frameMembers: [String: MemberKind] = [
    "type": .value, "call": .pattern, "method": .value, "message": .pattern, "of": .value,
    "payload": .pattern, "timeout": .pattern, "flags": .pattern,
  ]
}
