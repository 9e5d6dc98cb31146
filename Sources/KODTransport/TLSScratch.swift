internal import COpenSSL

/// The buffers of one loop, allocated once and shared by all TLS sessions of that loop's thread: a
/// session itself keeps nothing but OpenSSL's state, and a partial record while it lasts.
///
/// The output belongs to the session that was driven last: send it, or keep the rest elsewhere, and
/// empty it before another session is driven (checked in debug builds). Not Sendable, which holds
/// it to its thread.
public final class TLSScratch {
  /// A record's plaintext at most (RFC 8446, 5.1).
  public static let maximumRecordBytes = 16_384
  /// Room that a record needs beside its plaintext (5 header, 1 type, 16 tag), and that of a key
  /// update before it.
  static let recordMargin = 256
  /// Room that sealing leaves for handshakes and alerts.
  static let reserveBytes = 16_384

  /// Where the caller lets `Socket.receive` write; any other memory will do as well.
  public let input: UnsafeMutableRawBufferPointer
  let plaintext: UnsafeMutableRawBufferPointer
  // What the BIO's callbacks see. Raw memory at a fixed address, because OpenSSL keeps the pointer;
  // every session holds a reference to this object, so it outlives their use of it.
  let state: UnsafeMutablePointer<COpenSSL_Scratch>
  /// The session whose ciphertext is in the output.
  var owner: OpaquePointer?

  /// - Parameters:
  ///   - inputBytes: read from a socket at once.
  ///   - outputBytes: ciphertext made before it must be sent.
  public init(inputBytes: Int = 64 * 1024, outputBytes: Int = 256 * 1024) {
    precondition(inputBytes > 0 && outputBytes >= 4 * Self.maximumRecordBytes)
    input = .allocate(byteCount: inputBytes, alignment: 64)
    // A full input, a partial record that OpenSSL kept from before, and room for one more record.
    plaintext = .allocate(
      byteCount: inputBytes + 2 * Self.maximumRecordBytes, alignment: 64)
    state = .allocate(capacity: 1)
    let output = UnsafeMutablePointer<UInt8>.allocate(capacity: outputBytes)
    state.initialize(
      to: COpenSSL_Scratch(
        input: nil, inputBytes: 0, output: output, outputStart: 0, outputEnd: 0,
        outputCapacity: outputBytes))
  }

  deinit {
    // Leave no plaintext behind in memory that somebody else gets.
    OPENSSL_cleanse(plaintext.baseAddress, plaintext.count)
    input.deallocate()
    plaintext.deallocate()
    state.pointee.output.deallocate()
    state.deallocate()
  }

  /// Ciphertext to send, of the session driven last. Valid until that or another session is driven.
  public var output: UnsafeRawBufferPointer {
    let scratch = state.pointee
    return UnsafeRawBufferPointer(
      start: scratch.output + scratch.outputStart, count: scratch.outputEnd - scratch.outputStart)
  }

  /// Bytes in ``output``.
  public var outputBytes: Int { state.pointee.outputEnd - state.pointee.outputStart }

  /// Drops the first `count` bytes of ``output``: they are sent, or kept elsewhere.
  public func consumeOutput(_ count: Int) {
    precondition(count >= 0 && count <= outputBytes)
    state.pointee.outputStart += count
    if state.pointee.outputStart == state.pointee.outputEnd { clearOutput() }
  }

  /// Drops all of ``output``.
  public func clearOutput() {
    state.pointee.outputStart = 0
    state.pointee.outputEnd = 0
  }

  /// Room that sealing may use now.
  var sealRoom: Int {
    Int(state.pointee.outputCapacity) - Int(state.pointee.outputEnd) - Self.reserveBytes
  }

  /// Makes the session the owner of the output.
  func drive(_ session: OpaquePointer) {
    assert(
      owner == session || outputBytes == 0,
      "another session's ciphertext is still in the scratch output")
    owner = session
  }

  /// Lends received ciphertext to the BIO for the time of one call.
  func lend(_ ciphertext: UnsafeRawBufferPointer) {
    state.pointee.input = ciphertext.baseAddress?.assumingMemoryBound(to: UInt8.self)
    state.pointee.inputBytes = ciphertext.count
  }

  /// Ends the loan; returns how many bytes OpenSSL did not read.
  @discardableResult
  func takeBack() -> Int {
    let left = state.pointee.inputBytes
    state.pointee.input = nil
    state.pointee.inputBytes = 0
    return left
  }
}
