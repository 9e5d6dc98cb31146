import KODClient
import KODJSON
import KODWire

/// `kod credential`, `kod credential renew`.
enum CredentialCommand {
  static let command = Command(
    description: CommandDescription(
      name: "credential", summary: "whose your token is, and until when it is valid",
      discussion: [
        "A credential may have an end. Commands renew it in time, those that go on for long while they run, and put "
          + "the new token into the file that the old one came from, if that file may be written. "
          + "Where it may not, `kod credential renew --out FILE` makes one for elsewhere."
      ],
      examples: [
        Example(line: "kod credential", meaning: "the token in use"),
        Example(
          line: "kod credential --json | jq .credential.expires_at_us", meaning: "for a monitor"),
      ]),
    subcommands: [renew],
    run: { context in
      try await Connection.with(context, as: "alice") { connection in
        show(Standing(connection), context)
      }
    })

  private static let renew = Command(
    description: CommandDescription(
      name: "credential renew", summary: "make a new token now, and keep it in the token file",
      discussion: [
        "The old token stays valid until its own end. A principal has only so many valid ones at a time; more are "
          + "refused."
      ],
      options: [
        .option(
          "lifetime", "TIME",
          "how long it is to be valid, such as 12h or 30d (default: as long as the server allows)"),
        .option(
          "out", "FILE", "a new file for it, readable by you alone; the token file stays as it is"),
      ],
      examples: [
        Example(line: "kod credential renew", meaning: "a new token in place of the old one"),
        Example(
          line: "kod credential renew --lifetime 1h --out guest.token",
          meaning: "one for an hour, for another computer"),
      ]),
    run: { context in
      let lifetime = try context.invocation.value("lifetime").map(lifetime)
      try await Connection.with(context, as: "alice") { connection in
        var standing = Standing(connection)
        if let out = context.invocation.value("out") {
          try await renew(into: out, lifetime, connection, &standing)
        } else {
          try await renew(lifetime, connection, &standing)
        }
        show(standing, context)
      }
    })

  private static func renew(
    _ lifetime: Duration?, _ connection: Connection, _ standing: inout Standing
  ) async throws {
    guard let file = connection.tokenFile else {
      throw UsageError(
        "\(standing.tokenFile) can't take a new token: it may not be written, or holds more than a token (--out FILE)"
      )
    }
    let renewed = try await ask(lifetime, connection)
    do throws(TokenFileError) {
      try file.keep(renewed)
    } catch {
      throw lost(error)
    }
    standing.expiresAt = renewed.expiresAtUs
  }

  private static func renew(
    into path: String, _ lifetime: Duration?, _ connection: Connection,
    _ standing: inout Standing
  ) async throws {
    // Before one is made: as many as a principal may have are soon reached.
    guard try Files().text(path) == nil else { throw UsageError("\(path) exists already") }
    let renewed = try await ask(lifetime, connection)
    do throws(TokenFileError) {
      try TokenFile.create(path, token: renewed.token)
    } catch {
      throw lost(error)
    }
    standing.expiresAt = renewed.expiresAtUs
    standing.tokenFile = path
    standing.isRenewed = false
  }

  private static func ask(
    _ lifetime: Duration?, _ connection: Connection
  ) async throws(Failure) -> RenewedCredential {
    try await connection.call("the credential") { client throws(ClientError) in
      try await client.renewCredential(lifetime: lifetime)
    }
  }

  private static func lost(_ error: TokenFileError) -> Failure {
    Failure(
      exit: .failed,
      message: "A new token was made, but could not be kept: \(error). The old one stays in use.")
  }

  /// As other durations, and whole days: `30d`.
  static func lifetime(_ text: String) throws(UsageError) -> Duration {
    let wrong = UsageError(
      "--lifetime is a time such as 90m, 12h or 30d, of a second or more; got '\(text)'",
      command: "credential renew")
    let duration: Duration
    if text.hasSuffix("d"), let days = UInt32(text.dropLast()), days <= 36_500 {
      duration = .seconds(Int64(days) * 86_400)
    } else if let parsed = DurationText.parse(text) {
      duration = parsed
    } else {
      throw wrong
    }
    guard duration >= .seconds(1) else { throw wrong }
    return duration
  }

  /// What there is to say of a credential.
  struct Standing: Equatable {
    var principal: String
    var role: Role
    var server: String
    /// Microseconds of the server's clock; 0: no end.
    var expiresAt: Int64
    var now: Int64
    var tokenFile: String
    /// By every command that finds it late.
    var isRenewed: Bool
  }

  private static func show(_ standing: Standing, _ context: Context) {
    context.output.emit(json(standing))
    context.output.say(lines(standing, clock: context.clock))
  }

  static func json(_ standing: Standing) -> JSON {
    [
      "credential": [
        "principal": .string(standing.principal), "role": .string(standing.role.word),
        "expires_at_us": standing.expiresAt == 0 ? .null : .integer(standing.expiresAt),
        "now_us": .integer(standing.now), "token_file": .string(standing.tokenFile),
        "is_renewed": .bool(standing.isRenewed),
      ]
    ]
  }

  static func lines(_ standing: Standing, clock: ClockFace) -> [String] {
    let end =
      standing.expiresAt == 0
      ? "without an end"
      : "until \(clock.dateAndTime(standing.expiresAt)) \(clock.abbreviation(standing.expiresAt))"
        + ", \(left(standing.expiresAt - standing.now))"
    let renewal =
      standing.isRenewed
      ? "by itself, into this file" : "not by itself: `kod credential renew` with --out FILE"
    var lines = [
      "\(standing.principal), \(standing.role.word), at \(standing.server)",
      "  Valid       \(end)", "  Token file  \(standing.tokenFile)",
    ]
    if standing.expiresAt != 0 { lines.append("  Renewed     \(renewal)") }
    return lines.map(TerminalText.safe)
  }

  private static func left(_ microseconds: Int64) -> String {
    let days = microseconds / 86_400_000_000
    return days >= 2
      ? "\(days) days from now" : "\(DurationText.spoken(microseconds: microseconds)) from now"
  }
}

extension CredentialCommand.Standing {
  init(_ connection: Connection) {
    self.init(
      principal: connection.welcome.principal, role: connection.welcome.role,
      server: connection.settings.address,
      expiresAt: connection.welcome.credentialExpiresAtUs,
      now: connection.client.serverTime(), tokenFile: connection.settings.tokenFile,
      isRenewed: connection.tokenFile != nil)
  }
}

/// When a command, which is over in a moment, renews the credential that it came with.
enum CredentialLife {
  /// When a fifth of the longest life that the server gives is left, or up to a tenth more: so that the commands of
  /// many do not renew on the same day.
  ///
  /// - Parameters:
  ///   - expiry: microseconds of the server's clock; 0: no end.
  ///   - longest: milliseconds; 0: not known, and then it is left to commands that run long enough.
  ///   - random: uniform over all 64 bits.
  static func isLate(expiry: Int64, now: Int64, longest: UInt64, random: UInt64) -> Bool {
    guard expiry != 0, longest > 0 else { return false }
    let (left, overflow) = expiry.subtractingReportingOverflow(now)
    guard !overflow, left > 0 else { return expiry <= now }
    let early = random.multipliedFullWidth(by: longest / 10 + 1).high
    return UInt64(left) / 1_000 <= (longest / 5).addingReportingOverflow(early).partialValue
  }
}
