import Foundation
import KODSchema
import KODWire
import Testing

/// Holds the pages of `Protocol/` to what the code does.
@Suite struct `Protocol pages` {
  private func lines(of page: String) throws -> [Substring] {
    try PackagePaths.read("Protocol/\(page).md")
      .split(separator: "\n", omittingEmptySubsequences: false)
  }

  // MARK: Example bytes

  /// A frame as it stands in the page.
  struct Example: CustomTestStringConvertible, Sendable {
    var name: String
    var write: @Sendable (inout ByteWriter) -> Void
    var testDescription: String { name }

    static let all = [
      Example(name: "HELLO") { writer in
        writer.appendFrame(
          type: .hello,
          payload: Hello(
            minimumVersion: 1, maximumVersion: 1, token: "kod1.example", client: "example 1.0"))
      },
      Example(name: "WELCOME") { writer in
        writer.appendFrame(
          type: .welcome,
          payload: Welcome(
            version: 1, sessionId: 7, principal: "alice", role: .assister,
            serverTimeUs: 1_767_261_600_000_000,
            limits: Limits(
              maximumPayloadBytes: 65_536, maximumCallsInFlight: 64, pingIntervalMs: 25_000,
              silenceLimitMs: 60_000, defaultTimeoutMs: 10_000, maximumTimeoutMs: 60_000,
              resumePushes: 256, resumeAgeMs: 86_400_000, maximumHelloBytes: 4_096,
              maximumBytesBeforeWelcome: 16_384, helloTimeoutMs: 10_000, maximumPingBytes: 32,
              pushQueueBytes: 262_144, readPauseBytes: 262_144, outputLimitBytes: 1_048_576,
              cancelBurst: 128, cancelsPerSecond: 32, idempotencyKeyMs: 86_400_000,
              credentialLifetimeMs: 7_776_000_000, maximumCredentials: 16,
              maximumStateReferrals: 1_000, maximumLongQuestions: 4, maximumPageSize: 100,
              maximumOpenNotices: 1_000, lingerMs: 2_000, drainMs: 3_000, maximumSubscriptions: 1,
              maximumStandingOffers: 256, maximumStandingAssignments: 16, maximumAttempts: 64,
              maximumUpdateRows: 100, maximumDeskNotes: 64, maximumMoments: 32,
              maximumSimulationRequests: 100_000, maximumSimulationAssisters: 10_000),
            server: "kod-server 0.1.0", minorVersion: 1))
      },
      Example(name: "REQUEST") { writer in
        writer.appendFrame(
          type: .request, call: 1, method: Method.Assisters.acceptOffer.number,
          timeoutMilliseconds: 5_000, payload: AcceptOfferRequest(offerId: 300))
      },
      Example(name: "RESPONSE") { writer in
        writer.appendFrame(
          type: .response, call: 1,
          payload: Assignment(
            referralId: 41, offerId: 300, helpType: .application, language: "es", county: 21_067,
            submittedAtUs: 1_767_261_540_000_000, acceptedAtUs: 1_767_261_600_000_000,
            callbackDueUs: 1_767_263_340_000_000,
            contact: Contact(name: "Ana", phone: "+15025550100"), state: .referralAssigned))
      },
      Example(name: "STATUS") { writer in
        writer.appendFrame(
          type: .status, call: 1,
          payload: Status(
            code: .aborted, reason: .offerTaken, message: "another assister accepted first",
            takenAtUs: 1_767_261_599_500_000))
      },
    ]
  }

