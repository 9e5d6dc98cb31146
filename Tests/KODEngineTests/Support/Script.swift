import KODEngine
import Testing

/// Runs a transcript: lines that begin with `>` are commands, the lines between are what must come of them.
///
///     > 10:00 alice registers kynector en whole
///     10:00 alice: registration active
///
/// A time is HH:MM, HH:MM:SS or HH:MM:SS.ffffff; hours go on after 24. Before each command time passes deadline by
/// deadline, as it does for a server that is awake. General Offers are delivered at once to everybody who has a
/// session.
func expectTranscript(
  policy: Policy = .phase15, reminders: Bool = false, work: Bool = false, _ text: String,
  location: SourceLocation = #_sourceLocation
) {
  var script = Script(policy: policy)
  script.showsReminders = reminders
  script.showsWork = work
  var transcript: [String] = []
  let lines = text.split(separator: "\n").map(String.init)
  for line in lines where line.hasPrefix("> ") {
    transcript += script.passTime(before: line)
    transcript.append(line)
    transcript += script.run(String(line.dropFirst(2)))
  }
  #expect(transcript.joined(separator: "\n") == text, sourceLocation: location)
}

struct Script {
  var engine: Engine
  var log: [Event] = []
  var showsReminders = false
  /// What partners are told, and what becomes of promises and callbacks.
  var showsWork = false
  var showsAvailability = false
  private var offline: Set<String> = []
  private var states: [ReferralState] = []
  private var now = Instant.midnight

  init(policy: Policy) { engine = Engine(policy: policy) }

  /// What falls due before the command's time.
  mutating func passTime(before line: String) -> [String] {
    let words = line.split(separator: " ").map(String.init)
    guard words.count > 1, let now = Instant(clock: words[1]) else { return [] }
    var lines: [String] = []
    while let deadline = engine.nextDeadline, deadline < now {
      lines += perform(.advance, at: deadline)
    }
    return lines
  }

  /// One command, without its `>`: TIME WHO DOES WHAT.
  mutating func run(_ line: String) -> [String] {
    let words = line.split(separator: " ").map(String.init)
    guard words.count > 1, let now = Instant(clock: words[0]) else { return ["not understood"] }
    self.now = now
    switch (words[1], words.count > 2 ? words[2] : "") {
    case ("time", _): return perform(.advance, at: now)
    case ("server", _): return perform(.serverStarted, at: now)
    case ("policy", let name):
      guard let policy = Policy.named[name] else { return ["not understood"] }
      return perform(.setPolicy(policy), at: now)
    case (let who, "registers"): return register(who, words, now)
    case (let who, "watches"):
      _ = id(who)
      return []
    case (let who, "leaves"):
      offline.insert(who)
      return []
    case (let who, "submits"): return submit(who, words, now)
    case (let who, "is"):
      let override: AvailabilityOverride =
        words[3] == "off" ? .off : words[3] == "on" ? .on : .followSchedule
      return perform(.setAvailability(id(who), override), at: now)
    case (let who, "accepts"): return perform(.accept(id(who), offer(words)), at: now)
    case (let who, "rejects"):
      return perform(.reject(id(who), offer(words), reason: ""), at: now)
    case (let who, "closes"):
      let outcome = Outcome.allCases.first { "\($0)" == words[4] }
      return perform(.close(id(who), referral(words), outcome ?? .unserved), at: now)
    case (let who, "cancels"):
      return perform(.cancel(id(who), referral(words), reason: reason(words, 4)), at: now)
    default: return work(words, now)
    }
  }

  private mutating func work(_ words: [String], _ now: Instant) -> [String] {
    let who = id(words[1])
    guard words.count > 3 else { return ["not understood"] }
    let referral = referral(words)
    let reason = reason(words, 4)
    switch words[2] {
    case "tries", "calls":
      guard let result = AttemptResult.allCases.first(where: { "\($0)" == words[4] }) else {
        return ["not understood"]
      }
      return perform(.logAttempt(who, referral, result), at: now)
    case "releases": return perform(.release(who, referral, reason: reason), at: now)
    case "notes": return perform(.saveNote(who, referral, reason), at: now)
    case "reruns": return perform(.rerun(who, referral, reason: reason), at: now)
    case "takes": return perform(.takeBack(who, referral, reason: reason), at: now)
    case "gives-up": return perform(.giveUp(who, referral, reason: reason), at: now)
    // WHO assigns REFERRAL ASSISTER [REASON]
    case "assigns":
      let assister = id(words[4])
      return perform(
        .assign(who, referral, to: assister, reason: self.reason(words, 5)), at: now)
    default: return ["not understood"]
    }
  }

