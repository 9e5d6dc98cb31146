import KODWire

/// One Resident's request of the demo's morning.
struct DemoRequest: Equatable, Sendable {
  /// Minutes after midnight, as the file says.
  var minute: Int
  var reference: String
  var helpType: HelpType
  var language: String
  var county: CountyRow
  var contact: Contact
  /// Minutes after its submission at which the partner cancels it.
  var cancelAfter: Int?

  static let columns = [
    "at", "reference", "help_type", "language", "county", "name", "phone", "notes", "cancel_after",
  ]

  func submission() -> SubmitReferralRequest {
    SubmitReferralRequest(
      idempotencyKey: IdempotencyKey.random(), partnerReference: reference, helpType: helpType,
      language: language, county: county.fips, contact: contact)
  }

  /// Reads the file; blank lines and lines that start with `#` are skipped. Errors name the line.
  static func parse(_ csv: String, path: String) throws(UsageError) -> [DemoRequest] {
    var requests: [DemoRequest] = []
    var sawHead = false
    for (index, line) in csv.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
      let text = line.last == "\r" ? line.dropLast() : line
      if text.allSatisfy(\.isWhitespace) || text.hasPrefix("#") { continue }
      do throws(UsageError) {
        let cells = try cells(String(text))
        if !sawHead {
          guard cells == columns else {
            throw UsageError("the columns are \(columns.joined(separator: ","))")
          }
          sawHead = true
        } else {
          requests.append(try request(cells))
        }
      } catch {
        throw UsageError("\(path), line \(index + 1): \(error.message)")
      }
    }
    guard !requests.isEmpty else { throw UsageError("\(path): no requests in it") }
    return requests.sorted { $0.minute < $1.minute }
  }

  private static func request(_ cells: [String]) throws(UsageError) -> DemoRequest {
    guard cells.count == columns.count else {
      throw UsageError("\(cells.count) cells instead of \(columns.count)")
    }
    var cancelAfter: Int?
    if !cells[8].isEmpty {
      guard let minutes = Int(cells[8]), (0...600).contains(minutes) else {
        throw UsageError("cancel_after is a number of minutes; got '\(cells[8])'")
      }
      cancelAfter = minutes
    }
    guard (1...64).contains(cells[1].utf8.count) else {
      throw UsageError("a reference has 1 to 64 bytes")
    }
    return DemoRequest(
      minute: try minute(cells[0]), reference: cells[1], helpType: try HelpType.parse(cells[2]),
      language: try Languages.parse(cells[3]), county: try Counties.parse(cells[4]),
      contact: Contact(name: cells[5], phone: try Phone.parse(cells[6]), notes: cells[7]),
      cancelAfter: cancelAfter)
  }

  /// `08:05` as minutes after midnight.
  private static func minute(_ text: String) throws(UsageError) -> Int {
    let parts = text.split(separator: ":")
    guard parts.count == 2, let hour = Int(parts[0]), let minute = Int(parts[1]),
      (0..<24).contains(hour), (0..<60).contains(minute)
    else { throw UsageError("a time of day is HH:MM; got '\(text)'") }
    return hour * 60 + minute
  }

  /// Cells at commas; a cell in double quotes may hold commas, and quotes written twice.
  static func cells(_ line: String) throws(UsageError) -> [String] {
    var cells: [String] = []
    var cell = ""
    var quoted = false
    var rest = Substring(line)
    while let character = rest.popFirst() {
      switch character {
      case "\"" where quoted && rest.first == "\"":
        cell.append("\"")
        rest.removeFirst()
      case "\"": quoted.toggle()
      case "," where !quoted:
        cells.append(cell)
        cell = ""
      default: cell.append(character)
      }
    }
    guard !quoted else { throw UsageError("a quote is not closed") }
    return cells + [cell]
  }
}
