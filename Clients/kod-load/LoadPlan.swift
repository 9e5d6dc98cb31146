import KODTransport
import KODWire

/// What every loop of a run needs to know, the same for all and unchanging.
struct LoadPlan: Sendable {
  /// Of every referral, and of every assister that `roster` makes.
  static let language = "en"
  /// Few ports per source address: past some thousands, connect() searches long for a free one.
  static let sessionsPerSource = 4_000

  let server: Endpoint
  let context: TLSContext
  let credentials: [Credential]
  let mode: RaceBoard.Mode
  /// False: sessions are only held open.
  let racesReferrals: Bool
  let referralsInFlight: Int
  /// Handshakes at once, of one loop.
  let connectWindow: Int
  let closesWonReferrals: Bool
  let county: UInt32?
  let witness: WitnessFile?
  /// Makes the references and idempotency keys of this run different from any other's.
  let runIdentity: UInt64

  /// Of the loop's nth connection; nil: the system chooses. Only loopback has addresses to spare.
  func source(loop: Int, connection: Int) -> String? {
    guard server.host.hasPrefix("127."), credentials.count > Self.sessionsPerSource else {
      return nil
    }
    return "127.1.\(1 + loop % 250).\(1 + connection / Self.sessionsPerSource)"
  }

  /// Made-up people of all counties in turn.
  func submission(number: UInt64) -> SubmitReferralRequest {
    var key = [UInt8](repeating: 0, count: 16)
    withUnsafeBytes(of: runIdentity.bigEndian) { key.replaceSubrange(0..<8, with: $0) }
    withUnsafeBytes(of: number.bigEndian) { key.replaceSubrange(8..<16, with: $0) }
    return SubmitReferralRequest(
      idempotencyKey: key, partnerReference: "load-\(runIdentity)-\(number)", helpType: .both,
      language: Self.language, county: county ?? 21001 + 2 * UInt32(number % 120),
      contact: Contact(name: "Load Test", phone: "+15025550100", notes: ""))
  }
}
