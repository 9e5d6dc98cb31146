internal import KODEngine
internal import KODServer

/// The import file: comma-separated, with the header `name,role,kind,languages,counties,capacity`, which may go on with
/// `phone`, `email` and `time_zone`. Several languages or counties are separated by spaces; no county means the whole
/// state, no capacity the policy's, no time zone Louisville's.
///
/// An assister without kind and languages is not registered: that is left to `Register` (R30), so nothing else of a
/// registration may stand in its row.
enum Roster {
  struct Row {
    var line: Int
    var name: String
    var role: Role
    var capacity: UInt32?
    var assister: NewAssister?
  }

  static let header = "name,role,kind,languages,counties,capacity"
  static let optionalColumns = ["phone", "email", "time_zone"]

  static func parse(_ text: String) throws(StartError) -> [Row] {
    // To Swift the end of a line as Windows writes it is one character.
    let lines = text.split(omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r\n" }
      .enumerated().map { (number: $0 + 1, text: $1) }
      .filter { !$0.text.isEmpty && !$0.text.hasPrefix("#") }
    let columns = try columns(lines.first?.text ?? "")
    var rows: [Row] = []
    var names: Set<String> = []
    for line in lines.dropFirst() {
      let row = try parse(line.text, columns, line: line.number)
      guard names.insert(row.name).inserted else {
        throw StartError("line \(line.number): name '\(row.name)' stands twice")
      }
      rows.append(row)
    }
    return rows
  }

  /// The names of all columns; the optional ones may stand in any order.
  private static func columns(_ first: Substring) throws(StartError) -> [String] {
    let columns = first.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    let optional = columns.dropFirst(6)
    guard columns.prefix(6).joined(separator: ",") == header,
      optional.allSatisfy(optionalColumns.contains), Set(optional).count == optional.count
    else {
      throw StartError(
        "the first line must be '\(header)', and may go on with \(optionalColumns.joined(separator: ", "))"
      )
    }
    return columns
  }

  private static func parse(
    _ text: Substring, _ columns: [String], line: Int
  ) throws(StartError) -> Row {
    let fields = text.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    func wrong(_ what: String) -> StartError { StartError("line \(line): \(what)") }
    guard fields.count == columns.count else {
      throw wrong("\(columns.count) fields are needed, \(fields.count) are there")
    }
    let name = fields[0]
    guard PrincipalName.isWellFormed(name) else {
      throw wrong("name must have 1 to 64 letters, digits, '-', '_' or '.', the first not '.'")
    }
    guard let role = roles[fields[1]] else {
      throw wrong("role must be one of \(roles.keys.sorted().joined(separator: ", "))")
    }
    let capacity = UInt32(fields[5])
    guard fields[5].isEmpty || capacity.map({ $0 > 0 }) == true else {
      throw wrong("capacity must be a number from 1")
    }
    guard role == .assister else {
      if let extra = zip(columns, fields).dropFirst(2).first(where: { !$0.1.isEmpty }) {
        throw wrong("\(extra.0) is for assisters only")
      }
      return Row(line: line, name: name, role: role, capacity: capacity)
    }
    if fields[2].isEmpty && fields[3].isEmpty {
      let others = zip(columns, fields).filter { $0.0 != "capacity" }.dropFirst(4)
      if let extra = others.first(where: { !$0.1.isEmpty }) {
        throw wrong("\(extra.0) needs kind and languages: without them nothing is registered")
      }
      return Row(line: line, name: name, role: role, capacity: capacity)
    }
    var assister = NewAssister(registration: try registration(fields, wrong))
    for (column, value) in zip(columns, fields).dropFirst(6) where !value.isEmpty {
      try assister.set(column, value, wrong)
    }
    return Row(line: line, name: name, role: role, capacity: capacity, assister: assister)
  }

  private static func registration(
    _ fields: [String], _ wrong: (String) -> StartError
  ) throws(StartError) -> Registration {
    guard let kind = kinds[fields[2]] else { throw wrong("kind must be agent or kynector") }
    let languages = fields[3].split(separator: " ").map { $0.lowercased() }
    guard (1...16).contains(languages.count) else { throw wrong("1 to 16 languages are needed") }
    if let bad = languages.first(where: { !LanguageTag.isWellFormed($0) }) {
      throw wrong("'\(bad)' is not a language tag, such as en or es-MX")
    }
    let codes = fields[4].split(separator: " ")
    let counties = codes.compactMap { UInt32($0).flatMap(County.init) }
    guard counties.count == codes.count else {
      throw wrong("counties must be FIPS codes from 21001 to 21239")
    }
    return Registration(kind: kind, languages: languages, counties: CountySet(counties))
  }

  private static let kinds: [String: AssisterKind] = ["agent": .agent, "kynector": .kynector]
  private static let roles: [String: Role] = [
    "assister": .assister, "intake_partner": .intakePartner, "supervisor": .supervisor,
    "operator": .operator, "auditor": .auditor, "notifier": .notifier,
  ]
}

/// An assister as a roster registers it: around the clock, in the zone that is given.
struct NewAssister {
  var registration: Registration
  var contact = PreferredContact()
  /// Nil: Louisville's.
  var timeZone: String?

  mutating func set(
    _ column: String, _ value: String, _ wrong: (String) -> StartError
  ) throws(StartError) {
    switch column {
    case "phone":
      guard PhoneNumber.isWellFormed(value) else {
        throw wrong("phone must be + and 7 to 15 digits")
      }
      contact.phone = value
    case "email":
      guard EmailAddress.isWellFormed(value) else { throw wrong("email must be an email address") }
      contact.email = value
    default:
      guard Outlooks.knows(zone: value) else {
        throw wrong("time_zone must be an IANA time zone, such as America/Kentucky/Louisville")
      }
      timeZone = value
    }
  }

  /// What is saved beyond the registration; nil: nothing.
  func change(at instant: Instant, _ outlooks: inout Outlooks) -> ProfileChange? {
    guard timeZone != nil || contact != PreferredContact() else { return nil }
    var change = ProfileChange()
    if contact != PreferredContact() { change.contact = contact }
    if let timeZone {
      change.availability = outlooks.schedule(
        AvailabilitySettings(timeZone: timeZone, aroundTheClock: true), at: instant)
    }
    return change
  }
}
