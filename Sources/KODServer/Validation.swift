internal import KODEngine
internal import KODWire

/// Collects what is wrong with a request, every field of it, each with its path.
struct FieldCheck {
  private(set) var violations: [FieldViolation] = []

  mutating func violation(_ path: String, _ description: String) {
    violations.append(FieldViolation(path: path, description: description))
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

  mutating func language(_ path: String, _ tag: String) {
    if !LanguageTag.isWellFormed(tag) {
      violation(path, "must be a BCP 47 language tag, such as en or es-MX")
    }
  }

  mutating func county(_ path: String, _ fips: UInt32) -> County? {
    let county = County(fips: fips)
    if county == nil {
      violation(path, "must be the FIPS code of a Kentucky county: 21001 to 21239, odd")
    }
    return county
  }

  /// E.164: a plus sign and 7 to 15 digits, the first not zero.
  mutating func phone(_ path: String, _ phone: String) {
    let digits = phone.utf8.dropFirst()
    let wellFormed =
      phone.utf8.first == UInt8(ascii: "+") && (7...15).contains(digits.count)
      && digits.allSatisfy(\.isASCIIDigit) && digits.first != UInt8(ascii: "0")
    if !wellFormed { violation(path, "must be E.164: + and 7 to 15 digits") }
  }

  /// Names everything that is wrong; nil if nothing is.
  var status: Status? { violations.isEmpty ? nil : invalid }

  private var invalid: Status {
    var status = Status.of(.fieldInvalid, "\(violations.count) field(s) are not valid")
    status.violations = violations
    return status
  }

  /// The value if nothing is wrong, else one status that names everything that is.
  func result(_ request: () -> Request?) -> Result<Request, Dispatcher.Refusal> {
    if violations.isEmpty, let request = request() { return .success(request) }
    return .failure(Dispatcher.Refusal(invalid))
  }
}

extension UInt8 {
  fileprivate var isASCIIDigit: Bool { (48...57).contains(self) }
  fileprivate var isASCIILetter: Bool { (65...90).contains(self) || (97...122).contains(self) }
}

/// What is asked of a language's name, wherever it comes from.
public enum LanguageTag {
  /// The shape of a BCP 47 tag: letters and digits in groups of up to eight, the first of two or three letters.
  public static func isWellFormed(_ tag: String) -> Bool {
    let groups = tag.utf8.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
    return tag.utf8.count <= 35
      && groups.enumerated().allSatisfy { index, group in
        (index == 0 ? 2...3 : 1...8).contains(group.count)
          && group.allSatisfy { $0.isASCIILetter || (index > 0 && $0.isASCIIDigit) }
      }
  }
}

/// Tags compare without regard to case (RFC 5646, 2.1.1): kept in lower case.
private func canonicalLanguage(_ tag: String) -> String {
  String(decoding: tag.utf8.map { (65...90).contains($0) ? $0 + 32 : $0 }, as: UTF8.self)
}

extension RegisterRequest {
  func command(by caller: PrincipalID) -> Result<Request, Dispatcher.Refusal> {
    var check = FieldCheck()
    let kind = UInt8(exactly: kind.rawValue).flatMap(KODEngine.AssisterKind.init)
    if kind == nil { check.violation("kind", "must be AGENT or KYNECTOR") }
    if !(1...16).contains(languages.count) {
      check.violation("languages", "must have 1 to 16 entries")
    }
    if counties.count > 120 { check.violation("counties", "must have at most 120 entries") }
    for (index, language) in languages.prefix(16).enumerated() {
      check.language("languages[\(index)]", language)
    }
    let known = counties.prefix(120).enumerated().compactMap { index, fips in
      check.county("counties[\(index)]", fips)
    }
    if !acceptTerms, check.violations.isEmpty {
      return .failure(
        Dispatcher.Refusal(.of(.termsNotAccepted, "registration needs the terms accepted")))
    }
    return check.result {
      kind.map {
        .command(
          .register(
            caller,
            Registration(
              kind: $0, languages: languages.map(canonicalLanguage), counties: CountySet(known))),
          reply: .standing)
      }
    }
  }
}

extension SetAvailabilityRequest {
  func command(by caller: PrincipalID) -> Result<Request, Dispatcher.Refusal> {
    var check = FieldCheck()
    let value = UInt8(exactly: override.rawValue).flatMap(KODEngine.AvailabilityOverride.init)
    if value == nil {
      check.violation("override", "must be FOLLOW_SCHEDULE, OVERRIDE_ON or OVERRIDE_OFF")
    }
    return check.result {
      value.map { .command(.setAvailability(caller, $0), reply: .standing) }
    }
  }
}

extension RejectOfferRequest {
  func command(by caller: PrincipalID) -> Result<Request, Dispatcher.Refusal> {
    var check = FieldCheck()
    check.text("reason", reason, bytes: 0...200)
    return check.result {
      .command(.reject(caller, OfferID(offerId), reason: reason), reply: .offerClosed)
    }
  }
}

extension CloseReferralRequest {
  func command(by caller: PrincipalID) -> Result<Request, Dispatcher.Refusal> {
    var check = FieldCheck()
    let outcome = UInt8(exactly: outcome.rawValue).flatMap(KODEngine.Outcome.init)
    if outcome == nil { check.violation("outcome", "must be one of the outcomes") }
    return check.result {
      outcome.map {
        .command(.close(caller, ReferralID(referralId), $0), reply: .referralClosed)
      }
    }
  }
}

extension SubmitReferralRequest {
  func command(by caller: PrincipalID) -> Result<Request, Dispatcher.Refusal> {
    var check = FieldCheck()
    if idempotencyKey.count != 16 { check.violation("idempotency_key", "must have 16 bytes") }
    check.text("partner_reference", partnerReference, bytes: 1...64)
    let help = UInt8(exactly: helpType.rawValue).flatMap(KODEngine.HelpType.init)
    if help == nil { check.violation("help_type", "must be APPLICATION, PLAN or BOTH") }
    check.language("language", language)
    let county = check.county("county", county)
    let contact = contact ?? KODWire.Contact()
    check.text("contact.name", contact.name, bytes: 1...120)
    check.phone("contact.phone", contact.phone)
    check.text("contact.notes", contact.notes, bytes: 0...2000, allowsNewlines: true)
    return check.result {
      guard let help, let county else { return nil }
      return .command(
        .submit(
          caller,
          Submission(
            idempotencyKey: idempotencyKey.reduce(0) { $0 << 8 | UInt128($1) },
            partnerReference: partnerReference, helpType: help,
            language: canonicalLanguage(language), county: county,
            contact: KODEngine.Contact(
              name: contact.name, phone: contact.phone, notes: contact.notes))),
        reply: .referral)
    }
  }
}
