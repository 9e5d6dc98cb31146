internal import KODEngine
internal import KODWire

/// Collects what is wrong with a request, every field of it, each with its path.
struct FieldCheck {
  /// So many violations are named; that there are more is said in one further line.
  static let maximumViolations = 64

  private(set) var violations: [FieldViolation] = []
  private var unnamed = 0

  var isSound: Bool { violations.isEmpty }

  mutating func violation(_ path: String, _ description: String) {
    if violations.count < Self.maximumViolations {
      violations.append(FieldViolation(path: path, description: description))
    } else {
      unnamed += 1
    }
  }

  /// A text of so many bytes of UTF-8, without control characters and, where it is needed, with something to see.
  mutating func text(
    _ path: String, _ text: String, bytes: ClosedRange<Int>, allowsNewlines: Bool = false
  ) {
    if !bytes.contains(text.utf8.count) {
      violation(path, "must have \(bytes.lowerBound) to \(bytes.upperBound) bytes")
    } else if text.unicodeScalars.contains(where: {
      Self.isControl($0) && !(allowsNewlines && $0 == "\n")
    }) {
      violation(path, "must not contain control characters")
    } else if bytes.lowerBound > 0, text.unicodeScalars.allSatisfy(\.properties.isWhitespace) {
      violation(path, "must not be blank")
    }
  }

  /// C0, DEL and C1 (U+009B starts an escape sequence on a terminal, as ESC [ does), and what turns the direction of
  /// the text around it (UAX 9, 2): a name must not rearrange the line that shows it.
  private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
    scalar.properties.generalCategory == .control
      || (0x202A...0x202E).contains(scalar.value) || (0x2066...0x2069).contains(scalar.value)
  }

  /// Why something was done: 1 to 200 bytes.
  mutating func reason(_ reason: String) { text("reason", reason, bytes: 1...200) }

  mutating func language(_ path: String, _ tag: String) {
    if !LanguageTag.isWellFormed(tag) {
      violation(path, "must be a BCP 47 language tag, such as en or es-MX")
    }
  }

  /// A list of languages, each named by its own path.
  mutating func languages(_ path: String, _ tags: [String], count: ClosedRange<Int>) -> [String] {
    if !count.contains(tags.count) {
      violation(path, "must have \(count.lowerBound) to \(count.upperBound) entries")
    }
    for (index, tag) in tags.prefix(count.upperBound).enumerated() {
      language("\(path)[\(index)]", tag)
    }
    return tags.map(LanguageTag.canonical)
  }

  mutating func county(_ path: String, _ fips: UInt32) -> County? {
    let county = County(fips: fips)
    if county == nil {
      violation(path, "must be the FIPS code of a Kentucky county: 21001 to 21239, odd")
    }
    return county
  }

  mutating func counties(_ path: String, _ codes: [UInt32]) -> CountySet {
    if codes.count > 120 { violation(path, "must have at most 120 entries") }
    let known = codes.prefix(120).enumerated().compactMap { index, fips in
      county("\(path)[\(index)]", fips)
    }
    return CountySet(known)
  }

  mutating func phone(_ path: String, _ phone: String) {
    if !PhoneNumber.isWellFormed(phone) { violation(path, "must be E.164: + and 7 to 15 digits") }
  }

  mutating func email(_ path: String, _ address: String) {
    if !EmailAddress.isWellFormed(address) {
      violation(path, "must be an email address of at most \(EmailAddress.maximumBytes) bytes")
    }
  }

  /// The name of an assister's credential.
  mutating func name(_ path: String, _ name: String) {
    if !PrincipalName.isWellFormed(name) {
      violation(path, "must have 1 to 64 letters, digits, '-', '_' or '.', the first not '.'")
    }
  }

  /// An instant that the engine deals with, zero included.
  @discardableResult
  mutating func instant(_ path: String, _ microseconds: Int64) -> Instant? {
    guard (0...EngineLimits.latestInstant.microseconds).contains(microseconds) else {
      violation(path, "must be 0 to \(EngineLimits.latestInstant.microseconds) (year 2112)")
      return nil
    }
    return Instant(microseconds: microseconds)
  }

  /// A half-open period; an end of 0 is none.
  mutating func period(from: Int64, to: Int64) -> (from: Instant, to: Instant?)? {
    let start = instant("from_us", from)
    let end = instant("to_us", to)
    guard let start, let end else { return nil }
    guard to == 0 || end > start else {
      violation("to_us", "must be after from_us")
      return nil
    }
    return (start, to == 0 ? nil : end)
  }

  /// Rows of one page.
  static let maximumPageSize: UInt32 = 100

  /// 1 to 100 rows; 0 stands for 50.
  mutating func pageSize(_ size: UInt32) -> Int {
    number("page_size", size, in: 0...Self.maximumPageSize)
    return size == 0 ? 50 : Int(min(size, Self.maximumPageSize))
  }

  /// A word of an enumeration, as the engine has it.
  mutating func word<Word: RawRepresentable<UInt8>>(
    _ path: String, _ value: some WireEnum, _ names: String, as type: Word.Type = Word.self
  ) -> Word? {
    let word = UInt8(exactly: value.rawValue).flatMap(Word.init)
    if word == nil { violation(path, "must be \(names)") }
    return word
  }

  /// The same where zero stands for "any".
  mutating func optionalWord<Word: RawRepresentable<UInt8>>(
    _ path: String, _ value: some WireEnum, _ names: String, as type: Word.Type = Word.self
  ) -> Word? {
    value.rawValue == 0 ? nil : word(path, value, names, as: type)
  }

  /// Words of an enumeration, each named by its own path.
  mutating func words<Word: RawRepresentable<UInt8>>(
    _ path: String, _ values: [some WireEnum], most: Int, _ names: String,
    as type: Word.Type = Word.self
  ) -> [Word] {
    if values.count > most { violation(path, "must have at most \(most) entries") }
    return values.prefix(most).enumerated().compactMap { index, value in
      word("\(path)[\(index)]", value, names, as: type)
    }
  }

  /// A number inside its bounds.
  mutating func number<Number: FixedWidthInteger>(
    _ path: String, _ value: Number, in range: ClosedRange<Number>, unit: String = ""
  ) {
    if !range.contains(value) {
      violation(path, "must be \(range.lowerBound) to \(range.upperBound)\(unit)")
    }
  }

  /// Names everything that is wrong; nil if nothing is.
  var status: Status? { violations.isEmpty ? nil : invalid }

  var invalid: Status {
    let count = violations.count + unnamed
    var status = Status.of(.fieldInvalid, "\(count) field(s) are not valid")
    status.violations = violations
    if unnamed > 0 {
      status.violations.append(FieldViolation(description: "and \(unnamed) more"))
    }
    return status
  }

  /// The value if nothing is wrong, else one status that names everything that is.
  func result(_ request: () -> Request?) -> Dispatcher.Judgement {
    if violations.isEmpty, let request = request() { return .success(request) }
    return .failure(Dispatcher.Refusal(invalid))
  }
}
