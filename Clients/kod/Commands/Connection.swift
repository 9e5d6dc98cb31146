import KODClient
import KODWire

/// One session for one command: connected, authenticated, and its errors in this program's words.
struct Connection: Sendable {
  let client: KODClient
  let settings: Settings
  let welcome: Welcome
  let clock: ClockFace
  /// Where a renewed token goes; nil: nowhere, and so none is made.
  let tokenFile: TokenFile?

  /// `defaultPrincipal`: whom the development server takes the command from unless `--as` says otherwise.
  static func open(_ context: Context, defaultPrincipal: String) async throws -> Connection {
    let settings = try context.settings(defaultPrincipal: defaultPrincipal)
    let file = TokenFile(path: settings.tokenFile, token: settings.token)
    let tokenFile = file.takesBack ? file : nil
    let client: KODClient
    do throws(ClientError) {
      var configuration = try settings.clientConfiguration()
      if let tokenFile {
        configuration.renewal = CredentialRenewal { try tokenFile.keep($0) }
      }
      client = KODClient(configuration)
    } catch {
      throw UsageError(error.message)
    }
    do throws(ClientError) {
      let welcome = try await client.connect()
      return Connection(
        client: client, settings: settings, welcome: welcome, clock: context.clock,
        tokenFile: tokenFile)
    } catch {
      await client.close()
      throw Failure(error, about: "session", clock: context.clock, server: settings.address)
    }
  }

  /// Opens a session, does the work, and closes the session whatever came of it.
  static func with(
    _ context: Context, as principal: String,
    _ work: @Sendable (Connection) async throws -> Void
  ) async throws {
    let connection = try await open(context, defaultPrincipal: principal)
    do {
      try await work(connection)
    } catch {
      // Who can't reach the server, or is not let in, renews nothing either.
      let failure = error as? Failure
      if failure?.exit != .unreachable, failure?.exit != .notPermitted {
        await connection.renewIfLate()
      }
      await connection.client.close()
      throw error
    }
    await connection.renewIfLate()
    await connection.client.close()
  }

  /// After the command's own work, before which nobody should have to wait. What fails is tried again by the next
  /// command.
  private func renewIfLate() async {
    guard let tokenFile else { return }
    let isLate = CredentialLife.isLate(
      expiry: tokenFile.renewedUntil ?? welcome.credentialExpiresAtUs, now: client.serverTime(),
      longest: welcome.limits?.credentialLifetimeMs ?? 0, random: .random(in: 0...(.max)))
    guard isLate,
      let renewed = try? await client.renewCredential(timeout: min(settings.timeout, .seconds(5)))
    else { return }
    try? tokenFile.keep(renewed)
  }

  /// A call; `about` names what it is about in the words of a failure, such as "offer 12".
  func call<Answer>(
    _ subject: String, _ body: (KODClient) async throws(ClientError) -> Answer
  ) async throws(Failure) -> Answer {
    do {
      return try await body(client)
    } catch {
      // Only who lost a race is told a time.
      let isTimed = (error.status?.takenAtUs ?? 0) > 0
      let clock = isTimed ? await ownClock() : clock
      throw Failure(
        error, about: subject, clock: clock, isZoned: true, server: settings.address)
    }
  }
}

extension Settings {
  func clientConfiguration() throws(ClientError) -> KODClient.Configuration {
    var configuration = KODClient.Configuration(
      host: host, port: port,
      certificateAuthority: try CertificateAuthority(file: certificateAuthority),
      token: try Token(token), clientName: Version.text)
    configuration.defaultTimeout = timeout
    configuration.connectTimeout = timeout
    return configuration
  }
}
