import Foundation
import KODJSON
import KODTransport

/// What all cases of a run share.
final class RunContext: Sendable {
  let folder: CaseFolder
  /// A text that no other run uses: letters and digits.
  let run: String
  let server: ServerTarget?
  /// The client's program and its arguments.
  let command: [String]
  private let languages = Locked(0)

  init(folder: CaseFolder, server: ServerTarget? = nil, command: [String] = []) {
    self.folder = folder
    self.server = server
    self.command = command
    let letters = Array("abcdefghijklmnopqrstuvwxyz0123456789")
    run = String((0..<8).map { _ in letters[Int.random(in: 0..<letters.count)] })
  }

  /// A language tag that no other case uses, neither of this run nor of another. Nobody else's
  /// language is the beginning of it, so that only the assisters of the case are asked.
  func nextLanguage() -> String {
    let number = languages.withLock { count in
      count += 1
      return count
    }
    return "qkc-\(run)-\(number)"
  }
}

/// The server that is tested.
struct ServerTarget: Sendable {
  let endpoint: Endpoint
  /// What its certificate must be for.
  let serverName: String
  let authority: TLSContext.PEM
  /// Holds `NAME.token` of each principal.
  let credentials: String
  /// The token of every principal, by name.
  let tokens: JSON
  let context: TLSContext

  init(
    endpoint: Endpoint, serverName: String? = nil, authority: TLSContext.PEM, credentials: String
  ) throws(TransportError) {
    self.endpoint = endpoint
    self.serverName = serverName ?? endpoint.host
    self.authority = authority
    self.credentials = credentials
    let files = (try? FileManager.default.contentsOfDirectory(atPath: credentials)) ?? []
    tokens = .object(
      files.sorted().filter { $0.hasSuffix(".token") }.compactMap { file in
        let name = String(file.dropLast(".token".count))
        return (try? Self.token(name, credentials)).map {
          JSON.Member(key: name, value: .string($0))
        }
      })
    context = try .client(certificateAuthority: authority)
  }

  /// The token of a principal.
  func token(of name: String) throws(ValueError) -> String { try Self.token(name, credentials) }

  private static func token(_ name: String, _ credentials: String) throws(ValueError) -> String {
    let path = "\(credentials)/\(name).token"
    guard let text = try? String(contentsOfFile: path, encoding: .utf8),
      let line = text.split(whereSeparator: \.isWhitespace).first
    else { throw ValueError("there is no token in \(path)") }
    return String(line)
  }
}
