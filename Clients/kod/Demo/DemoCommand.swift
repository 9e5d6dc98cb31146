import Foundation
import KODClient
import KODJSON

/// `kod demo`.
enum DemoCommand {
  static let command = Command(
    description: CommandDescription(
      name: "demo", summary: "a whole morning in a minute, with its own server",
      discussion: [
        "Starts a real kod-server on a temporary data directory, connects eight assisters, a partner and a "
          + "supervisor over TLS, submits the requests of a morning, and shows as it happens who is asked, what "
          + "lapses, who races, who wins and what the others are told. At the end it counts from outside.",
        "Nothing is faked but the windows: 5 seconds instead of 15 minutes, and the requests arrive as much "
          + "faster. Ends with status 1 if any check fails. While it runs, another terminal may look in: "
          + "kod watch --data DIR --as ben (the directory is printed at the start).",
      ],
      options: [
        .option("offer-window", "DURATION", "the server's offer window (default: 5s)"),
        .option("general-phase", "DURATION", "the general phase (default: the offer window)"),
        .option("mass-window", "DURATION", "the mass window (default: the offer window)"),
        .option("speed", "NUMBER", "minutes of the morning in a minute (default: in proportion)"),
        .option("requests", "FILE", "requests to submit instead of the built-in ones (CSV)"),
        .flag("print-requests", "print the built-in requests, as a start for your own, and end"),
        .flag("kill", "in the middle, kill -9 the server and start it again"),
        .option("data", "DIR", "data directory (default: a temporary one)"),
        .flag("keep", "keep the temporary data directory"),
        .option("server-program", "FILE", "kod-server (default: the one beside kod)"),
      ],
      examples: [
        Example(line: "kod demo", meaning: "about 70 seconds"),
        Example(line: "kod demo --kill", meaning: "and the server dies in between"),
        Example(line: "kod demo --offer-window 2s", meaning: "in half a minute"),
        Example(line: "kod demo --keep --data kod-data", meaning: "and look at the data after it"),
      ], connects: false),
    run: { context in
      if context.invocation.has("print-requests") {
        Output.write([MorningRequests.csv])
        return
      }
      try await run(context)
    })

  private static func run(_ context: Context) async throws {
    let invocation = context.invocation
    let plan = try DemoPlan(invocation)
    let requests = try requests(invocation)
    guard let program = invocation.value("server-program") ?? DemoServer.besideOurselves() else {
      throw Failure(
        exit: .failed,
        message: "kod-server is not beside this program: build both (swift build), or give "
          + "--server-program FILE")
    }
    let folder = try temporaryFolder()
    let data = invocation.value("data") ?? folder + "/data"
    let server = DemoServer(
      program: program, data: data, log: folder + "/server.log", flags: plan.serverFlags)
    let ledger = DemoLedger(output: context.output, clock: context.clock)
    let run = DemoRun(
      plan: plan, requests: requests, server: server, ledger: ledger,
      kills: invocation.has("kill"))
    let began = ContinuousClock.now
    defer {
      if !invocation.has("keep") { try? FileManager.default.removeItem(atPath: folder) }
    }
    try await interruptible {
      do {
        try await server.start()
        introduce(context, plan, requests.count, data, await server.address)
        try await run.run()
      } catch {
        _ = await server.stop()
        throw error
      }
    }
    await ledger.stopped(await server.stop())
    let facts = await ledger.facts
    let checks = DemoCheck.all(
      of: facts, requested: requests.count, wasKilled: invocation.has("kill"),
      tellsStory: invocation.value("requests") == nil)
    let seconds = Double((ContinuousClock.now - began).milliseconds) / 1_000
    context.output.say(
      DemoSummary.lines(facts, checks: checks, seconds: seconds, style: context.output.style))
    context.output.emit(DemoSummary.json(facts, checks: checks, seconds: seconds))
    if invocation.has("keep") { context.output.say(["", "Kept: \(data), \(folder)/server.log"]) }
    let failed = checks.filter { !$0.isPassed }
    guard failed.isEmpty else {
      throw Failure(
        exit: .failed,
        message: "the demo's checks failed: \(failed.map(\.text).joined(separator: "; "))")
    }
  }

  private static func introduce(
    _ context: Context, _ plan: DemoPlan, _ requests: Int, _ data: String, _ address: String
  ) {
    var lines = [
      "A morning of kynect On Demand: \(requests) requests, "
        + "\(DemoBehaviour.names.count) assisters, and their own server.", "",
      "  Server   \(address)",
      "  Windows  offer \(DurationText.exact(plan.offerWindow)), general phase "
        + "\(DurationText.exact(plan.generalPhase)), mass \(DurationText.exact(plan.massWindow)); "
        + "15 minutes in a real program",
      "  Look in  kod watch --as ben --data \(data)", "",
    ]
    lines += DemoBehaviour.names.map {
      "  \(TerminalText.padded($0, 8))\(DemoBehaviour.of($0).words)"
    }
    context.output.say(lines + [""])
  }

  private static func requests(_ invocation: Invocation) throws(UsageError) -> [DemoRequest] {
    guard let path = invocation.value("requests") else {
      return try DemoRequest.parse(MorningRequests.csv, path: "the built-in requests")
    }
    guard let text = try Files().text(path) else {
      throw UsageError("there is no file \(path)", command: "demo")
    }
    return try DemoRequest.parse(text, path: path)
  }

  private static func temporaryFolder() throws(Failure) -> String {
    var template = Array((NSTemporaryDirectory() + "kod-demo.XXXXXX").utf8CString)
    guard mkdtemp(&template) != nil else {
      throw Failure(exit: .failed, message: "no temporary directory can be made")
    }
    return String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  /// Ctrl-C and the like end the work in order: the server is stopped, the folder removed.
  private static func interruptible(_ work: @escaping @Sendable () async throws -> Void)
    async throws
  {
    let received = Signals.stream([SIGINT, SIGTERM, SIGHUP])
    let task = Task { try await work() }
    let watcher = Task {
      for await _ in received { task.cancel() }
    }
    defer { watcher.cancel() }
    do {
      try await task.value
    } catch is CancellationError {
      throw Failure(exit: .failed, message: "interrupted; the server was stopped")
    }
  }
}
