internal import Glibc
internal import KODEngine
public import KODTransport
internal import Synchronization

/// How the server is to run. Everything else is in the data directory.
public struct ServerConfiguration: Sendable {
  public var host: String
  /// 0: any free one.
  public var port: UInt16
  /// I/O loops, each a thread with a listener of its own.
  public var loops: Int
  public var limits: Limits

  public init(host: String, port: UInt16, loops: Int, limits: Limits = Limits()) {
    self.host = host
    self.port = port
    self.loops = loops
    self.limits = limits
  }
}

/// The running server: I/O loops, the writer, and the mailboxes between them.
public final class Server {
  public let port: UInt16
  private let loops: [(mailbox: Mailbox<LoopMessage>, thread: OSThread)]
  private let writerMailbox: Mailbox<WriterMessage>
  private let writer: OSThread
  private let facts: ServerFacts
  private let log: Log

  /// Serves when it returns: connections are accepted.
  ///
  /// - Parameter state: an opened data directory; the writer takes it over.
  /// - Throws: `StartError` when the address can't be listened on.
  public init(
    _ configuration: ServerConfiguration, tls: TLSContext, state: sending DurableEngine, log: Log
  ) throws(StartError) {
    self.log = log
    ProcessSettings.ignoreSIGPIPE()
    let descriptorLimit = ProcessSettings.raiseDescriptorLimit()
    let descriptors = descriptorLimit - configuration.limits.reservedDescriptors
    guard descriptors >= configuration.loops else {
      throw StartError(
        "\(descriptorLimit) file descriptors (ulimit -n) leave none for sessions; at least "
          + "\(configuration.limits.reservedDescriptors + configuration.loops) are needed")
    }
    let facts = ServerFacts(startedAt: Tick.now().instant, streamEpoch: state.streamEpoch)
    self.facts = facts
    let (listeners, port) = try Server.listen(configuration)
    self.port = port

    do {
      try state.commit()
      // What was pushed until here belongs to the past: a subscription that begins later has it in its position.
      _ = state.takePushes()
      _ = state.takeNotices()
      let writerWaker = try Waker()
      let writerMailbox = Mailbox<WriterMessage>(waker: writerWaker)
      let doors = try listeners.map { _ throws(TransportError) in
        let waker = try Waker()
        return (mailbox: Mailbox<LoopMessage>(waker: waker), waker: waker)
      }
      let handover = Handover(state)
      self.writerMailbox = writerMailbox
      writer = try OSThread.spawn(name: "writer") {
        do {
          try CommitLoop(
            state: handover.take(), mailbox: writerMailbox, waker: writerWaker,
            loops: doors.map(\.mailbox), limits: configuration.limits, facts: facts, log: log
          ).run()
        } catch {
          log.error("writer-failed", ["cause": "\(error)"])
          ExitStatus.failed.exit()
        }
      }
      let maximum = min(
        descriptors / doors.count, configuration.limits.maximumSessionsPerLoop ?? .max)
      var threads: [(mailbox: Mailbox<LoopMessage>, thread: OSThread)] = []
      for (index, door) in doors.enumerated() {
        let listener = listeners[index]
        let thread = try OSThread.spawn(name: "io-\(index)") {
          do {
            try IOLoop(
              index: index, listener: listener, tls: tls, mailbox: door.mailbox, waker: door.waker,
              writer: writerMailbox, maximumConnections: maximum,
              limits: configuration.limits, facts: facts, log: log
            ).run()
          } catch {
            log.error("loop-failed", ["cause": "\(error)"])
            ExitStatus.failed.exit()
          }
        }
        threads.append((door.mailbox, thread))
      }
      loops = threads
    } catch {
      throw StartError("\(error)")
    }
  }

  /// Ends cleanly: no new connections or calls, clients are told, calls in flight are answered, the log is synced.
  public func stop() {
    // Counted before the first of them leaves.
    let sessions = facts.sessions.load(ordering: .relaxed)
    for loop in loops { loop.mailbox.post(.drain(sessions: sessions)) }
    for loop in loops { loop.thread.join() }
    writerMailbox.post(.stop)
    writer.join()
  }

  /// One listener a loop on the same port: the kernel spreads connections over them.
  private static func listen(
    _ configuration: ServerConfiguration
  ) throws(StartError) -> (listeners: [Int32], port: UInt16) {
    do {
      // A port that another server holds must refuse us. With SO_REUSEPORT alone the two would share it.
      let probe = try Socket.listen(host: configuration.host, port: configuration.port)
      let port = try Socket.localPort(of: probe)
      Socket.close(probe)
      let listeners = try (0..<max(1, configuration.loops)).map { _ throws(TransportError) in
        try Socket.listen(host: configuration.host, port: port, reusePort: true)
      }
      return (listeners, port)
    } catch {
      throw StartError("cannot listen on \(configuration.host):\(configuration.port): \(error)")
    }
  }
}

/// Carries a value that only one thread may use from the thread that made it to the one that will own it.
///
/// Unchecked: the maker gives its reference up (`sending`), the new owner takes it once, and starting a thread orders
/// the two.
private final class Handover<Value>: @unchecked Sendable {
  private var value: Value?

  init(_ value: sending Value) { self.value = value }

  func take() -> Value {
    guard let value else { preconditionFailure("taken twice") }
    self.value = nil
    return value
  }
}
