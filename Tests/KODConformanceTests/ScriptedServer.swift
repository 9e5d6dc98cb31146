import Foundation
import KODJSON
import KODSchema
import KODTransport
import Testing

@testable import KODConformance

/// A server in this process that welcomes everybody and then does what a test wants with each frame:
/// mostly something wrong. One connection after the other, each on the server's thread.
final class ScriptedServer: Sendable {
  /// What is sent in answer to a frame: type, call, message as JSON, its type; nil bytes: the end.
  typealias Behaviour = @Sendable (Frame, Peer, SchemaCodec) throws -> Void

  let target: ServerTarget
  private let credentials: TestFolder
  private let isOver = Locked(false)
  private let thread: OSThread

  init(_ behave: @escaping Behaviour) throws {
    let front = try ScriptedFront()
    credentials = try TestFolder()
    for name in ["partner1", "operator1", "assister1"] {
      try credentials.write("kod1." + String(repeating: "0", count: 80) + "\n", name + ".token")
    }
    target = try ServerTarget(
      endpoint: Endpoint(host: "127.0.0.1", port: front.port),
      authority: .bytes(Array(Data(contentsOf: URL(filePath: front.authorityFile)))),
      credentials: credentials.path)
    let tls = try front.context(nil, choosesProtocol: true)
    let codec = SchemaCodec(schemaIndex.schema)
    let (listener, isOver) = (front.listener, isOver)
    let keep = Locked<[ScriptedFrontBox]>([ScriptedFrontBox(front)])
    thread = try OSThread.spawn(name: "scripted", stackBytes: 4 << 20) {
      while !isOver.withLock({ $0 }) {
        guard case .connection(let descriptor) = Socket.accept(listener) else {
          usleep(1_000)
          continue
        }
        Self.serve(descriptor, tls, codec, isOver, behave)
      }
      keep.withLock { $0 = [] }
    }
  }

  deinit {
    isOver.withLock { $0 = true }
    thread.join()
  }

  private static func serve(
    _ descriptor: Int32, _ tls: TLSContext, _ codec: SchemaCodec, _ isOver: Locked<Bool>,
    _ behave: Behaviour
  ) {
    let peer = Peer("client", descriptor: descriptor, scratch: TLSScratch())
    peer.answersPings = false
    try? peer.startTLS(tls, serverName: nil)
    while peer.isOpen, !isOver.withLock({ $0 }) {
      var waiting = pollfd(fd: peer.descriptor, events: Int16(POLLIN), revents: 0)
      _ = poll(&waiting, 1, 20)
      peer.read()
      while !peer.frames.isEmpty, peer.isOpen {
        let frame = peer.frames.removeFirst()
        if schemaIndex.frameTypeName(frame.type) == "HELLO" {
          let welcome: JSON = [
            "version": 1, "session_id": 3, "principal": "operator1", "role": "OPERATOR",
            "server_time_us": .integer(WallClock.now()),
          ]
          peer.send(Peer.frame(type: 2, payload: (try? codec.encode(welcome, as: "Welcome")) ?? []))
        } else {
          try? behave(frame, peer, codec)
        }
      }
    }
  }
}

/// `@unchecked Sendable`: only the thread of the scripted server lets go of it, once.
final class ScriptedFrontBox: @unchecked Sendable {
  let front: ScriptedFront
  init(_ front: ScriptedFront) { self.front = front }
}

/// Runs one case against a target; nil: it passed.
func run(
  _ steps: String, against server: ServerTarget?, command: [String] = [], macros: String? = nil
) throws -> (failure: StepFailure?, transcript: [String]) {
  let folder = try TestFolder()
  let side = server == nil ? "client" : "server"
  var files = ["\(side)/sample.json": caseFile(steps)]
  files["macros.json"] = macros
  try folder.makeProtocol(files)
  let cases = try CaseFolder(path: folder.path)
  let one = try #require(cases.cases.first)
  let run = try CaseRun(one, RunContext(folder: cases, server: server, command: command))
  let failure = run.run()
  return (failure, run.transcript.lines)
}
