internal import KODEngine
internal import KODWire

// The domain's words. Raw values are the same on both sides (a test holds them together).

extension KODWire.OfferKind {
  init(_ kind: KODEngine.OfferKind) { self.init(rawValue: Int32(kind.rawValue)) }
}

extension KODWire.OfferState {
  init(_ state: KODEngine.OfferState) { self.init(rawValue: Int32(state.rawValue)) }
}

extension KODWire.HelpType {
  init(_ helpType: KODEngine.HelpType) { self.init(rawValue: Int32(helpType.rawValue)) }
}

extension KODWire.RegistrationState {
  init(_ state: KODEngine.RegistrationState) { self.init(rawValue: Int32(state.rawValue)) }
}

extension KODWire.AvailabilityOverride {
  init(_ value: KODEngine.AvailabilityOverride) { self.init(rawValue: Int32(value.rawValue)) }
}

extension KODEngine.ReferralState {
  var message: KODWire.ReferralState {
    switch self {
    case .general: .referralGeneral
    case .mass: .referralMass
    case .waiting: .referralWaiting
    case .assigned: .referralAssigned
    case .contacted: .referralContacted
    case .closed: .referralClosed
    case .cancelled: .referralCancelled
    }
  }

  var waitingCause: KODWire.WaitingCause {
    if case .waiting(let cause) = self {
      .init(rawValue: Int32(cause.rawValue))
    } else {
      .unspecified
    }
  }

  var outcome: KODWire.Outcome {
    if case .closed(let outcome) = self {
      .init(rawValue: Int32(outcome.rawValue))
    } else {
      .unspecified
    }
  }

  /// For messages to people.
  var word: String {
    switch self {
    case .general: "offered to one assister"
    case .mass: "offered to everybody eligible"
    case .waiting: "waiting"
    case .assigned: "assigned"
    case .contacted: "contacted"
    case .closed: "closed"
    case .cancelled: "cancelled"
    }
  }
}

extension CountySet {
  /// Ascending.
  var fipsCodes: [UInt32] {
    stride(from: UInt32(21001), through: 21239, by: 2).filter { contains(County(fips: $0)!) }
  }
}

/// How many of a kind a reply shows at most, so that it fits into a frame.
enum ReplyLimits {
  static let standingOffers = 256
  static let standingAssignments = 16
  /// Of an assignment, the newest.
  static let attempts = 64
  /// Of a referral, the newest.
  static let deskNotes = 64
}

/// How many bytes of a reply's lists are left: a reply is one frame, and a frame has a limit.
struct ReplyRoom {
  /// What the fields beside the lists take stays well below the rest.
  private var bytes = FrameLimits.maximumPayloadBytes - 4_096

  /// Whether the message still fits; if not, nothing that follows does.
  mutating func take(_ message: some WireMessage) -> Bool {
    // Tag and length take up to six bytes more.
    bytes -= message.encoded().count + 6
    return bytes >= 0
  }

  /// As many as fit, from the first on.
  mutating func prefix<Message: WireMessage>(of messages: some Sequence<Message>) -> [Message] {
    var taken: [Message] = []
    for message in messages {
      guard take(message) else { break }
      taken.append(message)
    }
    return taken
  }
}
