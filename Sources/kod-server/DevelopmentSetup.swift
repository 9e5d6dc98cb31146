internal import Glibc
internal import KODEngine
internal import KODServer
internal import KODTransport

/// What `--dev` makes, once: a certificate authority of its own, a certificate for loopback, the demo principals and
/// their tokens. All below `DIR/dev`, readable by the owner only.
struct DevelopmentSetup {
  private let directory: String

  init(dataDirectory: String) throws {
    directory = dataDirectory + "/dev"
    if mkdir(directory, 0o700) != 0, errno != EEXIST { throw FileError("make", directory) }
    // The server's certificate is written last: without it, whatever a crash left behind goes first.
    if access("\(directory)/server.pem", F_OK) != 0 {
      for name in ["ca.pem", "ca-key.pem", "server-key.pem"] { unlink("\(directory)/\(name)") }
      _ = try DevelopmentAuthority.make(in: directory)
    }
  }

  func serverContext() throws -> TLSContext {
    try .server(
      certificateChain: .file("\(directory)/server.pem"),
      privateKey: .file("\(directory)/server-key.pem"))
  }

  /// The token file comes first, the principal second: a crash between them is mended by the next start.
  func createPrincipals(in state: DurableEngine) throws {
    let files = try CredentialFiles(directory: directory)
    var outlooks = Outlooks()
    for demo in DemoPrincipal.all where state.engine.principal(named: demo.name) == nil {
      let token = try files.read(demo.name) ?? Token.generate()
      try files.write(token, for: demo.name)
      try state.create(
        name: demo.name, role: demo.role, token: token, assister: demo.assister, &outlooks)
    }
    try state.commit()
  }

  /// Where the server of this directory listens, for clients that are given no address.
  func announce(_ address: String) throws {
    try replaceFile("\(directory)/server", with: address + "\n", mode: 0o600)
  }

  func withdrawAnnouncement() { unlink("\(directory)/server") }
}

extension DurableEngine {
  /// Creates a principal and registers it if it is an assister. Staged, not committed.
  func create(
    name: String, role: Role, token: Token, expiresAt: Instant? = nil, capacity: UInt32? = nil,
    assister: NewAssister?, _ outlooks: inout Outlooks
  ) throws {
    let (credential, digest) = Token.fingerprint(token.text)
    let principal = NewPrincipal(
      name: name, role: role, credential: credential, tokenDigest: digest, capacity: capacity,
      credentialExpiresAt: expiresAt)
    guard case .success(.principal(let id)) = try perform(.createPrincipal(principal), at: .now())
    else { throw StartError("principal '\(name)' exists") }
    guard let assister else { return }
    _ = try perform(.register(id, assister.registration), at: .now())
    guard let change = assister.change(at: .now(), &outlooks) else { return }
    guard case .success = try perform(.saveProfile(id, change), at: .now()) else {
      throw StartError("contact or time zone of '\(name)' can't be saved")
    }
  }
}
