internal import KODWire

extension KODClient {
  /// Whom to talk to, as whom, and how patiently.
  public struct Configuration: Sendable {
    /// A host name or a numeric address; also what the server's certificate must name.
    public var host: String
    /// What the server's certificate must name, where that is not `host`; nil: `host`.
    public var serverName: String?
    public var port: UInt16
    /// Who vouches for the server's certificate.
    public var certificateAuthority: CertificateAuthority
    /// Who is calling.
    public var token: Token
    /// Name and version of this program, for the operator's log; cut to 64 bytes, without control
    /// characters.
    public var clientName: String
    /// Waits between attempts to connect.
    public var backoff: Backoff
    /// How long a call waits for its answer if it does not say.
    public var defaultTimeout: Duration
    /// How long one attempt to connect may take, from the host's name to WELCOME.
    public var connectTimeout: Duration
    /// How many events of a subscription wait for their reader before the client stops the stream
    /// (see `Subscription`).
    public var subscriptionBufferEvents: Int
    /// How the credential is kept valid. Nil: not at all; when it ends, the server sends the client
    /// away for good, `CREDENTIAL_EXPIRED`.
    public var renewal: CredentialRenewal?
    /// Hears, in order, what becomes of the connection. Runs on the client's own thread: it must
    /// return at once.
    public var connectionChanged: (@Sendable (ConnectionEvent) -> Void)?

    public init(
      host: String, port: UInt16, certificateAuthority: CertificateAuthority, token: Token,
      clientName: String = "KODClient", backoff: Backoff = Backoff(),
      defaultTimeout: Duration = .seconds(10), connectTimeout: Duration = .seconds(10),
      subscriptionBufferEvents: Int = 1_024
    ) {
      self.host = host
      self.port = port
      self.certificateAuthority = certificateAuthority
      self.token = token
      self.clientName = clientName
      self.backoff = backoff
      self.defaultTimeout = defaultTimeout
      self.connectTimeout = connectTimeout
      self.subscriptionBufferEvents = subscriptionBufferEvents
    }

    /// Settings from the files that an operator hands out.
    ///
    /// - Parameters:
    ///   - address: `HOST:PORT`, `[::1]:PORT` for IPv6.
    ///   - certificateAuthorityFile: PEM.
    ///   - tokenFile: one line, the token.
    /// - Throws: `INVALID_ARGUMENT` for an address or a file that can't be used; the message names
    ///   the file, never the token.
    public init(
      address: String, certificateAuthorityFile: String, tokenFile: String,
      clientName: String = "KODClient"
    ) throws(ClientError) {
      let (host, port) = try Self.split(address: address)
      self.init(
        host: host, port: port,
        certificateAuthority: try CertificateAuthority(file: certificateAuthorityFile),
        token: try Token(file: tokenFile), clientName: clientName)
    }

    /// Splits `HOST:PORT`.
    ///
    /// - Throws: `INVALID_ARGUMENT` when it is anything else.
    public static func split(
      address: String
    ) throws(ClientError) -> (host: String, port: UInt16) {
      guard let colon = address.lastIndex(of: ":"),
        let port = UInt16(address[address.index(after: colon)...]), port > 0
      else { throw .invalid("'\(address)' is not HOST:PORT") }
      var host = address[..<colon]
      if host.hasPrefix("["), host.hasSuffix("]") {
        host = host.dropFirst().dropLast()
      } else if host.contains(":") {
        throw .invalid("'\(address)': write an IPv6 address in brackets, [::1]:7443")
      }
      guard !host.isEmpty else { throw .invalid("'\(address)' names no host") }
      return (String(host), port)
    }

    func hello(_ token: Token) -> Hello {
      var name = String(
        clientName.unicodeScalars.filter { $0.properties.generalCategory != .control })
      while name.utf8.count > 64 { name.removeLast() }
      return Hello(
        minimumVersion: ProtocolVersion.supported.lowerBound,
        maximumVersion: ProtocolVersion.supported.upperBound, token: token.text, client: name)
    }
  }
}

/// The certificates that a server's certificate must lead to, in PEM.
public struct CertificateAuthority: Sendable, Equatable {
  let pem: [UInt8]

  public init(pem: [UInt8]) { self.pem = pem }

  /// - Throws: `INVALID_ARGUMENT` when the file can't be read or holds no certificate.
  public init(file path: String) throws(ClientError) {
    let pem = try SmallFile.read(path, maximumBytes: 1 << 20)
    guard String(decoding: pem, as: UTF8.self).contains("-----BEGIN CERTIFICATE-----") else {
      throw .invalid("\(path): no PEM certificate in it")
    }
    self.init(pem: pem)
  }
}

/// What proves who is calling. Prints as `<token>`, so that it stays out of logs.
public struct Token: Sendable, Equatable, CustomStringConvertible, CustomDebugStringConvertible,
  CustomReflectable
{
  /// The secret itself: for the file or key store that only its owner reads, and for nothing else.
  public let text: String

  /// The longest token that still fits a HELLO.
  static var maximumBytes: Int { 1_024 }

  /// - Throws: `INVALID_ARGUMENT` unless it is 1 to 1,024 visible ASCII characters.
  public init(_ text: String) throws(ClientError) {
    guard !text.isEmpty else { throw .invalid("the token is empty") }
    guard text.utf8.count <= Self.maximumBytes else {
      throw .invalid("the token is longer than \(Self.maximumBytes) bytes")
    }
    guard text.utf8.allSatisfy({ (0x21...0x7e).contains($0) }) else {
      throw .invalid("the token holds something else than visible ASCII characters")
    }
    self.text = text
  }

  /// Reads a file whose only line is the token.
  ///
  /// - Throws: `INVALID_ARGUMENT`, naming the file, never the token.
  public init(file path: String) throws(ClientError) {
    var bytes = try SmallFile.read(path, maximumBytes: Self.maximumBytes + 2)[...]
    if bytes.last == UInt8(ascii: "\n") { bytes = bytes.dropLast() }
    if bytes.last == UInt8(ascii: "\r") { bytes = bytes.dropLast() }
    guard !bytes.contains(UInt8(ascii: "\n")) else {
      throw .invalid("\(path): a token file is one line")
    }
    do {
      try self.init(String(decoding: bytes, as: UTF8.self))
    } catch {
      throw .invalid("\(path): \(error.message)")
    }
  }

  public var description: String { "<token>" }
  public var debugDescription: String { description }
  public var customMirror: Mirror { Mirror(self, children: []) }
}
