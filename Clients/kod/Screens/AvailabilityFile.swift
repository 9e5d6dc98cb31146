import KODJSON
import KODWire

/// `kod availability --json` read back: the same keys; times of the day also as `"09:00"`. All that is wrong is named
/// together, each with its path.
struct AvailabilityFile {
  private var wrong: [FieldViolation] = []

  static func read(_ text: String) throws(Failure) -> Availability {
    guard !text.allSatisfy(\.isWhitespace) else { throw Failure(UsageError("the file is empty")) }
    let json: JSON
    do {
      json = try JSON(parsing: Array(text.utf8))
    } catch {
      throw Failure(UsageError("the file is not JSON: \(error) (see: kod help availability set)"))
    }
    var reader = AvailabilityFile()
    let availability = reader.availability(json["availability"] ?? json)
    guard reader.wrong.isEmpty else {
      let list = reader.wrong.map { "\($0.path) \($0.description)" }.joined(separator: "; ")
      var failure = Failure(UsageError("the file is not an availability: \(list)"))
      failure.violations = reader.wrong
      throw failure
    }
    return availability
  }

  private mutating func refuse(_ path: String, _ description: String) {
    wrong.append(FieldViolation(path: path, description: description))
  }

  // MARK: Messages

  private mutating func availability(_ json: JSON) -> Availability {
    check(json, "", ["time_zone", "around_the_clock", "weekly_hours", "out_of_office"])
    var result = Availability()
    switch json["time_zone"] {
    case .string(let name): result.timeZone = name
    case nil: refuse("time_zone", "is missing")
    default: refuse("time_zone", "must be a zone's name, such as America/Chicago")
    }
    switch json["around_the_clock"] {
    case .bool(let value): result.aroundTheClock = value
    case nil: break
    default: refuse("around_the_clock", "must be true or false")
    }
    for (index, item) in list(json["weekly_hours"], "weekly_hours").enumerated() {
      result.weeklyHours.append(hours(item, "weekly_hours[\(index)]"))
    }
    for (index, item) in list(json["out_of_office"], "out_of_office").enumerated() {
      let path = "out_of_office[\(index)]"
      check(item, path, ["start_us", "end_us"])
      result.outOfOffice.append(
        OutOfOffice(
          startUs: microseconds(item["start_us"], "\(path).start_us"),
          endUs: item["end_us"].map { microseconds($0, "\(path).end_us") } ?? 0))
    }
    return result
  }

  private mutating func hours(_ json: JSON, _ path: String) -> DailyHours {
    check(json, path, ["day", "start", "end", "breaks"])
    var result = DailyHours(
      start: minute(json["start"], "\(path).start"), end: minute(json["end"], "\(path).end"))
    if case .string(let name) = json["day"], let days = try? HoursText.days(name), days.count == 1 {
      result.day = days[0]
    } else {
      refuse("\(path).day", "must be monday to sunday")
    }
    for (index, item) in list(json["breaks"], "\(path).breaks").enumerated() {
      let path = "\(path).breaks[\(index)]"
      check(item, path, ["start", "end"])
      result.breaks.append(
        HoursBreak(
          start: minute(item["start"], "\(path).start"), end: minute(item["end"], "\(path).end")))
    }
    return result
  }

  // MARK: Values

  /// Minutes after midnight as a number, or a time of the day as text. The bounds are the server's to judge.
  private mutating func minute(_ json: JSON?, _ path: String) -> UInt32 {
    switch json {
    case .integer(let number): if let minute = UInt32(exactly: number) { return minute }
    case .string(let text): if let minute = HoursText.clock(text) { return minute }
    case nil:
      refuse(path, "is missing")
      return 0
    default: break
    }
    refuse(path, "must be minutes after midnight, 0 to 1440, or a time such as \"09:00\"")
    return 0
  }

  private mutating func microseconds(_ json: JSON?, _ path: String) -> Int64 {
    if case .integer(let number) = json { return number }
    refuse(path, "must be microseconds since 1970, a whole number")
    return 0
  }

  private mutating func list(_ json: JSON?, _ path: String) -> [JSON] {
    switch json {
    case nil, .null: return []
    case .array(let items): return items
    default:
      refuse(path, "must be a list")
      return []
    }
  }

  /// An object, with no key but these: a mistyped one would be left out in silence.
  private mutating func check(_ json: JSON, _ path: String, _ known: [String]) {
    guard case .object(let members) = json else {
      refuse(path.isEmpty ? "the file" : path, "must be an object")
      return
    }
    for key in members.map(\.key).sorted() where !known.contains(key) {
      let near = Suggestion.nearest(to: key, among: known)
      refuse(
        path.isEmpty ? key : "\(path).\(key)",
        "is no key here" + (near.map { "; did you mean \($0)?" } ?? ""))
    }
  }
}
