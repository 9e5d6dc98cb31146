import Dispatch
import Foundation
import KODClient
import KODWire

/// The watch screen alive: one loop that takes events, keys, answers and ticks in order and draws what the model
/// then looks like. Only this loop touches the model and the terminal.
struct WatchSession: Sendable {
  private enum Input: Sendable {
    case event(SubscriptionEvent)
    case keys([UInt8])
    case accepted(UInt64, Result<Assignment, Failure>)
    case rejected(UInt64, Result<OfferClosed, Failure>)
    case availability(Result<AssisterStatus, Failure>)
    case standing(Standing)
    case signal(Int32)
    case tick
    case over
  }

  let connection: Connection
  let context: Context
  let limit: Duration?

  private var isSilent: Bool { context.invocation.has("no-bell") }

  /// The terminal is in raw mode already; it is restored before this returns or throws.
  func run() async throws {
    let (inputs, sender) = AsyncStream<Input>.makeStream()
    let received = Signals.stream([
      SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP, SIGWINCH, SIGCONT,
    ])
    let keyboard = readKeys(sender)
    var tasks = [
      Task { for await event in connection.client.subscribe() { sender.yield(.event(event)) } },
      Task { for await number in received { sender.yield(.signal(number)) } },
      Task {
        while !Task.isCancelled {
          sender.yield(.tick)
          try await Task.sleep(for: .milliseconds(100))
        }
      },
    ].map { task in { @Sendable in task.cancel() } }
    if let limit {
      let timer = Task {
        try await Task.sleep(for: limit)
        sender.yield(.over)
      }
      tasks.append { timer.cancel() }
    }
    var loop = Loop(session: self, sender: sender)
    let result = await loop.run(inputs)
    RawTerminal.leave()
    keyboard.cancel()
    for cancel in tasks { cancel() }
    sayFarewell(loop.model)
    try result.get()
  }

  /// The alternate screen is gone, so what must not be forgotten is said once more.
  private func sayFarewell(_ model: WatchModel) {
    let now = connection.client.serverTime()
    for item in model.assignments.sorted(by: { $0.callbackDueUs < $1.callbackDueUs }) {
      let contact = item.contact ?? Contact()
      let due = context.clock.minute(
        item.callbackDueUs, county: Counties.county(fips: item.county))
      context.output.say(
        TerminalText.safe(
          "To call: \(contact.name), \(contact.phone), by \(due)"
            + "\(item.callbackDueUs <= now ? " (overdue)" : "") - referral \(item.referralId)"))
    }
    if !model.rows.isEmpty {
      let count = model.rows.count
      context.output.say(
        "Still offered to you: \(count). Switch availability off (kod available off) if you leave."
      )
    }
  }

  private func readKeys(_ sender: AsyncStream<Input>.Continuation) -> any DispatchSourceRead {
    let source = DispatchSource.makeReadSource(
      fileDescriptor: STDIN_FILENO, queue: DispatchQueue(label: "kod.keys"))
    source.setEventHandler {
      var bytes = [UInt8](repeating: 0, count: 256)
      let count = read(STDIN_FILENO, &bytes, bytes.count)
      if count > 0 {
        sender.yield(.keys(Array(bytes.prefix(count))))
      } else if count == 0 || (errno != EINTR && errno != EAGAIN) {
        source.cancel()
        sender.yield(.over)
      }
    }
    source.resume()
    return source
  }

  /// The loop's own state; a value that no other task sees.
  private struct Loop {
    let session: WatchSession
    let sender: AsyncStream<Input>.Continuation
    var model: WatchModel
    var decoder = KeyDecoder()
    var painter = Painter()
    var ending: Result<Void, Failure>?

    init(session: WatchSession, sender: AsyncStream<Input>.Continuation) {
      self.session = session
      self.sender = sender
      model = WatchModel(
        clock: session.context.clock, server: session.connection.settings.address)
    }

    var client: KODClient { session.connection.client }

    mutating func run(_ inputs: AsyncStream<Input>) async -> Result<Void, Failure> {
      for await input in inputs {
        let now = client.serverTime()
        for effect in take(input, now: now) { perform(effect) }
        if let ending { return ending }
        draw(now)
      }
      return .success(())
    }

    private mutating func take(_ input: Input, now: Int64) -> [WatchModel.Effect] {
      switch input {
      case .event(.ended(let error)):
        ending = .failure(failure(error, "subscription"))
        return []
      case .event(let event): return model.apply(event, now: now)
      case .keys(let bytes):
        return decoder.decode(bytes).flatMap { model.press($0, now: now) }
      case .accepted(let offer, let result): return model.accepted(offer, result, now: now)
      case .rejected(let offer, let result): return model.rejected(offer, result, now: now)
      case .availability(let result): model.availabilitySet(result, now: now)
      case .standing(let standing): model.standing(standing)
      case .signal(SIGWINCH): return [.redraw]
      case .signal(SIGTSTP): return [.suspend]
      case .signal(SIGCONT):
        RawTerminal.enterAgain()
        return [.redraw]
      case .signal, .over: return [.quit]
      case .tick: decoder.flush()
      }
      return []
    }

    private mutating func perform(_ effect: WatchModel.Effect) {
      switch effect {
      case .accept(let offer):
        ask("offer \(offer)") { client throws(ClientError) in
          try await client.acceptOffer(offer)
        } answer: {
          .accepted(offer, $0)
        }
      case .reject(let offer):
        ask("offer \(offer)") { client throws(ClientError) in
          try await client.rejectOffer(offer)
        } answer: {
          .rejected(offer, $0)
        }
      case .setAvailability(let setting):
        ask("availability") { client throws(ClientError) in
          try await client.setAvailability(setting)
        } answer: {
          .availability($0)
        }
      case .refreshStanding:
        // Not knowing it yet is no news: pushes and the next standing tell.
        Task { [client, sender] in
          if let standing = try? await client.standing() { sender.yield(.standing(standing)) }
        }
      case .quit: ending = ending ?? .success(())
      case .bell:
        if !session.isSilent { Output.write("\u{7}", to: STDOUT_FILENO) }
      case .redraw: Output.write(painter.invalidate(), to: STDOUT_FILENO)
      case .suspend: suspend()
      }
    }

    private func ask<Answer: Sendable>(
      _ subject: String,
      _ body: @escaping @Sendable (KODClient) async throws(ClientError) -> Answer,
      answer: @escaping @Sendable (Result<Answer, Failure>) -> Input
    ) {
      Task { [session, sender] in
        do throws(Failure) {
          sender.yield(answer(.success(try await session.connection.call(subject, body))))
        } catch {
          sender.yield(answer(.failure(error)))
        }
      }
    }

    private func failure(_ error: ClientError, _ subject: String) -> Failure {
      Failure(
        error, about: subject, clock: session.context.clock,
        server: session.connection.settings.address)
    }

    /// As Ctrl-Z does elsewhere. The session may be lost meanwhile; it comes back by itself.
    private mutating func suspend() {
      RawTerminal.leave()
      kill(getpid(), SIGSTOP)
      _ = RawTerminal.enter()
      Output.write(painter.invalidate(), to: STDOUT_FILENO)
    }

    private mutating func draw(_ now: Int64) {
      let size = RawTerminal.size()
      let lines = WatchScreen.lines(
        model, now: now, columns: size.columns, rows: size.rows,
        style: session.context.output.style)
      let bytes = painter.update(to: lines)
      if !bytes.isEmpty { Output.write(bytes, to: STDOUT_FILENO) }
    }
  }
}