  private func reason(_ words: [String], _ from: Int) -> String {
    words.dropFirst(from).joined(separator: " ")
  }

  private func offer(_ words: [String]) -> OfferID { OfferID(UInt64(words[3]) ?? 0) }
  private func referral(_ words: [String]) -> ReferralID { ReferralID(UInt64(words[3]) ?? 0) }

  /// WHO registers KIND LANGUAGES COUNTIES [capacity N]
  private mutating func register(_ who: String, _ words: [String], _ now: Instant) -> [String] {
    let capacity = words.count > 7 ? UInt32(words[7]) : nil
    let id = id(who, .assister, capacity)
    let counties = words[5] == "whole" ? [] : words[5].split(separator: "+").map { County($0) }
    let registration = Registration(
      kind: words[3] == "agent" ? .agent : .kynector,
      languages: words[4].split(separator: "+").map(String.init), counties: CountySet(counties))
    return perform(.register(id, registration), at: now)
  }

  /// WHO submits HELP LANGUAGE COUNTY [key N]
  private mutating func submit(_ who: String, _ words: [String], _ now: Instant) -> [String] {
    let key = words.count > 7 ? UInt128(words[7])! : UInt128(log.count + 1000)
    let submission = Submission(
      idempotencyKey: key, partnerReference: "case",
      helpType: HelpType.allCases.first { "\($0)" == words[3] } ?? .both, language: words[4],
      county: County(words[5]), contact: Contact(name: "Ann", phone: "+15025550100", notes: ""))
    return perform(.submit(id(who, .intakePartner), submission), at: now)
  }

  /// The principal of that name, created when first mentioned.
  mutating func id(
    _ name: String, _ role: Role = .supervisor, _ capacity: UInt32? = nil
  ) -> PrincipalID {
    if let principal = engine.principal(named: name) { return principal.id }
    let number = UInt64(log.count + 1)
    _ = engine.perform(
      .createPrincipal(
        NewPrincipal(
          name: name, role: role, credential: number,
          tokenDigest: TokenDigest(high: UInt128(number), low: 0), capacity: capacity)),
      at: now, log: &log)
    return engine.principal(named: name)!.id
  }

  mutating func perform(_ command: Command, at now: Instant) -> [String] {
    let result = engine.perform(command, at: now, log: &log)
    let pushes = engine.takePushes()
    var lines = pushes.compactMap { line($0) } + stateLines()
    if case .failure(let rejection) = result { lines.append("refused: \(text(rejection))") }
    let opened = pushes.compactMap { push -> OfferID? in
      guard case .offerOpened(let id) = push.body, !offline.contains(name(push.principal)) else {
        return nil
      }
      return id
    }
    _ = engine.perform(.offersDelivered(opened), at: now, log: &log)
    return lines
  }

  private mutating func stateLines() -> [String] {
    var lines: [String] = []
    for index in 0..<engine.counts.referrals {
      guard let view = engine.referral(ReferralID(UInt64(index + 1))) else { continue }
      if index == states.count {
        states.append(view.state)
      } else if states[index] == view.state {
        continue
      }
      states[index] = view.state
      let holder = view.state == .assigned ? view.holder.map { " to \(name($0))" } : nil
      lines.append(
        "\(view.changedAt.clock) referral \(index + 1): \(text(view.state))\(holder ?? "")")
    }
    return lines
  }

