// What people would have done: the model. In words: "The simulation" in `Protocol/NUMBERS.md`.

/// How an assister takes an Offer in the replay.
struct Reaction: Equatable {
  var answer: SimulationRecording.Answer
  /// From the Offer to the answer; meaningless if silent.
  var delay: Instant.Interval
  /// R22: it reached the assister.
  var delivered: Bool
}

/// What becomes of accepted work in the replay.
struct WorkCourse: Equatable {
  /// From acceptance to the first attempt to call; nil: never.
  var callAfter: Instant.Interval?
  /// From acceptance to closing; nil: not before the end.
  var closeAfter: Instant.Interval?
  /// The holder gives it back (R16).
  var releaseAfter: Instant.Interval?
}

/// What can be drawn from, of one assister.
struct SimulationHabits: Sendable {
  /// Recorded Offers that say how they were taken; by kind.
  private var general: [SimulationRecording.RecordedOffer]
  private var mass: [SimulationRecording.RecordedOffer]
  private var medianCall: Instant.Interval?
  private var medianClosing: Instant.Interval?

  init(_ person: SimulationRecording.Person) {
    general = person.offers.filter { $0.kind == .general && $0.answer != nil }
    mass = person.offers.filter { $0.kind == .mass && $0.answer != nil }
    medianCall = Self.median(person.work.compactMap(\.callAfter))
    medianClosing = Self.median(person.work.compactMap { $0.end == .closed ? $0.endAfter : nil })
  }

  /// By nearest rank.
  private static func median(_ spans: [Instant.Interval]) -> Instant.Interval? {
    spans.isEmpty ? nil : spans.sorted()[(spans.count + 1) / 2 - 1]
  }

  /// What the assister recorded of this request counts: of the same kind first, an answer to the
  /// other kind next. Otherwise one of the assister's own recorded Offers of the kind stands for
  /// it, picked by the two numbers. Without any the assister stays silent.
  func reaction(
    of person: SimulationRecording.Person, to request: Int, number: UInt64, _ kind: OfferKind
  ) -> Reaction {
    let same = person.offer(of: request, kind)
    if let same, let answer = same.answer {
      return Reaction(answer: answer, delay: same.delay, delivered: same.delivered)
    }
    let other = person.offer(of: request, kind == .general ? .mass : .general)
    if let other, let answer = other.answer, answer != .silent {
      return Reaction(answer: answer, delay: other.delay, delivered: true)
    }
    let samples = kind == .general ? general : mass
    guard !samples.isEmpty else {
      return Reaction(answer: .silent, delay: .seconds(0), delivered: same?.delivered ?? true)
    }
    let sample = samples[Int(mix(UInt64(person.number), number) % UInt64(samples.count))]
    return Reaction(
      answer: sample.answer ?? .silent, delay: sample.delay,
      delivered: same?.delivered ?? sample.delivered)
  }

  /// What the assister recorded of its work on this request counts; otherwise its medians. Work
  /// that was taken back, reclaimed or cancelled had no end of the holder's own.
  func course(of person: SimulationRecording.Person, on request: Int) -> WorkCourse {
    guard let work = person.work(on: request) else {
      return WorkCourse(callAfter: medianCall, closeAfter: later(medianClosing, than: medianCall))
    }
    switch work.end {
    case .closed: return WorkCourse(callAfter: work.callAfter, closeAfter: work.endAfter)
    case .released: return WorkCourse(callAfter: work.callAfter, releaseAfter: work.endAfter)
    case nil: return WorkCourse(callAfter: work.callAfter)
    case .cancelled, .takenBack, .reclaimed:
      return WorkCourse(
        callAfter: work.callAfter, closeAfter: later(medianClosing, than: work.callAfter))
    }
  }

  private func later(
    _ span: Instant.Interval?, than other: Instant.Interval?
  ) -> Instant.Interval? {
    guard let span, let other else { return span }
    return max(span, other)
  }

  /// SplitMix64's mixing of two numbers: spread evenly, and the same everywhere.
  private func mix(_ left: UInt64, _ right: UInt64) -> UInt64 {
    var mixed = left &* 0x9e37_79b9_7f4a_7c15 &+ right
    mixed = (mixed ^ mixed >> 30) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ mixed >> 27) &* 0x94d0_49bb_1331_11eb
    return mixed ^ mixed >> 31
  }
}