  @Test(arguments: Example.all)
  func `shows the bytes that the codec writes`(example: Example) throws {
    var writer = ByteWriter()
    example.write(&writer)
    let expected = dump(writer.bytes)
    let lines = try lines(of: "FRAMES")
    let mark = try #require(
      lines.firstIndex(of: "<!-- example: \(example.name) -->"), "no example \(example.name)")
    let shown = lines[(mark + 2)...].prefix { $0 != "```" }
    #expect(shown.map { String($0) } == expected, "should be:\n\(expected.joined(separator: "\n"))")
  }

  /// Offset, sixteen bytes in hexadecimal, the same as ASCII.
  private func dump(_ bytes: [UInt8]) -> [String] {
    stride(from: 0, to: bytes.count, by: 16).map { start in
      let row = bytes[start..<min(start + 16, bytes.count)]
      let hexadecimal = row.map { String(format: "%02x", $0) }.joined(separator: " ")
      let padding = String(repeating: " ", count: 47 - hexadecimal.count)
      let text = row.map { (32..<127).contains($0) ? String(UnicodeScalar($0)) : "." }.joined()
      return String(format: "%04x", start) + "  \(hexadecimal)\(padding)  |\(text)|"
    }
  }

  // MARK: Tables

  /// The cells of the table rows whose first cell looks like `first`, without backticks.
  private func rows(
    of page: String, under heading: Substring, count: Int, where isWanted: (String) -> Bool
  ) throws -> [[String]] {
    let lines = try lines(of: page)
    let start = try #require(lines.firstIndex(of: heading), "no section \(heading) in \(page).md")
    let depth = heading.prefix { $0 == "#" }
    let section = lines[(start + 1)...].prefix { !$0.hasPrefix(depth + " ") }
    return section.filter { $0.hasPrefix("| ") }.map { line in
      line.split(separator: "|").map {
        $0.trimmingCharacters(in: .whitespaces).replacingOccurrences(of: "`", with: "")
      }
    }
    .filter { $0.count >= count && isWanted($0[0]) }
  }

  private func isNumber(_ cell: String) -> Bool { Int(cell) != nil }

  @Test func `lists every reason with its code and whether to retry`() throws {
    let rows = try rows(of: "ERRORS", under: "## 8.3 Reasons", count: 6, where: isNumber)
    #expect(
      rows.map { Array($0[0...3]) }
        == Reason.allKnown.filter { $0 != .unspecified }.map {
          [String($0.rawValue), $0.name, $0.code.name, $0.isRetriable ? "yes" : "no"]
        })
  }

  @Test func `answers bad input with reasons that exist`()
    throws
  {
    let rows = try rows(of: "ERRORS", under: "## 8.1 Bad input", count: 3) {
      $0 != "what the client did"
    }
    let known = Set(Reason.allKnown.map(\.name))
    let named = rows.map { $0[2] }.filter { !$0.isEmpty && !$0.hasPrefix("-") }
    #expect(named.count > 20)
    #expect(Set(named).isSubset(of: known), "\(Set(named).subtracting(known))")
  }

  @Test func `lists every status code`() throws {
    let rows = try rows(of: "ERRORS", under: "## 8.2 Status codes", count: 3, where: isNumber)
    #expect(
      rows.map { Array($0[0...1]) } == Code.allKnown.map { [String($0.rawValue), $0.name] })
  }

  @Test func `lists every frame type`() throws {
    let rows = try rows(of: "FRAMES", under: "### 3.2 Types", count: 5, where: isNumber)
      .filter { FrameType.allKnown.map(\.name).contains($0[1]) }
    #expect(
      rows.map { Array($0[0...1]) }
        == FrameType.allKnown.dropFirst().map { [String($0.rawValue), $0.name] })
  }

  @Test func `lists every method with number, messages and roles`() throws {
    let rows = try rows(of: "METHODS", under: "## 7.1 The methods", count: 5) { $0.hasPrefix("0x") }
    let prefix = "kod.v1."
    func short(_ name: String) -> String { String(name.dropFirst(prefix.count)) }
    #expect(
      rows.map { Array($0[0...3]) }
        == Method.all.map { method in
          let stream = method.isServerStream ? "stream of " : ""
          return [
            "0x" + String(format: "%04x", method.number), short(method.name),
            "\(short(method.requestName)) → \(stream)\(short(method.responseName))",
            method.allowedRoles.map(\.name).joined(separator: ", "),
          ]
        })
  }

  @Test func `explains every kind of push`() throws {
    let rows = try rows(of: "PUSHES", under: "## 6.6 The pushes", count: 3) { $0.contains("_") }
    let schema = try PackagePaths.schema()
    let push = try #require(schema.message(named: "Push"))
    #expect(rows.map { $0[0] } == push.fields.filter { $0.oneof == "body" }.map(\.name))
  }

  @Test func `gives the limits that the codec has`() throws {
    let rows = try rows(of: "LIMITS", under: "# Limits", count: 2) { $0.hasPrefix("payload of") }
    #expect(
      rows.map { $0[1] }.prefix(3) == ["65,536 bytes", "4,096 bytes", "32 bytes"])
    #expect(FrameLimits.maximumPayloadBytes == 65_536)
    #expect(FrameLimits.maximumHelloBytes == 4_096)
    #expect(FrameLimits.maximumPingBytes == 32)
  }

  @Test func `names every limit of WELCOME once`() throws {
    let rows = try rows(of: "LIMITS", under: "# Limits", count: 3) { $0 != "limit" && $0 != "---" }
    let limits = try #require(try PackagePaths.schema().message(named: "Limits"))
    #expect(
      rows.map { $0[2] }.filter { !$0.isEmpty }.sorted() == limits.fields.map(\.name).sorted())
  }

  /// Without the characters that a heading's anchor leaves out.
  private func anchor(of heading: Substring) -> String {
    heading.drop { $0 == "#" || $0 == " " }.lowercased()
      .filter { $0.isLetter || $0.isNumber || $0 == " " || $0 == "-" || $0 == "_" }
      .replacingOccurrences(of: " ", with: "-")
  }

  @Test(arguments: [
    "README", "FRAMES", "SESSION", "CALLS", "PUSHES", "METHODS", "ERRORS", "LIMITS", "VERSIONS",
    "SECURITY", "NUMBERS",
  ])
  func `every link leads somewhere`(page: String) throws {
    let text = try PackagePaths.read("Protocol/\(page).md")
    for match in text.matches(of: /\]\(([^)#\s]*)(?:#([^)\s]*))?\)/) {
      let file = match.1.isEmpty ? "\(page).md" : String(match.1)
      let target = PackagePaths.root.appending(path: "Protocol/\(file)").standardizedFileURL
      #expect(FileManager.default.fileExists(atPath: target.path), "\(page).md links to \(file)")
      guard let wanted = match.2, file.hasSuffix(".md") else { continue }
      let headings = try String(contentsOf: target, encoding: .utf8)
        .split(separator: "\n").filter { $0.hasPrefix("#") }.map { anchor(of: $0) }
      #expect(headings.contains(String(wanted)), "\(page).md links to \(file)#\(wanted)")
    }
  }
}
