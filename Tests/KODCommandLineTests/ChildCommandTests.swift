import Foundation
import KODWire
import Testing

@testable import kod

@Suite(.timeLimit(.minutes(1))) struct ChildCommandTests {
  private func run(
    _ command: String, input: String = "", environment: [String: String] = [:],
    timeout: Duration = .seconds(30), running: RunningCommands = RunningCommands()
  ) async -> ChildCommand.Result {
    await ChildCommand.run(
      command, input: Array(input.utf8),
      environment: environment.merging(["PATH": "/usr/bin:/bin"]) { own, _ in own },
      timeout: timeout, running: running)
  }

  @Test(arguments: [Int32(0), 1, 75, 100, 127])
  func `the exit status is the command's own`(status: Int32) async {
    #expect(await run("exit \(status)").ending == .exited(status))
  }

  @Test func `what is told comes on standard input, whole`() async {
    let input = String(repeating: "line of a message\n", count: 20_000)
    #expect(await run("wc -c", input: input).lastLine == "\(input.utf8.count)")
  }

  @Test func `a command that reads nothing and ends is no trouble`() async {
    let input = String(repeating: "x", count: 1 << 20)
    #expect(await run("true", input: input).ending == .exited(0))
  }

  @Test func `R65: data in the environment is data, whatever it looks like`() async {
    let nasty = "$(touch /tmp/kod-pwned); `id` \"'\\ \n; exit 3"
    let result = await run(
      "test \"$KOD_ADDRESS\" = \"$(cat)\" && test ! -e /tmp/kod-pwned", input: nasty,
      environment: ["KOD_ADDRESS": nasty])
    #expect(result.ending == .exited(0))
  }

  @Test func `the last line of either stream is kept, without what a terminal would obey`() async {
    let result = await run("echo first; printf 'bad \\033[31m recipient\\n' >&2; exit 67")
    #expect(result.ending == .exited(67))
    #expect(result.lastLine == "bad \u{b7}[31m recipient")
  }

  @Test func `a command that writes much is not held up, and little is kept`() async {
    let result = await run("head -c 3000000 /dev/zero | tr '\\0' x; echo; echo done")
    #expect(result.ending == .exited(0))
    #expect(result.lastLine == "done")
  }

  @Test func `one that takes too long is ended, with all that it started`() async throws {
    let mark = NSTemporaryDirectory() + "kod-child-" + IdempotencyKey.text(IdempotencyKey.random())
    let result = await run(
      "(trap '' HUP; sleep 600; touch \(mark)) & sleep 600", timeout: .milliseconds(200))
    #expect(result.ending == .timedOut)
    #expect(!FileManager.default.fileExists(atPath: mark))
  }

  @Test func `one that ignores SIGTERM gets SIGKILL`() async {
    let result = await run("trap '' TERM; while :; do sleep 1; done", timeout: .milliseconds(100))
    #expect(result.ending == .timedOut)
  }

  @Test func `one that dies of a signal says so`() async {
    #expect(await run("kill -KILL $$").ending == .signalled(SIGKILL))
  }

  @Test func `a child left behind does not keep the notice waiting`() async {
    #expect(await run("sleep 60 & exit 0").ending == .exited(0))
  }

  @Test func `signals that this program handles are the command's own again`() async {
    let result = await run("kill -PIPE $$; exit 5")
    #expect(result.ending == .signalled(SIGPIPE))
  }

  @Test func `a second SIGTERM ends what runs`() async {
    let running = RunningCommands()
    async let result = run("sleep 600", running: running)
    while running.isEmpty { await Task.yield() }
    running.terminate()
    #expect(await result.ending == .signalled(SIGTERM))
  }
}
