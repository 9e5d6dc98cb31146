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

  /// What it wrote that nobody may see, in words; nil: nothing.
  private(set) var betrayed: String?

  private var secrets: [String] = []
  private var errorText = ""
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
    for descriptor in [
      output.fileHandleForReading.fileDescriptor, errors.fileHandleForReading.fileDescriptor,
      input.fileHandleForWriting.fileDescriptor,
    ] {
      _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK)
    }
    try process.run()
  }

  var outputDescriptor: Int32 { output.fileHandleForReading.fileDescriptor }
  var errorDescriptor: Int32 { errors.fileHandleForReading.fileDescriptor }

  /// Writes a line to its stdin; false: it has not read it within five seconds. One that has ended
  /// is not told anything: that shows where it is heard.
  func tell(_ line: String) -> Bool {
    let descriptor = input.fileHandleForWriting.fileDescriptor
    var rest = Array((line + "\n").utf8)[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress, $0.count) }
      if count > 0 {
        rest = rest.dropFirst(count)
      } else if count < 0, errno == EAGAIN {
        var waiting = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        guard poll(&waiting, 1, 5_000) > 0 else { return false }
      } else if count >= 0 || errno != EINTR {
        return true
      }
    }
    return true
  }

  /// From now on the text must not stand in what it writes to stderr.
  func mustNotLog(_ text: String) { secrets.append(text) }

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
      // The event `token` is where a new token belongs.
      let members = (event.members ?? []).filter {
        event["event"]?.text != "token" || $0.key != "token"
      }
      if Secrets.holdsToken(JSON.object(members).line) {
        betrayed = betrayed ?? "a token into an event"
      }
    }
    if received.count > Self.maximumLineBytes { nonsense = nonsense ?? "a line without an end" }
    if !goesOn { hasEnded = true }
    return goesOn
  }

  func readErrors() -> Bool {
    Self.read(errorDescriptor) {
      errorText += String(decoding: $0, as: UTF8.self)
      complaints = String(errorText.suffix(4_000))
      if Secrets.holdsToken(errorText) { betrayed = betrayed ?? "a token to stderr" }
      if let secret = secrets.first(where: { errorText.contains($0) }) {
        betrayed = betrayed ?? "'\(secret)' to stderr"
      }
      // What is cut off here was looked at; a secret that is half there is still whole in the rest.
      errorText = String(errorText.suffix(16_000))
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
