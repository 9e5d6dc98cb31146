internal import KODTransport
internal import KODWire

/// One TCP connection: the socket, its TLS, its session, and the bytes on their way in and out. Lives in its loop's
/// slab and never moves; only the loop's thread touches it.
struct Connection: ~Copyable {
  let id: ConnectionID
  let descriptor: Int32
  var tls: TLSSession
  var session: Session

  /// The start of a frame whose rest has not come.
  var partialFrame: [UInt8] = []
  /// Frames to be sealed and sent at the end of the tick.
  var output: [UInt8] = []
  /// Sealed bytes that the socket would not take.
  var unsent: [UInt8] = []
  var unsentStart = 0
  /// Stream items that come while bytes wait, so that those that are of no use any more can be left out.
  var queue = PushQueue()

  /// Listed for the end of the tick.
  var isDirty = false
  /// Sealed bytes or stream items wait; epoll tells when the socket takes bytes again. While it is false the queue is
  /// empty, and what comes goes straight to the output.
  var awaitsWritable = false
  /// Over the high-water mark: nothing is read until the client has read (backpressure).
  var isReadingPaused = false
  /// GOING_AWAY is on its way out: close once it has left. What still comes in is read and dropped, because closing a
  /// socket with unread bytes would take the farewell back (RFC 1122, 4.2.2.13).
  var closesWhenSent = false
  /// The socket is closed; the slot is given up at the end of the turn.
  var isFinished = false
  /// Monotonic milliseconds at which the loop's timer for it fires.
  var timerAt: Int64 = .max
  var timer: TimerHandle?

  init(
    id: ConnectionID, descriptor: Int32, tls: consuming TLSSession, session: consuming Session
  ) {
    self.id = id
    self.descriptor = descriptor
    self.tls = tls
    self.session = session
  }

  var unsentBytes: Int { unsent.count - unsentStart }

  /// Keeps sealed bytes for when the socket is writable again.
  mutating func keepUnsent(_ bytes: UnsafeRawBufferPointer) {
    if unsentStart > 0 {
      unsent.removeFirst(unsentStart)
      unsentStart = 0
    }
    unsent.append(contentsOf: bytes)
  }

  /// The unsent bytes, for the time of the call.
  func withUnsent<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
    unsent.withUnsafeBytes { body(UnsafeRawBufferPointer(rebasing: $0[unsentStart...])) }
  }

  /// So many of the unsent bytes have left.
  mutating func unsentLeft(_ count: Int) {
    unsentStart += count
    if unsentStart == unsent.count {
      unsent = []
      unsentStart = 0
    }
  }
}
