import Foundation
import KODSchema
import KODTransport

/// The whole program but its process: words in, exit status out.
package enum Program {
  package enum ExitStatus: Int32, Sendable {
    case passed = 0
    case failed = 1
    case usage = 2
    case unavailable = 69
  }

  package static func run(_ words: [String]) -> ExitStatus {
    // A client that has ended must not take the runner with it.
    signal(SIGPIPE, SIG_IGN)
    if words.isEmpty || words.contains("--help") && !words.contains("--") || words == ["help"] {
      Output.write(Options.help)
      return words.isEmpty ? .usage : .passed
    }
    do {
      let options = try Options(words)
      if options.command == .coverage { return try runCoverage(options) }
      return try runCases(options)
    } catch let error as UsageError {
      Output.complain("\(error)\nTry: kod-conformance --help")
      return .usage
    } catch let error as CaseError {
      Output.complain("\(error)")
      return .usage
    } catch let error as ProtoError {
      Output.complain("\(error)")
      return .usage
    } catch let error as TransportError {
      Output.complain("\(error)")
      return .usage
    } catch {
      Output.complain("\(error)")
      return .usage
    }
  }

  private static func runCases(_ options: Options) throws -> ExitStatus {
    let folder = try CaseFolder(path: options.protocolFolder)
    let side = options.command == .server ? Side.server : .client
    let all = folder.cases.filter { $0.side == side }
    let globs = options.only.map(Glob.init)
    let cases = all.filter { one in globs.isEmpty || globs.contains { $0.matches(one.name) } }
    for (glob, text) in zip(globs, options.only)
    where !all.contains(where: { glob.matches($0.name) }) {
      throw UsageError("no case is named like '\(text)'")
    }
    if options.lists {
      for one in cases {
        Output.write(
          "\(one.name)  \(one.requirements.joined(separator: " "))\(one.isSlow ? "  slow" : "")")
      }
      return .passed
    }
    let known = try knownFailures(options, all)
    let context: RunContext
    if side == .server {
      let target = try ServerTarget(
        endpoint: Endpoint(parsing: options.server ?? ""), serverName: options.serverName,
        authority: .file(options.authority ?? ""), credentials: options.credentials ?? "")
      if let reason = target.whyUnreachable() {
        Output.complain("no server at \(target.endpoint): \(reason)")
        return .unavailable
      }
      context = RunContext(folder: folder, server: target)
    } else {
      context = RunContext(folder: folder, command: options.clientCommand)
    }
    return try run(cases, context, known, options)
  }

  private static func run(
    _ cases: [Case], _ context: RunContext, _ known: KnownFailures, _ options: Options
  ) throws -> ExitStatus {
    let start = ContinuousClock.now
    let lines = ResultLines(isVerbose: options.isVerbose, traces: options.traces)
    let progress = Progress(total: cases.count)
    let schedule = Schedule(cases, context, known) { one in
      progress.began(one.name)
    } ended: { result in
      progress.ended(result.one.name, lines.lines(result))
    }
    let results = try schedule.run(jobs: options.jobs)
    progress.clear()
    let result = RunResult(
      cases: results, milliseconds: (ContinuousClock.now - start).milliseconds)
    if let path = options.junit { try write(ResultFiles.junit(result), path) }
    if let path = options.json { try write(ResultFiles.json(result), path) }
    for line in lines.summary(result) { Output.write(line) }
    return result.failed == 0 ? .passed : .failed
  }

  private static func knownFailures(
    _ options: Options, _ cases: [Case]
  ) throws -> KnownFailures {
    guard let path = options.knownFailures else { return KnownFailures() }
    return try KnownFailures(
      text: String(contentsOfFile: path, encoding: .utf8), file: path,
      cases: Set(cases.map(\.name)))
  }

  static func write(_ text: String, _ path: String) throws {
    try Data(text.utf8).write(to: URL(filePath: path), options: .atomic)
  }
}

extension ServerTarget {
  /// Why no TCP connection can be made; nil: one was.
  func whyUnreachable() -> String? {
    do {
      let descriptor = try Socket.connect(host: endpoint.host, port: endpoint.port)
      defer { Socket.close(descriptor) }
      var waiting = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
      guard poll(&waiting, 1, 5_000) > 0 else { return "no answer within 5 seconds" }
      return Socket.finishConnect(descriptor)?.text
    } catch {
      return error.text
    }
  }
}

/// Text for people, on stdout and stderr.
enum Output {
  static func write(_ line: String) {
    FileHandle.standardOutput.write(Data((line + "\n").utf8))
  }

  static func complain(_ line: String) {
    FileHandle.standardError.write(Data(("kod-conformance: " + line + "\n").utf8))
  }
}

/// On a terminal, a last line that says what is running; it makes way for every result.
final class Progress: Sendable {
  private let state: Locked<(running: [String], done: Int)> = Locked(([], 0))
  private let total: Int
  private let isTerminal = isatty(STDOUT_FILENO) == 1

  init(total: Int) { self.total = total }

  func began(_ name: String) {
    state.withLock { state in
      state.running.append(name)
      draw(state.running, state.done)
    }
  }

  func ended(_ name: String, _ lines: [String]) {
    state.withLock { state in
      state.running.removeAll { $0 == name }
      state.done += 1
      erase()
      for line in lines { Output.write(line) }
      draw(state.running, state.done)
    }
  }

  func clear() { state.withLock { _ in erase() } }

  private func erase() {
    if isTerminal { FileHandle.standardOutput.write(Data("\r\u{1B}[K".utf8)) }
  }

  private func draw(_ running: [String], _ done: Int) {
    guard isTerminal, let newest = running.last else { return }
    let others = running.count > 1 ? " and \(running.count - 1) more" : ""
    let text = "\(done)/\(total) \(newest)\(others)"
    FileHandle.standardOutput.write(Data("\r\u{1B}[K\(text.prefix(79))".utf8))
  }
}
