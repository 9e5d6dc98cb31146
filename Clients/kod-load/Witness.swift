import Foundation

/// An accept that the server acknowledged: it may never be taken back, whatever happens to the
/// server.
struct AcknowledgedAccept: Codable, Equatable, Sendable {
  var referral: UInt64
  var offer: UInt64
  /// The winner's credential.
  var assister: String
  /// By the server's clock, microseconds since 1970.
  var acceptedAt: Int64

  enum CodingKeys: String, CodingKey {
    case referral, offer, assister
    case acceptedAt = "accepted_at_us"
  }
}

/// A file of acknowledged accepts, one JSON line each, for crash tests. Each line is written by one
/// system call before the loop goes on, so that the file is complete whatever happens to the
/// server, and no loop tears another's line.
final class WitnessFile: Sendable {
  private let descriptor: Int32

  init(path: String) throws(UsageError) {
    descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
    if descriptor < 0 {
      throw UsageError(message: "--witness: \(path): \(String(cString: strerror(errno)))")
    }
  }

  deinit { close(descriptor) }

  /// False: the line could not be written whole.
  func append(_ accept: AcknowledgedAccept) -> Bool {
    let bytes = Array(Self.line(accept).utf8)
    return bytes.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) } == bytes.count
  }

  /// Makes the file itself survive a crash of the machine.
  func flush() { fsync(descriptor) }

  static func line(_ accept: AcknowledgedAccept) -> String {
    // Credentials' names need no escaping beyond quote and backslash, which JSON shares with this.
    let name = accept.assister.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
    return "{\"referral\":\(accept.referral),\"offer\":\(accept.offer),\"assister\":\"\(name)\","
      + "\"accepted_at_us\":\(accept.acceptedAt)}\n"
  }
}

/// What a witness file says, and whether the server still agrees.
struct Testimony: Equatable, Sendable {
  /// By referral, ascending; the first acknowledged winner of each.
  private(set) var accepts: [AcknowledgedAccept] = []
  private(set) var violations: [Violation] = []
  private(set) var lines = 0
  /// A last line without its end: the generator itself was stopped while it wrote.
  private(set) var hasTornTail = false

  init(reading text: String) throws(UsageError) {
    var winners: [UInt64: AcknowledgedAccept] = [:]
    let decoder = JSONDecoder()
    let pieces = text.split(separator: "\n", omittingEmptySubsequences: false)
    for (number, piece) in pieces.enumerated() {
      let isLast = number == pieces.count - 1
      if isLast {
        hasTornTail = !piece.isEmpty
        break
      }
      guard let accept = try? decoder.decode(AcknowledgedAccept.self, from: Data(piece.utf8))
      else { throw UsageError(message: "line \(number + 1) of the witness file is not its format") }
      lines += 1
      if let first = winners[accept.referral] {
        // The same winner twice is a repeated accept, which R28 answers with the same success.
        if first != accept {
          violations.append(
            Violation(
              kind: .twoWinners, referral: accept.referral, offer: accept.offer,
              detail: "acknowledged to \(first.assister) (offer \(first.offer)) and to "
                + "\(accept.assister) (offer \(accept.offer))"))
        }
      } else {
        winners[accept.referral] = accept
      }
    }
    accepts = winners.values.sorted { $0.referral < $1.referral }
  }

  /// What the server says about a referral today.
  enum Present: Equatable, Sendable {
    case held(by: String, state: HeldState)
    case unknown
    case otherwise(String)
  }

  enum HeldState: String, Sendable { case assigned, contacted, closed }

  /// Nil: the acknowledged winner is still the holder.
  static func judge(_ accept: AcknowledgedAccept, against present: Present) -> Violation? {
    let detail: String
    switch present {
    case .held(let holder, _) where holder == accept.assister: return nil
    case .held(let holder, let state):
      detail = "acknowledged to \(accept.assister), now \(state.rawValue), held by \(holder)"
    case .unknown: detail = "acknowledged to \(accept.assister), now unknown to the server"
    case .otherwise(let state): detail = "acknowledged to \(accept.assister), now \(state)"
    }
    return Violation(
      kind: .holderDiffers, referral: accept.referral, offer: accept.offer, detail: detail)
  }
}
