import KODJSON
import KODSchema

/// Subscriptions of server cases.
extension CaseRun {
  func subscribe(_ step: Step) throws {
    let peer = try peer(step)
    guard let method = schema.method("Pushes/Subscribe") else {
      throw ValueError("the schema has no Pushes/Subscribe")
    }
    var request: [JSON.Member] = []
    for name in ["epoch", "offset"] where step.has(name) {
      request.append(JSON.Member(key: name, value: try step.value(name)))
    }
    let limit = try step.milliseconds()
    let call = try openCall(
      peer, method, try codec.encode(.object(request), as: method.request))
    let first = try item(peer, call, limit, "the start of the subscription")
    guard let start = first["start"] else {
      throw Mismatch(
        path: "", expected: "an ITEM with the start of the subscription", came: first.shortLine)
    }
    if let pattern = step.json["start"] {
      try match(pattern, start, .message("SubscriptionStart"), "start")
    }
    let isRecovered = start["recovered"] == .bool(true)
    var state: [JSON] = []
    while !isRecovered {
      let next = try item(peer, call, limit, "the current state or its end")
      if next["state_end"] != nil { break }
      guard next["push"] == nil, next["start"] == nil else {
        throw Mismatch(path: "", expected: "the current state", came: next.shortLine)
      }
      state.append(next)
    }
    if let pattern = step.json["state"] {
      guard let field = schema.fields(of: "SubscribeItem"), !field.isEmpty else { return }
      try match(pattern, .array(state), .many(.message("SubscribeItem")), "state")
    }
    let known = isRecovered ? (try step.number("offset", else: 0)) : start["offset"]?.wholeNumber
    subscriptions[peer.name] = Subscription(
      call: call, offset: UInt64(clamping: known ?? 0))
    try save(
      [
        "call": .integer(Int64(call)), "epoch": start["epoch"] ?? "",
        "offset": start["offset"] ?? "0", "recovered": .bool(isRecovered), "state": .array(state),
      ], step)
  }

  /// The next item of a subscription.
  private func item(
    _ peer: Peer, _ call: UInt32, _ limit: Int, _ wanted: String
  ) throws -> JSON {
    var place: Int?
    _ = try wait(milliseconds: limit) {
      peer.answerWaitingPings()
      place = peer.frames.firstIndex { $0.call == call }
      return place != nil || peer.end != nil
    }
    guard let place else {
      throw Mismatch(
        path: "", expected: "\(wanted) on \(peer.name)",
        came: peer.end.map { "\($0)" } ?? "nothing within \(limit) ms")
    }
    let frame = peer.frames.remove(at: place)
    guard schema.frameTypeName(frame.type) == "ITEM" else {
      throw Mismatch(
        path: "", expected: "\(wanted) on \(peer.name)", came: describe(frame, peer))
    }
    return try decode(frame, "SubscribeItem")
  }

  private func subscription(_ peer: Peer) throws(ValueError) -> Subscription {
    guard let subscription = subscriptions[peer.name] else {
      throw ValueError("\(peer.name) has not subscribed")
    }
    return subscription
  }

  func push(_ step: Step) throws {
    let peer = try peer(named: try step.text("push"))
    let limit = try step.milliseconds()
    let pattern = step.json["body"] ?? step.json["collapsed"] ?? .null
    let deadline = ContinuousClock.now + .milliseconds(limit)
    var passed: [String] = []
    while true {
      let subscription = try subscription(peer)
      let left = Int((deadline - .now).milliseconds)
      var item: JSON
      do {
        item = try self.item(peer, subscription.call, max(0, left), "a push \(pattern.shortLine)")
      } catch var mismatch as Mismatch {
        if !passed.isEmpty { mismatch.came += "; passed: \(passed.joined(separator: ", "))" }
        throw mismatch
      }
      try follow(item, peer)
      if let collapsed = item["collapsed"], step.has("collapsed") {
        try match(pattern, collapsed, .message("PushesCollapsed"), "collapsed")
        return try save(collapsed, step)
      }
      guard let push = item["push"], step.has("body") else { continue }
      var trial = PatternMatch(schema, evaluation)
      if try step.flag("next") {
        try trial.match(pattern, push, .message("Push"), path: "push")
      } else if try !trial.matches(pattern, push, .message("Push")) {
        passed.append(push.shortLine)
        continue
      }
      keep(trial)
      return try save(push, step)
    }
  }

  /// Offsets grow by one, collapsed pushes included.
  private func follow(_ item: JSON, _ peer: Peer) throws {
    let last = try subscription(peer).offset
    if let push = item["push"] {
      let offset = push["offset"]?.text.flatMap(UInt64.init) ?? 0
      guard offset == last + 1 else {
        throw Mismatch(path: "push.offset", expected: "\(last + 1)", came: "\(offset)")
      }
      subscriptions[peer.name]?.offset = offset
    } else if let collapsed = item["collapsed"] {
      let first = collapsed["first_offset"]?.text.flatMap(UInt64.init) ?? 0
      let end = collapsed["last_offset"]?.text.flatMap(UInt64.init) ?? 0
      guard first == last + 1, end >= first else {
        throw Mismatch(
          path: "collapsed", expected: "offsets from \(last + 1) on", came: collapsed.shortLine)
      }
      subscriptions[peer.name]?.offset = end
    } else {
      throw Mismatch(path: "", expected: "a push", came: item.shortLine)
    }
  }

  func noPush(_ step: Step) throws {
    let peer = try peer(named: try step.text("no_push"))
    let call = try subscription(peer).call
    let pattern = step.json["body"] ?? .null
    var looked = 0
    var found: JSON?
    let came = try wait(milliseconds: Int(try step.number("for_ms", else: 300))) {
      peer.answerWaitingPings()
      let items = peer.frames.filter {
        $0.call == call && schema.frameTypeName($0.type) == "ITEM"
      }
      for frame in items.dropFirst(looked) {
        let item = try decode(frame, "SubscribeItem")
        var trial = PatternMatch(schema, evaluation)
        if let push = item["push"], try trial.matches(pattern, push, .message("Push")) {
          found = push
        }
      }
      looked = items.count
      return found != nil || peer.end != nil
    }
    guard came else { return }
    throw Mismatch(
      path: "", expected: "no push \(pattern.shortLine) on \(peer.name)",
      came: found?.shortLine ?? peer.end.map { "\($0)" } ?? "")
  }
}
