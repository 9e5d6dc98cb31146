import Foundation

/// A real `kod-server` process of the demo's own.
actor DemoServer {
  let program: String
  let data: String
  let log: String
  private let flags: [String]
  private var process: Process?
  private var exited: Task<Int32, Never>?
  /// HOST:PORT, once it listens.
  private(set) var address = ""

  init(program: String, data: String, log: String, flags: [String]) {
    self.program = program
    self.data = data
    self.log = log
    self.flags = flags
  }

  /// The program beside this one; nil: it is not there.
  static func besideOurselves() -> String? {
    guard
      let own = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
    else { return nil }
    let path = URL(fileURLWithPath: own).deletingLastPathComponent().path + "/kod-server"
    return FileManager.default.isExecutableFile(atPath: path) ? path : nil
  }

  /// Starts it and waits until it says where it listens. The first time on a port of its choice, later on the same.
  func start() async throws(Failure) {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: program)
    let listen = address.isEmpty ? "127.0.0.1:0" : address
    process.arguments = ["run", "--dev", "--data", data, "--listen", listen] + flags
    process.standardInput = FileHandle.nullDevice
    let output = Pipe()
    process.standardOutput = output
    process.standardError = try logHandle()
    let (exits, sender) = AsyncStream<Int32>.makeStream()
    process.terminationHandler = { ended in
      // A signal's number below zero, to tell it from an exit status.
      let signalled = ended.terminationReason == .uncaughtSignal
      sender.yield(signalled ? -ended.terminationStatus : ended.terminationStatus)
      sender.finish()
    }
    do {
      try process.run()
    } catch {
      throw Failure(exit: .failed, message: "\(program) can't be started: \(error)")
    }
    self.process = process
    exited = Task {
      for await status in exits { return status }
      return -1
    }
    guard let line = await Self.listening(output.fileHandleForReading) else {
      process.terminate()
      _ = await exited?.value
      throw Failure(
        exit: .failed, message: "kod-server did not come up. Its last words:\n\(lastWords())")
    }
    address = line
  }

  /// SIGTERM; its exit status, or nil when it had to be killed after ten seconds.
  func stop() async -> Int32? {
    guard let process, let exited else { return nil }
    process.terminate()
    let pid = process.processIdentifier
    let killer = Task {
      try await Task.sleep(for: .seconds(10))
      Foundation.kill(pid, SIGKILL)
    }
    let status = await exited.value
    killer.cancel()
    self.process = nil
    return status == -SIGKILL ? nil : status
  }

  /// kill -9: nothing is flushed, nobody is told.
  func kill() async {
    guard let process, let exited else { return }
    Foundation.kill(process.processIdentifier, SIGKILL)
    _ = await exited.value
    self.process = nil
  }

  func lastWords() -> String {
    let text = (try? String(contentsOfFile: log, encoding: .utf8)) ?? ""
    let lines = text.split(separator: "\n").suffix(12)
    return lines.isEmpty ? "(none)" : lines.map { "  \($0)" }.joined(separator: "\n")
  }

  /// Appends over restarts.
  private func logHandle() throws(Failure) -> FileHandle {
    if !FileManager.default.fileExists(atPath: log) {
      _ = FileManager.default.createFile(atPath: log, contents: nil)
    }
    guard let handle = FileHandle(forWritingAtPath: log) else {
      throw Failure(exit: .failed, message: "\(log) can't be written")
    }
    _ = try? handle.seekToEnd()
    return handle
  }

  /// The rest of `listening HOST:PORT`; nil when the output ends, or 15 seconds pass, without it.
  private static func listening(_ output: FileHandle) async -> String? {
    let (lines, sender) = AsyncStream<String>.makeStream()
    let descriptor = output.fileDescriptor
    // A thread of its own: it blocks in read, and goes on reading so that the server never blocks in write.
    Thread.detachNewThread {
      var text = ""
      var bytes = [UInt8](repeating: 0, count: 4_096)
      while true {
        let count = read(descriptor, &bytes, bytes.count)
        guard count > 0 else { break }
        text += String(decoding: bytes.prefix(count), as: UTF8.self)
        while let newline = text.firstIndex(of: "\n") {
          sender.yield(String(text[..<newline]))
          text = String(text[text.index(after: newline)...])
        }
      }
      sender.finish()
      // Holds the handle open for as long as the thread reads from it.
      withExtendedLifetime(output) {}
    }
    let timer = Task {
      try await Task.sleep(for: .seconds(15))
      sender.finish()
    }
    defer { timer.cancel() }
    for await line in lines where line.hasPrefix("listening ") {
      return String(line.dropFirst("listening ".count))
    }
    return nil
  }
}
