import Foundation
import KODTransport
import KODWire

/// One connection of a case, of either role. It never waits for input: whoever owns it says when its
/// descriptor is readable. Output is written at once; a peer that does not read stops it after five
/// seconds.
final class Peer {
  enum Phase: Equatable {
    /// Plain TCP: bytes go and come as they are.
    case raw
    case handshaking
    case established
    /// Why, and whether it was the other side that refused.
    case handshakeFailed(String, byPeer: Bool)
  }

  let name: String
  private(set) var descriptor: Int32
  private(set) var phase = Phase.raw
  /// Frames that came and that no step took yet.
  var frames: [Frame] = []
  private(set) var end: ConnectionEnd?
  /// A step has taken the end already.
  var endIsTaken = false
  /// This side closed it.
  private(set) var isClosed = false
  /// PINGs are answered as they come.
  var answersPings = true
  /// Hears of every frame that comes.
  var observe: (Frame) -> Void = { _ in }
  /// The PINGs that were answered.
  var sawPing: (Frame, _ answered: Bool) -> Void = { _, _ in }

  private let scratch: TLSScratch
  private var session: TLSSession?
  private var received: [UInt8] = []

  /// - Parameters:
  ///   - descriptor: connected or connecting; this object closes it.
  ///   - scratch: shared by all connections of one thread.
  init(_ name: String, descriptor: Int32, scratch: TLSScratch) {
    self.name = name
    self.descriptor = descriptor
    self.scratch = scratch
  }

  deinit { if descriptor >= 0 { Socket.close(descriptor) } }

  var isOpen: Bool { descriptor >= 0 && end == nil }

  /// Begins TLS as a client (with the server's name) or as a server (without).
  func startTLS(_ context: TLSContext, serverName: String?) throws(TransportError) {
    session = try TLSSession(context, scratch: scratch, serverName: serverName)
    phase = .handshaking
    guard serverName != nil, let progress = session?.start() else { return }
    flush()
    follow(progress)
  }

  // MARK: Receiving

  /// Takes all that has arrived.
  func read() {
    while descriptor >= 0, end == nil {
      switch Socket.receive(descriptor, into: scratch.input) {
      case .bytes(let count): take(UnsafeRawBufferPointer(rebasing: scratch.input[..<count]))
      case .wouldBlock: return
      case .closed: finish(.cut, "the connection ended", byPeer: true)
      case .failed(let number):
        let reason = String(cString: strerror(number))
        finish(number == ECONNRESET ? .cut : .failed(reason), reason, byPeer: true)
      }
    }
  }

  private func finish(_ end: ConnectionEnd, _ reason: String, byPeer: Bool) {
    self.end = end
    if phase == .handshaking { phase = .handshakeFailed(reason, byPeer: byPeer) }
  }

  private func take(_ bytes: UnsafeRawBufferPointer) {
    if session == nil {
      received.append(contentsOf: bytes)
      return
    }
    var plaintext: [UInt8] = []
    let progress = session!.receive(bytes) { plaintext.append(contentsOf: $0) }
    flush()
    received.append(contentsOf: plaintext)
    cutFrames()
    follow(progress)
  }

  private func follow(_ progress: TLSProgress) {
    switch progress {
    case .handshaking: break
    case .established: if phase == .handshaking { phase = .established }
    case .closed: finish(.clean, "close_notify", byPeer: true)
    case .failed(let failure):
      let isOwn =
        failure.kind == .certificateRefused || failure.kind == .protocolViolation
        || failure.reason.hasPrefix("the server does not speak")
      finish(.failed(failure.reason), failure.reason, byPeer: !isOwn)
    }
  }

  private func cutFrames() {
    var start = 0
    defer { if start > 0 { received.removeFirst(start) } }
    while end == nil {
      let step = received[start...].withUnsafeBytes {
        FrameDecoder.next(
          in: $0.bytes, maximumPayloadBytes: FrameLimits.maximumPayloadBytes)
      }
      switch step {
      case .needMore: return
      case .tooLarge(let header):
        finish(
          .failed("a frame of \(header.payloadBytes) bytes, more than is allowed"), "too long",
          byPeer: false)
      case .frame(let header):
        let payload = Array(received[(start + FrameHeader.byteCount)..<(start + header.frameBytes)])
        start += header.frameBytes
        arrive(Frame(header: header, payload: payload))
      }
    }
  }

