import Foundation
import Testing

/// The conformance client as the runner starts it, against the real server.
@Suite("kod-conformance-client, the process", .timeLimit(.minutes(2)))
struct ConformanceClientProcessTests {
  private static let protocolFolder = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().appending(path: "Protocol").path

  @Test("It does what it is told over a pipe, and ends well when the pipe does")
  func wholeWay() throws {
    let server = try ServerProcess().start()
    let dev = "\(server.data)/dev"
    let token = try String(contentsOfFile: "\(dev)/alice.token", encoding: .utf8)
      .trimmingCharacters(in: .newlines)
    let script = """
      {"do":"configure","address":"\(server.address)","server_name":"127.0.0.1","ca":"\(dev)/ca.pem","token":"\(token)"}
      {"do":"connect"}
      {"do":"call","id":"x","method":"Assisters/AcceptOffer","request":{"offer_id":"99"}}

      """
    // What it says ends the wait for it: the last answer closes its standard input.
    let line =
      "{ cat script; read answered < done; } | "
      + "'\(ServerProcess.binaries.path)/kod-conformance-client' --protocol '\(Self.protocolFolder)' | "
      + "while read -r event; do echo \"$event\"; case \"$event\" in *answer*) echo > done;; esac; done"
    try script.write(
      to: server.directory.appending(path: "script"), atomically: true, encoding: .utf8)
    let result = try server.run("sh", ["-c", "mkfifo done && \(line)"])
    #expect(result.status == 0 && result.errors.isEmpty, "\(result.errors)")
    #expect(
      result.output.split(separator: "\n") == [
        #"{"event":"connected","principal":"alice","role":"ASSISTER","version":1}"#,
        #"{"event":"answer","id":"x","status":{"code":"NOT_FOUND","reason":"OFFER_UNKNOWN"},"#
          + #""outcome_unknown":false}"#,
      ])
  }

  @Test("Bad usage and lines without sense are named, with the statuses that say which")
  func nonsense() throws {
    let server = try ServerProcess()
    let usage = try server.run("kod-conformance-client", ["--help"])
    #expect(usage.status == 2)
    #expect(
      usage.errors == "kod-conformance-client: usage: kod-conformance-client [--protocol DIR]\n")
    let missing = try server.run("kod-conformance-client", ["--protocol", "nowhere"])
    #expect(missing.status == 2)
    #expect(missing.errors.contains("nowhere/kod.proto can't be read"))
    let idle = try server.run("kod-conformance-client", ["--protocol", Self.protocolFolder])
    #expect(idle.status == 0 && idle.output.isEmpty && idle.errors.isEmpty)
    let odd = try server.run(
      "sh",
      [
        "-c",
        "echo '{\"do\":\"connect\"}' | '\(ServerProcess.binaries.path)/kod-conformance-client' "
          + "--protocol '\(Self.protocolFolder)'",
      ])
    #expect(odd.status == 1)
    #expect(odd.errors == "kod-conformance-client: 'configure' comes first\n")
  }
}
