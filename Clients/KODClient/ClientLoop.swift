internal import Glibc
internal import KODTransport
internal import KODWire
internal import Synchronization

/// The one background thread behind all clients of the process: sockets, TLS and timers.
///
/// Started by the first client that needs it; it sleeps in epoll when there is nothing to do and
/// ends with the process. Tasks talk to it through its mailbox, it answers by resuming their
/// continuations: no lock is ever held while anything is done.
final class ClientLoop: Sendable {
  static let shared = ClientLoop()

  /// What reaches the thread, in order.
  enum Message: Sendable {
    case command(ClientCommand, of: ClientCore)
    /// A host name was looked up for the connection with this number.
    case resolved(number: UInt64, Result<[String], ClientError>)
  }

  /// Either the way to the thread, or why there is none.
  private let mailbox: Result<Mailbox<Message>, ClientError>

  private init() {
    do {
      let waker = try Waker()
      let mailbox = Mailbox<Message>(waker: waker)
      let poller = try Poller(maximumEvents: 64)
      try poller.add(waker, token: LoopThread.wakerToken)
      // A way to give the thread a value that can't be copied; it is taken out once.
      let handOver = Mutex<Poller?>(poller)
      _ = try OSThread.spawn(name: "kod-client") {
        guard let poller = handOver.withLock({ $0.take() }) else { return }
        LoopThread(waker, mailbox, poller).run()
      }
      self.mailbox = .success(mailbox)
    } catch {
      mailbox = .failure(.unavailable("the client's thread did not start: \(error)"))
    }
  }

  func post(_ command: ClientCommand, of core: ClientCore) {
    switch mailbox {
    case .success(let mailbox): mailbox.post(.command(command, of: core))
    case .failure(let error): command.refuse(error)
    }
  }
}

/// What only the loop's thread touches.
final class LoopThread {
  static let wakerToken: UInt64 = 0

  let poller: Poller
  let scratch = TLSScratch(inputBytes: 32 * 1024, outputBytes: 128 * 1024)
  private let waker: Waker
  private let mailbox: Mailbox<ClientLoop.Message>
  /// A process has a handful of clients: walking them all costs less than keeping order.
  private var links: [ObjectIdentifier: Link] = [:]
  /// Numbers of connections and lookups that are under way; they are epoll's tokens.
  private var linkOfNumber: [UInt64: Link] = [:]
  private var lastNumber = LoopThread.wakerToken

  init(_ waker: Waker, _ mailbox: Mailbox<ClientLoop.Message>, _ poller: consuming Poller) {
    self.waker = waker
    self.mailbox = mailbox
    self.poller = poller
  }

  func run() {
    var messages: [ClientLoop.Message] = []
    while true {
      waker.prepareToSleep()
      let patience = mailbox.isEmpty ? patienceMilliseconds(at: Self.now()) : 0
      // epoll_wait on a descriptor that is ours alone fails only by a defect of this program, and
      // then every client hears of it through its deadlines.
      let count = (try? poller.wait(timeoutMilliseconds: patience)) ?? 0
      waker.awake()
      let now = Self.now()
      mailbox.drain(into: &messages)
      for message in messages { handle(message, at: now) }
      messages.removeAll(keepingCapacity: true)
      for index in 0..<count {
        let number = poller.token(at: index)
        // An event of a connection that was closed in this round finds nobody.
        linkOfNumber[number]?.ready(number, poller.readiness(at: index), at: now)
      }
      for link in links.values where (link.nextDeadline ?? .max) <= now { link.advance(to: now) }
    }
  }

  /// A token for a new connection; events with it go to `link` until it is given back.
  func number(for link: Link) -> UInt64 {
    lastNumber += 1
    linkOfNumber[lastNumber] = link
    return lastNumber
  }

  func giveBack(_ number: UInt64) { linkOfNumber[number] = nil }

  /// Looks up a host name on a thread of its own: the system's resolver blocks.
  func resolve(_ host: String, for number: UInt64) -> ClientError? {
    let mailbox = mailbox
    do {
      _ = try OSThread.spawn(name: "kod-resolve") {
        mailbox.post(.resolved(number: number, Resolver.addresses(of: host)))
      }
      return nil
    } catch {
      return .unavailable("\(host): \(error)", underlying: error)
    }
  }

  /// Has the program make a credential durable, on a thread of its own: that writes to disks.
  func keep(
    _ credential: RenewedCredential, _ renewal: CredentialRenewal, for core: ClientCore
  ) -> ClientError? {
    let mailbox = mailbox
    do {
      _ = try OSThread.spawn(name: "kod-keep") {
        var failure: ClientError?
        do {
          try renewal.keep(credential)
        } catch {
          failure = .unkept(error)
        }
        mailbox.post(.command(.credentialKept(failure), of: core))
      }
      return nil
    } catch {
      return .unkept(error)
    }
  }

  /// Goes on while the computer sleeps, which CLOCK_MONOTONIC does not: after a laptop wakes up, countdowns still
  /// tell the truth, and the ping that is overdue then finds out whether the session is still alive.
  static func now() -> UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_BOOTTIME, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
  }

  private func handle(_ message: ClientLoop.Message, at now: UInt64) {
    switch message {
    case .command(.close(let continuation), let core):
      links.removeValue(forKey: ObjectIdentifier(core))?.close(at: now)
      continuation?.resume()
    case .command(let command, let core):
      if let link = links[ObjectIdentifier(core)] {
        link.handle(command, at: now)
      } else if core.isClosed {
        command.refuse(.closed)
      } else {
        let link = Link(core, on: self)
        links[ObjectIdentifier(core)] = link
        link.handle(command, at: now)
      }
    case .resolved(let number, let addresses):
      linkOfNumber[number]?.resolved(number, addresses, at: now)
    }
  }

  private func patienceMilliseconds(at now: UInt64) -> Int32 {
    guard let deadline = links.values.compactMap(\.nextDeadline).min() else { return -1 }
    guard deadline > now else { return 0 }
    // Rounded up: waking a moment early would only mean to sleep again.
    return Int32(clamping: (deadline - now) / 1_000_000 + 1)
  }
}

extension ClientCommand {
  /// Answers a command that nobody will carry out.
  func refuse(_ error: ClientError) {
    switch self {
    case .connect(let request, _): request.continuation.resume(returning: .failure(error))
    case .call(let request, _): request.continuation.resume(returning: .failure(error))
    case .subscribe(let buffer, _):
      buffer.append(.ended(error))
      buffer.finish()
    case .openStream(_, _, let buffer):
      buffer.append(.ended(error))
      buffer.finish()
    case .close(let continuation): continuation?.resume()
    case .cancel, .unsubscribe, .subscriberCaughtUp, .closeStream, .streamCaughtUp,
      .credentialKept, .answerWasUnsound:
      break
    }
  }
}
