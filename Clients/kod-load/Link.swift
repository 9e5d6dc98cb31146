import Glibc
import KODTransport

/// One TLS connection of a loop: socket, TLS state, and the ciphertext that the kernel would not
/// take yet.
struct Link: ~Copyable {
  enum Progress {
    case going
    /// TLS is up since this very step.
    case connected
    case ended(String)
    /// It never came up.
    case refused(String)
  }

  let descriptor: Int32
  private var tls: TLSSession
  private var hasConnected = false
  private var isEstablished = false
  /// Ciphertext that waits for the socket to be writable.
  private var unsent: [UInt8] = []
  private var unsentStart = 0

  /// Starts to connect; the socket is writable when it is done.
  init(
    to server: Endpoint, from source: String?, _ context: TLSContext, _ scratch: TLSScratch
  ) throws(TransportError) {
    let session = try TLSSession(context, scratch: scratch, serverName: server.host)
    let connection = try Socket.connect(host: server.host, port: server.port, from: source)
    tls = session
    descriptor = connection
  }

  var isBlocked: Bool { unsentStart < unsent.count }

  /// The socket is ready to be written to.
  mutating func writable(_ scratch: TLSScratch) -> Progress {
    if !hasConnected {
      if let error = Socket.finishConnect(descriptor) { return .refused(error.text) }
      hasConnected = true
      _ = tls.start()
      return send(scratch)
    }
    while isBlocked {
      let rest = unsent.withUnsafeBytes { bytes in
        Socket.send(descriptor, UnsafeRawBufferPointer(rebasing: bytes[unsentStart...]))
      }
      switch rest {
      case .bytes(let count): unsentStart += count
      case .wouldBlock: return .going
      case .closed: return .ended("the connection was closed")
      case .failed(let number): return .ended(Self.text(number))
      }
    }
    unsent.removeAll(keepingCapacity: true)
    unsentStart = 0
    return .going
  }

  /// Reads once and hands out the plaintext in pieces.
  mutating func readable(
    _ scratch: TLSScratch, _ plaintext: (UnsafeRawBufferPointer) -> Void
  ) -> Progress {
    switch Socket.receive(descriptor, into: scratch.input) {
    case .bytes(let count):
      let ciphertext = UnsafeRawBufferPointer(rebasing: scratch.input[..<count])
      let progress = tls.receive(ciphertext, plaintext)
      let sent = send(scratch)
      switch progress {
      case .handshaking: return sent
      case .established:
        guard !isEstablished else { return sent }
        isEstablished = true
        if case .going = sent { return .connected }
        return sent
      case .closed: return .ended("the server closed the connection")
      case .failed(let failure):
        return isEstablished ? .ended(failure.reason) : .refused("TLS: \(failure.reason)")
      }
    case .wouldBlock: return .going
    case .closed:
      return isEstablished
        ? .ended("the connection was closed") : .refused("the connection was closed")
    case .failed(let number):
      return isEstablished ? .ended(Self.text(number)) : .refused(Self.text(number))
    }
  }

  /// Encrypts and sends; returns how many bytes were taken: none while earlier ones wait.
  mutating func write(
    _ plaintext: UnsafeRawBufferPointer, _ scratch: TLSScratch
  ) -> (taken: Int, progress: Progress) {
    var taken = 0
    while taken < plaintext.count, !isBlocked {
      let rest = UnsafeRawBufferPointer(rebasing: plaintext[taken...])
      do {
        taken += try tls.seal(rest)
      } catch {
        return (taken, .ended(error.reason))
      }
      let progress = send(scratch)
      if case .going = progress { continue }
      return (taken, progress)
    }
    return (taken, .going)
  }

  /// Says goodbye as far as the socket takes it, and closes.
  mutating func close(_ scratch: TLSScratch) {
    if isEstablished, !isBlocked {
      tls.close()
      _ = send(scratch)
    }
    Socket.close(descriptor)
  }

  /// Sends what TLS has made; keeps what the socket does not take.
  private mutating func send(_ scratch: TLSScratch) -> Progress {
    defer { scratch.clearOutput() }
    if isBlocked {
      unsent.append(contentsOf: scratch.output)
      return .going
    }
    while scratch.outputBytes > 0 {
      switch Socket.send(descriptor, scratch.output) {
      case .bytes(let count): scratch.consumeOutput(count)
      case .wouldBlock:
        unsent = Array(scratch.output)
        unsentStart = 0
        return .going
      case .closed: return .ended("the connection was closed")
      case .failed(let number): return .ended(Self.text(number))
      }
    }
    return .going
  }

  private static func text(_ number: Int32) -> String { String(cString: strerror(number)) }
}