  private func arrive(_ frame: Frame) {
    if frame.header.frameType == .ping, answersPings {
      sawPing(frame, true)
      send(Self.frame(type: UInt8(FrameType.pong.rawValue), payload: frame.payload))
      return
    }
    observe(frame)
    frames.append(frame)
  }

  /// Answers and drops the PINGs at the head of the queue.
  func answerWaitingPings() {
    while let first = frames.first, first.header.frameType == .ping {
      frames.removeFirst()
      sawPing(first, true)
      send(Self.frame(type: UInt8(FrameType.pong.rawValue), payload: first.payload))
    }
  }

  // MARK: Sending

  /// The bytes of a frame; `length` stands in the header in place of the true one.
  static func frame(
    type: UInt8, flags: UInt8 = 0, method: UInt16 = 0, call: UInt32 = 0, timeout: UInt32 = 0,
    length: UInt32? = nil, payload: [UInt8] = []
  ) -> [UInt8] {
    var header = FrameHeader(
      payloadBytes: length ?? UInt32(payload.count), type: .hello, flags: flags, method: method,
      call: call, timeoutMilliseconds: timeout)
    header.type = type
    var writer = ByteWriter()
    header.encode(to: &writer)
    return writer.bytes + payload
  }

  /// Sends all bytes, `piece` of them a TLS record at most. What the other side no longer takes is
  /// dropped: that it is gone shows when the end is read.
  func send(_ bytes: [UInt8], piece: Int? = nil) {
    guard descriptor >= 0 else { return }
    var rest = bytes[...]
    while !rest.isEmpty {
      let part = rest.prefix(piece ?? rest.count)
      rest = rest.dropFirst(part.count)
      var sent = 0
      while sent < part.count {
        let count = part.withUnsafeBytes { seal(UnsafeRawBufferPointer(rebasing: $0[sent...])) }
        guard count > 0, flush() else { return }
        sent += count
      }
    }
  }

  /// Puts bytes into the scratch output, or on the wire when there is no TLS; returns how many.
  private func seal(_ bytes: UnsafeRawBufferPointer) -> Int {
    if session == nil { return write(bytes) ? bytes.count : 0 }
    return (try? session!.seal(bytes)) ?? 0
  }

  @discardableResult
  private func flush() -> Bool {
    guard scratch.outputBytes > 0 else { return true }
    let isWritten = write(scratch.output)
    scratch.clearOutput()
    return isWritten
  }

  private func write(_ bytes: UnsafeRawBufferPointer) -> Bool {
    var rest = bytes
    while !rest.isEmpty {
      guard descriptor >= 0 else { return false }
      switch Socket.send(descriptor, rest) {
      case .bytes(let count): rest = UnsafeRawBufferPointer(rebasing: rest[count...])
      case .wouldBlock:
        var waiting = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        guard poll(&waiting, 1, 5_000) > 0 else { return false }
      case .closed, .failed: return false
      }
    }
    return true
  }

  // MARK: Closing

  /// Whether the other side ends the TCP connection within so many milliseconds, whatever it sends
  /// before.
  func endsTCP(withinMilliseconds milliseconds: Int) -> Bool {
    let deadline = ContinuousClock.now + .milliseconds(milliseconds)
    while descriptor >= 0 {
      switch Socket.receive(descriptor, into: scratch.input) {
      case .bytes: continue
      case .closed, .failed: return true
      case .wouldBlock:
        let left = (deadline - .now).milliseconds
        guard left > 0 else { return false }
        var waiting = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        _ = poll(&waiting, 1, Int32(clamping: left))
      }
    }
    return true
  }

  /// close_notify, then the end of the sending half: what the other side still says can be read.
  func close() {
    session?.close()
    flush()
    if descriptor >= 0 { Socket.finishSending(descriptor) }
    isClosed = true
  }

  /// TCP at once.
  func cut() {
    if descriptor >= 0 { Socket.close(descriptor) }
    descriptor = -1
    isClosed = true
    if end == nil { end = .cut }
  }
}

extension Duration {
  /// Rounded up, so that a wait for it does not end before it is over.
  var milliseconds: Int64 {
    let (seconds, attoseconds) = components
    return seconds * 1_000 + (attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000
  }
}
