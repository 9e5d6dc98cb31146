/// What a simulation takes from the recorded history: a plain value, complete without the engine,
/// so that replaying it needs no turn of the writer. No personal data is in it.
public struct SimulationRecording: Sendable {
  public var from: Instant
  public var to: Instant
  /// What is recorded ends here; so do the replays.
  var horizon: Instant
  var baselinePolicy: Policy
  public var recorded = SimulationFigures()
  var languages: [String]
  var requests: [Request] = []
  var people: [Person] = []

  /// One request, in the order of submission.
  struct Request: Sendable {
    /// Of the recorded referral.
    var number: UInt64
    var at: Instant
    var helpType: HelpType
    var language: UInt16
    var county: County
    /// The partner or a supervisor took it back.
    var cancelledAt: Instant?
  }

  /// An assister, and how it behaved.
  struct Person: Sendable {
    /// Of the recorded principal.
    var number: UInt32
    var kind: AssisterKind
    var languages: [UInt16]
    var counties: CountySet
    var capacity: UInt32?
    var registeredAt: Instant
    /// Before the period.
    var lastGeneralOffer: Instant?
    /// At `from`.
    var isInside = true
    var isOff = false
    /// In order.
    var changes: [Change] = []
    /// Of requests of the recording, ascending by request, general before mass.
    var offers: [RecordedOffer] = []
    /// Of requests of the recording, ascending.
    var work: [RecordedWork] = []
  }

  /// A change of availability that does not follow from Offers or work.
  struct Change: Sendable {
    enum What: UInt8, Sendable {
      /// Everything but the switch: hours, out of office, credential, registration.
      case inside = 1
      case outside = 2
      case off = 3
      case notOff = 4
      /// Registered again after a de-registration for misses.
      case returned = 5
    }

    var at: Instant
    var what: What
  }

  enum Answer: UInt8, Sendable {
    case accepted = 1
    case rejected = 2
    case silent = 3
  }

  struct RecordedOffer: Sendable {
    /// Index.
    var request: UInt32
    var kind: OfferKind
    /// Nil: it ended before anything could be said (taken, withdrawn, released, pending).
    var answer: Answer?
    var delivered: Bool
    var delay: Instant.Interval
  }

  struct RecordedWork: Sendable {
    /// Index.
    var request: UInt32
    /// From acceptance to the first attempt to call; nil: none.
    var callAfter: Instant.Interval?
    /// From acceptance to how it ended.
    var endAfter: Instant.Interval?
    var end: AssignmentEnd?
  }
}

extension SimulationRecording.Person {
  /// The recorded Offer of that kind of the request, if there was one; the first of several.
  func offer(of request: Int, _ kind: OfferKind) -> SimulationRecording.RecordedOffer? {
    let first = offers.indices.partitionPoint { offers[$0].request < UInt32(request) }
    return offers[first...].prefix { $0.request == UInt32(request) }.first { $0.kind == kind }
  }

  func work(on request: Int) -> SimulationRecording.RecordedWork? {
    let first = work.indices.partitionPoint { work[$0].request < UInt32(request) }
    return first < work.count && work[first].request == UInt32(request) ? work[first] : nil
  }
}
