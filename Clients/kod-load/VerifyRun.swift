import Foundation
import KODClient
import KODWire

/// `verify`: asks the server about every accept of a witness file.
enum VerifyRun {
  /// Questions at once.
  private static let window = 32

  static func run(_ options: Options, arguments: [String]) async throws(UsageError) -> Report {
    let path = options.witness ?? ""
    guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
      throw UsageError(message: "--witness: \(path) can't be read")
    }
    let testimony = try Testimony(reading: text)
    let credentials = try Credential.load(directory: options.credentials)
    var report = Report.begin(options, arguments: arguments)
    var log = ViolationLog()
    for violation in testimony.violations { log.append(violation) }
    var outcome = Outcome.completed
    do throws(ClientError) {
      let clients = try await connect(options, credentials)
      defer { for client in clients { Task { await client.close() } } }
      for violation in try await judge(testimony.accepts, clients) { log.append(violation) }
    } catch {
      outcome = Self.outcome(of: error)
    }
    report.checks = Report.Checks(log)
    report.conclude(
      outcome, status: outcome.exitStatus(violations: log.total, toleratesLoss: false))
    report.add("acknowledged accepts in the file", Double(testimony.lines), "")
    report.add("referrals", Double(testimony.accepts.count), "")
    report.add(
      "lost or changed winners", Double(log.byKind[.holderDiffers] ?? 0), "")
    report.add("referrals with two winners", Double(log.byKind[.twoWinners] ?? 0), "")
    if testimony.hasTornTail {
      report.notes.append("the last line of the file is cut off, and was left out")
    }
    return report
  }

  static func outcome(of error: ClientError) -> Outcome {
    switch error.code {
    case .unauthenticated, .permissionDenied: .notPermitted("\(error)")
    case .unavailable, .deadlineExceeded: .unreachable("\(error)")
    case .invalidArgument: .usage("\(error)")
    default: .failed("\(error)")
    }
  }

  /// A client for each intake partner among the credentials: a referral is shown to its own partner
  /// only.
  private static func connect(
    _ options: Options, _ credentials: [Credential]
  ) async throws(ClientError) -> [KODClient] {
    let authority = try CertificateAuthority(file: options.certificateAuthority)
    var clients: [KODClient] = []
    for credential in credentials {
      // Those come first: the first other one ends the search once there is a partner.
      if !clients.isEmpty, !credential.looksLikePartner { break }
      let (host, port) = try KODClient.Configuration.split(address: options.server)
      let client = KODClient(
        KODClient.Configuration(
          host: host, port: port, certificateAuthority: authority,
          token: try Token(credential.token), clientName: "kod-load/1",
          defaultTimeout: .seconds(options.patienceSeconds),
          connectTimeout: .seconds(options.patienceSeconds)))
      let welcome = try await client.connect()
      if welcome.role == .intakePartner || welcome.role == .supervisor {
        clients.append(client)
      } else {
        await client.close()
      }
    }
    guard !clients.isEmpty else {
      throw ClientError(
        code: .invalidArgument, message: "no intake partner among the credentials")
    }
    return clients
  }

  private static func judge(
    _ accepts: [AcknowledgedAccept], _ clients: [KODClient]
  ) async throws(ClientError) -> [Violation] {
    var violations: [Violation] = []
    var start = 0
    while start < accepts.count {
      let batch = accepts[start..<min(start + window, accepts.count)]
      start += batch.count
      let answers = await withTaskGroup(
        of: (AcknowledgedAccept, Result<Testimony.Present, ClientError>).self
      ) { group in
        for accept in batch {
          group.addTask { (accept, await ask(about: accept.referral, clients)) }
        }
        var answers: [(AcknowledgedAccept, Result<Testimony.Present, ClientError>)] = []
        for await answer in group { answers.append(answer) }
        return answers
      }
      for (accept, answer) in answers {
        if let violation = Testimony.judge(accept, against: try answer.get()) {
          violations.append(violation)
        }
      }
    }
    return violations.sorted { $0.referral < $1.referral }
  }

  private static func ask(
    about referral: UInt64, _ clients: [KODClient]
  ) async -> Result<Testimony.Present, ClientError> {
    for client in clients {
      do throws(ClientError) {
        return .success(present(try await client.referral(referral)))
      } catch {
        if error.code != .notFound { return .failure(error) }
      }
    }
    return .success(.unknown)
  }

  private static func present(_ referral: Referral) -> Testimony.Present {
    let state: Testimony.HeldState? =
      switch referral.state {
      case .referralAssigned: .assigned
      case .referralContacted: .contacted
      case .referralClosed: .closed
      default: nil
      }
    guard let state else { return .otherwise(referral.state.name) }
    return .held(by: referral.holder, state: state)
  }
}