  private func line(_ push: Push) -> String? {
    let text: String
    switch push.body {
    case .offerOpened(let id):
      guard let offer = engine.offer(id) else { return "offer \(id.number)?" }
      text =
        "offer \(id.number) of referral \(offer.referral.number), \(offer.kind) until "
        + offer.deadline.clock
    case .offerReminder(let id, let number):
      guard showsReminders else { return nil }
      text = "offer \(id.number) reminder \(number)"
    case .offerClosed(let id, let state, let missed, _):
      text = "offer \(id.number) \(state)" + (state == .missed ? ", \(missed) in a row" : "")
    case .registrationChanged(let state, let missed):
      text = "registration \(state)" + (missed > 0 ? ", \(missed) missed" : "")
    case .assignmentEnded(let id, _, let end): text = "referral \(id.number) \(end)"
    case .referralAlert(let id, let kind, let cause):
      guard kind == .waiting || showsWork else { return nil }
      text = "referral \(id.number) " + (cause.map { "waits, \($0)" } ?? "\(kind)")
    case .referralUpdate(let id, let state, let promiseMissed):
      guard showsWork else { return nil }
      text =
        "referral \(id.number) is \(self.text(state))" + (promiseMissed ? ", promise missed" : "")
    case .assignmentReminder(let id, let number):
      guard showsWork else { return nil }
      text = "referral \(id.number) " + (number == 3 ? "overdue" : "call reminder \(number)")
    case .assignmentGiven(let id): text = "referral \(id.number) given"
    case .policyChanged(let version): text = "policy \(version)"
    case .availabilityChanged(let blockers, let override, let cleared):
      guard showsAvailability else { return nil }
      text = "available \(blockers.isEmpty), \(override)" + (cleared ? ", cleared" : "")
    case .assisterDeregistered(let id):
      let offers = engine.deregistrationOffers(of: id).map { "\($0.number)" }
      text = "\(name(id)) deregistered for offers \(offers.joined(separator: " "))"
    }
    return "\(push.at.clock) \(name(push.principal)): \(text)"
  }

  private func name(_ id: PrincipalID) -> String { engine.principal(id)?.name ?? "nobody" }

  private func text(_ state: ReferralState) -> String {
    switch state {
    case .waiting(let cause): "waiting, \(cause)"
    case .closed(let outcome): "closed, \(outcome)"
    default: "\(state)"
    }
  }

  private func text(_ rejection: Rejection) -> String {
    switch rejection {
    case .offerTaken(let at): "offerTaken at \(at.clock)"
    case .referralState(let state): "referral is \(text(state))"
    default: "\(rejection)"
    }
  }
}

extension Instant {
  /// Midnight of Monday, 2026-11-23 in Kentucky's eastern zone.
  static let midnight = Instant(microseconds: 1_795_410_000_000_000)

  init?(clock: String) {
    let parts = clock.split(separator: ":")
    guard (2...3).contains(parts.count), let hours = Int64(parts[0]), let minutes = Int64(parts[1])
    else { return nil }
    var microseconds = (hours * 60 + minutes) * 60_000_000
    if parts.count == 3 {
      guard let seconds = Double(parts[2]) else { return nil }
      microseconds += Int64((seconds * 1_000_000).rounded())
    }
    self = Instant.midnight + Interval(microseconds: microseconds)
  }

  var clock: String {
    let microseconds = (self - .midnight).microseconds
    let seconds = microseconds / 1_000_000
    func two(_ number: Int64) -> String { number < 10 ? "0\(number)" : "\(number)" }
    var text = "\(two(seconds / 3600)):\(two(seconds / 60 % 60))"
    let fraction = microseconds % 1_000_000
    if seconds % 60 != 0 || fraction != 0 { text += ":\(two(seconds % 60))" }
    if fraction != 0 { text += "." + String(String(1_000_000 + fraction).dropFirst()) }
    return text
  }
}

extension County {
  init(_ fips: some StringProtocol) { self.init(fips: UInt32(fips)!)! }
}

extension Policy {
  static let named: [String: Policy] = [
    "phase15": .phase15, "serial": .serial, "lapse_to_mass": .lapseToMass, "one_shot": .oneShot,
  ]

  /// A variation of a preset.
  func with(_ change: (inout Policy) -> Void) -> Policy {
    var policy = self
    change(&policy)
    return policy
  }
}
