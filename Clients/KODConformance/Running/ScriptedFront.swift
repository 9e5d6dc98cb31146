import Foundation
import KODTransport

/// The front of the scripted server: a listener and the certificates that it shows.
final class ScriptedFront {
  let listener: Int32
  let port: UInt16
  /// What the client is told to trust.
  let authorityFile: String
  private let folder: String
  private let own: DevelopmentAuthority.Material
  private let stranger: DevelopmentAuthority.Material
  private let otherName: DevelopmentAuthority.Material

  init() throws {
    own = try DevelopmentAuthority.make()
    stranger = try DevelopmentAuthority.make()
    // Of an authority that is trusted, for a host that is not this one.
    otherName = try DevelopmentAuthority.make(only: ["elsewhere.example", "192.0.2.1"])
    folder =
      FileManager.default.temporaryDirectory
      .appending(path: "kod-conformance-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(
      atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    authorityFile = folder + "/ca.pem"
    try Data(own.authorityCertificate + otherName.authorityCertificate)
      .write(to: URL(filePath: authorityFile))
    listener = try Socket.listen(host: "127.0.0.1", port: 0, backlog: 16)
    port = try Socket.localPort(of: listener)
  }

  deinit {
    Socket.close(listener)
    try? FileManager.default.removeItem(atPath: folder)
  }

  /// - Parameters:
  ///   - certificate: `stranger`, `other-name`, or nil for the right one.
  ///   - choosesProtocol: false: no ALPN protocol is chosen.
  ///   - speaksTLS12: and nothing newer.
  func context(
    _ certificate: String?, choosesProtocol: Bool, speaksTLS12: Bool = false
  ) throws -> TLSContext {
    let material: DevelopmentAuthority.Material
    switch certificate {
    case nil: material = own
    case "stranger": material = stranger
    case "other-name": material = otherName
    case let other?: throw ValueError("there is no certificate '\(other)'")
    }
    let chain = TLSContext.PEM.bytes(material.serverCertificate)
    let key = TLSContext.PEM.bytes(material.serverKey)
    return try .serverProbe(
      certificateChain: chain, privateKey: key, choosesProtocol: choosesProtocol,
      speaksTLS12: speaksTLS12)
  }
}
