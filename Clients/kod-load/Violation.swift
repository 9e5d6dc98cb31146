/// A wrong answer of the server. One is enough to fail the run.
struct Violation: Equatable, Sendable {
  enum Kind: String, CaseIterable, Sendable {
    /// Two different assisters hold acknowledged accepts of one referral (R8).
    case twoWinners
    /// Everybody's accept was answered and nobody won.
    case noWinner
    /// A loser's accept was never answered, or the closing was never pushed.
    case loserNotTold
    /// A loser was told something else than "taken", or another time than the winner's.
    case wronglyTold
    /// An accept was refused for a reason that nothing explains.
    case acceptRefused
    /// The winner's accept lies at or after the deadline (R27).
    case acceptedTooLate
    /// An offset was skipped, or an offer that the server counts never came.
    case pushLost
    /// An offset came twice, or an offer was opened or closed twice.
    case pushRepeated
    /// A push about an offer that is over, or of a referral that is over.
    case pushAfterClosing
    /// A push about an offer that this session never got.
    case pushUnknown
    /// Fewer or more sessions were offered the referral than expected.
    case racersUnexpected
    /// Some other call was refused.
    case callRefused
    /// Bytes that are not the protocol's.
    case protocolBroken
    /// What the server holds differs from what it acknowledged.
    case holderDiffers
  }

  var kind: Kind
  var referral: UInt64 = 0
  var offer: UInt64 = 0
  /// The credential of the session that saw it; empty: seen across sessions.
  var session = ""
  var detail: String
}

extension Violation: CustomStringConvertible {
  var description: String {
    var text = kind.rawValue
    if referral != 0 { text += ", referral \(referral)" }
    if offer != 0 { text += ", offer \(offer)" }
    if !session.isEmpty { text += ", \(session)" }
    return "\(text): \(detail)"
  }
}

/// Counts every violation and keeps the first ones in full.
struct ViolationLog: Sendable {
  private static let keptInFull = 50

  private(set) var total = 0
  private(set) var byKind: [Violation.Kind: Int] = [:]
  private(set) var first: [Violation] = []

  mutating func append(_ violation: Violation) {
    total += 1
    byKind[violation.kind, default: 0] += 1
    if first.count < Self.keptInFull { first.append(violation) }
  }

  mutating func merge(_ other: ViolationLog) {
    total += other.total
    byKind.merge(other.byKind, uniquingKeysWith: +)
    first.append(contentsOf: other.first.prefix(max(0, Self.keptInFull - first.count)))
  }
}
