import Foundation
import KODJSON

/// The client under test: a process that reads lines and writes lines.
final class ClientProcess {
  /// Events that came and that no step took yet.
  var events: [JSON] = []
  /// What it wrote that is no event, if anything.
  private(set) var nonsense: String?
  private(set) var hasEnded = false
  /// The end of what it wrote to stderr.
  private(set) var complaints = ""

  private let process = Process()
  private let input = Pipe()
  private let output = Pipe()
  private let errors = Pipe()
  private var received: [UInt8] = []
  private static let maximumLineBytes = 16 << 20

  init(_ command: [String]) throws {
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = command
    process.standardInput = input
    process.standardOutput = output
    process.standardError = errors
    for pipe in [output, errors] {
      let descriptor = pipe.fileHandleForReading.fileDescriptor
      _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK)
    }
    try process.run()
  }

  var outputDescriptor: Int32 { output.fileHandleForReading.fileDescriptor }
  var errorDescriptor: Int32 { errors.fileHandleForReading.fileDescriptor }

  /// Writes a line to its stdin.
  func tell(_ line: String) {
    try? input.fileHandleForWriting.write(contentsOf: Data((line + "\n").utf8))
  }

  /// Takes what it wrote; false: it writes no more.
  func readOutput(_ heard: (JSON) -> Void) -> Bool {
    let goesOn = Self.read(outputDescriptor) { received.append(contentsOf: $0) }
    while let end = received.firstIndex(of: UInt8(ascii: "\n")) {
      let line = Array(received[..<end])
      received.removeFirst(end + 1)
      if line.allSatisfy({ $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\r") }) { continue }
      guard let event = try? JSON(parsing: line), event["event"]?.text != nil else {
        nonsense = nonsense ?? String(decoding: line.prefix(200), as: UTF8.self)
        continue
      }
      heard(event)
      events.append(event)
    }
    if received.count > Self.maximumLineBytes { nonsense = nonsense ?? "a line without an end" }
    if !goesOn { hasEnded = true }
    return goesOn
  }

  func readErrors() -> Bool {
    Self.read(errorDescriptor) {
      complaints = String((complaints + String(decoding: $0, as: UTF8.self)).suffix(4_000))
    }
  }

  private static func read(_ descriptor: Int32, _ take: ([UInt8]) -> Void) -> Bool {
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = Foundation.read(descriptor, &buffer, buffer.count)
      if count > 0 {
        take(Array(buffer[..<count]))
      } else if count < 0, errno == EINTR {
        continue
      } else {
        return count < 0 && errno == EAGAIN
      }
    }
  }

  /// Ends its stdin.
  func closeInput() { try? input.fileHandleForWriting.close() }

  var isRunning: Bool { process.isRunning }

  /// What it exited with, in words; nil: status 0.
  var whyNotZero: String? {
    if process.terminationReason == .uncaughtSignal {
      return "it was ended by signal \(process.terminationStatus)"
    }
    return process.terminationStatus == 0
      ? nil : "it exited with status \(process.terminationStatus)"
  }

  func kill() {
    guard process.isRunning else { return }
    Foundation.kill(process.processIdentifier, SIGKILL)
    process.waitUntilExit()
  }
}
