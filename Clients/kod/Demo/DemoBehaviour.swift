import KODWire

/// How one of the demo's assisters acts. Reactions are parts of the offer window, so that they scale with it.
struct DemoBehaviour: Equatable, Sendable {
  enum General: Equatable, Sendable {
    /// Accepts after between these parts of the window.
    case accept(ClosedRange<Double>)
    /// Accepts offers in this language like that; rejects others.
    case acceptOnly(language: String, ClosedRange<Double>)
    /// Does not look: the offer lapses.
    case ignore
  }

  enum Mass: Equatable, Sendable {
    /// Everybody who races presses the key at the same instant after the offer was made.
    case race
    /// After this part of the window, if it is still there.
    case late(Double)
    case ignore
  }

  var general: General
  var mass: Mass
  /// For the cast that the demo introduces.
  var words: String

  static let names = [
    "alice", "ben", "carla", "dmitri", "elaine", "farah", "gus", "hana",
  ]

  static func of(_ name: String) -> DemoBehaviour {
    switch name {
    case "ben":
      DemoBehaviour(
        general: .accept(0.6...0.8), mass: .race, words: "slow with his own, quick in a race")
    case "dmitri":
      DemoBehaviour(
        general: .acceptOnly(language: "ru", 0.15...0.3), mass: .race,
        words: "rejects what is not Russian, but races")
    case "gus":
      DemoBehaviour(general: .ignore, mass: .ignore, words: "has gone fishing: answers nothing")
    case "hana":
      DemoBehaviour(general: .accept(0.4...0.7), mass: .late(0.06), words: "slow in everything")
    default:
      DemoBehaviour(general: .accept(0.1...0.3), mass: .race, words: "quick")
    }
  }

  enum Reaction: Equatable, Sendable {
    case accept(after: Double)
    /// At one instant for all: this part of the window after the offer was made, by the server's clock. The finger
    /// is on its way, so it also comes down when somebody was faster.
    case race(at: Double)
    case reject(after: Double, reason: String)
    case nothing
  }

  /// `random`: a draw from 0 to 1.
  func reaction(to offer: Offer, random: Double) -> Reaction {
    guard offer.kind == .general else {
      switch mass {
      case .race: return .race(at: 0.02)
      case .late(let part): return .accept(after: part)
      case .ignore: return .nothing
      }
    }
    switch general {
    case .ignore: return .nothing
    case .accept(let range): return .accept(after: Self.within(range, random))
    case .acceptOnly(let language, let range):
      let after = Self.within(range, random)
      return offer.language == language
        ? .accept(after: after)
        : .reject(after: after, reason: "waits for \(Languages.name(language))")
    }
  }

  private static func within(_ range: ClosedRange<Double>, _ random: Double) -> Double {
    range.lowerBound + (range.upperBound - range.lowerBound) * random
  }

  /// What a finished call is closed with.
  static func outcome(for help: HelpType) -> Outcome {
    switch help {
    case .application: .applicationSubmitted
    case .plan: .planEnrolled
    default: .bothDone
    }
  }
}
