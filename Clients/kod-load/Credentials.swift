import Foundation

/// A token file's content, and the name of the file without its ending.
struct Credential: Equatable, Sendable {
  var name: String
  var token: String

  /// By its name; what it is, only a session tells.
  var looksLikePartner: Bool { name.hasPrefix("partner") || name.hasPrefix("portal") }

  /// Every `NAME.token` of a directory, by name; those that look like partners first, because a run
  /// needs one of them and may not need all the others.
  static func load(directory: String) throws(UsageError) -> [Credential] {
    guard let names = try? FileManager.default.contentsOfDirectory(atPath: directory) else {
      throw UsageError(message: "--credentials: \(directory) can't be read")
    }
    var credentials: [Credential] = []
    for file in names.sorted() where file.hasSuffix(".token") {
      let path = "\(directory)/\(file)"
      guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
        throw UsageError(message: "--credentials: \(path) can't be read")
      }
      let token = text.trimmingCharacters(in: .whitespacesAndNewlines)
      guard !token.isEmpty else { throw UsageError(message: "--credentials: \(path) is empty") }
      credentials.append(Credential(name: String(file.dropLast(".token".count)), token: token))
    }
    guard !credentials.isEmpty else {
      throw UsageError(message: "--credentials: no .token file in \(directory)")
    }
    return ordered(credentials)
  }

  static func ordered(_ credentials: [Credential]) -> [Credential] {
    credentials.filter(\.looksLikePartner) + credentials.filter { !$0.looksLikePartner }
  }
}

/// Which credentials become sessions. Roles are known only once a session is welcomed, so it goes
/// through them until it has enough.
struct Roll: Sendable {
  enum Verdict: Equatable, Sendable { case keep, dismiss }

  let credentials: Int
  /// Nil: every assister there is.
  let assistersWanted: Int?
  let needsPartner: Bool
  private(set) var assisters = 0
  private(set) var partners = 0
  private var next = 0
  /// Taken, and not known yet to be ready or dismissed.
  private(set) var opening = 0

  init(credentials: Int, assistersWanted: Int?, needsPartner: Bool) {
    self.credentials = credentials
    self.assistersWanted = assistersWanted
    self.needsPartner = needsPartner
  }

  /// The next credential to open a session with.
  mutating func take() -> Int? {
    guard next < credentials else { return nil }
    let hasAssisters = assistersWanted.map { assisters + opening >= $0 } ?? false
    let hasPartner = !needsPartner || partners > 0
    // Which roles the sessions on their way have is unknown: while no partner is here, go on.
    if hasAssisters, hasPartner { return nil }
    next += 1
    opening += 1
    return next - 1
  }

  /// An assister was welcomed.
  mutating func assisterWelcomed() -> Verdict {
    if let assistersWanted, assisters >= assistersWanted {
      opening -= 1
      return .dismiss
    }
    assisters += 1
    return .keep
  }

  mutating func partnerWelcomed() -> Verdict {
    if !needsPartner {
      opening -= 1
      return .dismiss
    }
    partners += 1
    return .keep
  }

  mutating func otherWelcomed() { opening -= 1 }

  /// A kept session can be used.
  mutating func ready() { opening -= 1 }

  /// Nil while sessions are being opened; then whether there are enough.
  var isComplete: Bool? {
    if opening > 0 { return nil }
    let hasAssisters = assistersWanted.map { assisters >= $0 } ?? (assisters > 0)
    let hasPartner = !needsPartner || partners > 0
    if next < credentials, assistersWanted == nil || !hasAssisters || !hasPartner { return nil }
    return hasAssisters && hasPartner
  }
}
