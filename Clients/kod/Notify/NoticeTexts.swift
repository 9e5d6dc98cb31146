import Foundation
import KODWire

/// A notice's words, ready to be sent.
struct NoticeText: Equatable, Sendable {
  /// Of an email; a phone has none.
  var subject: String
  var body: String
  /// Which language it came out in.
  var language: String
}

/// The words of notices by text key, language and channel: those of a folder, then the built-in ones.
struct NoticeTexts: Sendable {
  /// Of `offer.general.es.email`.
  struct Key: Hashable, Sendable {
    var textKey: String
    var language: String
    var channel: NoticeChannel
  }

  static let placeholders = ["help", "language", "county", "deadline", "offer", "referral"]

  private var own: [Key: String] = [:]

  init() {}

  /// - Throws: what is wrong with a file, so that it is known before a notice needs it.
  init(folder: String) throws(UsageError) {
    let names: [String]
    do {
      names = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
    } catch {
      throw UsageError("--texts \(folder): the folder can't be read")
    }
    for name in names where !name.hasPrefix(".") {
      let path = "\(folder)/\(name)"
      guard let key = Self.key(name) else {
        throw UsageError(
          "\(path): a text is called TEXT_KEY.LANGUAGE.email or .phone, such as offer.mass.es.email"
        )
      }
      own[key] = try Self.checked(try Files().text(path) ?? "", key, path)
    }
    guard !own.isEmpty else { throw UsageError("--texts \(folder): no texts in it") }
  }

  static func key(_ name: String) -> Key? {
    let parts = name.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    guard parts.count >= 3, parts.allSatisfy({ !$0.isEmpty }) else { return nil }
    let channel: NoticeChannel
    switch parts[parts.count - 1] {
    case "email": channel = .email
    case "phone": channel = .phone
    default: return nil
    }
    return Key(
      textKey: parts.dropLast(2).joined(separator: "."),
      language: parts[parts.count - 2].lowercased(), channel: channel)
  }

  static func checked(
    _ text: String, _ key: Key, _ path: String
  ) throws(UsageError) -> String {
    guard !text.allSatisfy(\.isWhitespace) else { throw UsageError("\(path) is empty") }
    if key.channel == .email {
      let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
      guard lines.count > 2, !lines[0].allSatisfy(\.isWhitespace), lines[1].isEmpty else {
        throw UsageError("\(path): an email is its subject, an empty line, and the body")
      }
    }
    for name in Self.names(in: text) where !placeholders.contains(name) {
      let near = Suggestion.nearest(to: name, among: placeholders)
      throw UsageError(
        "\(path): nothing is called {\(name)}"
          + (near.map { "; did you mean {\($0)}?" } ?? ": it is \(WireWords.list(placeholders))"))
    }
    return text
  }

  /// `{name}`s of a text.
  private static func names(in text: String) -> [String] {
    text.split(separator: "{", omittingEmptySubsequences: false).dropFirst().compactMap { part in
      part.firstIndex(of: "}").map { String(part[..<$0]) }
    }
  }

  /// The notice in its language, else in that language without its region, else in English.
  func text(_ notice: Notice) -> NoticeText {
    let wanted = notice.language.lowercased()
    let short = wanted.split(separator: "-").first.map(String.init) ?? wanted
    for language in [wanted, short, "en"] {
      let key = Key(textKey: notice.textKey, language: language, channel: notice.channel)
      guard let text = own[key] ?? BuiltInTexts.text(key) else { continue }
      return filled(text, notice, language: language)
    }
    // A text key of a later server: better plain words than none.
    let key = Key(textKey: "offer.general", language: "en", channel: notice.channel)
    return filled(own[key] ?? BuiltInTexts.text(key) ?? "", notice, language: "en")
  }

  private func filled(_ text: String, _ notice: Notice, language: String) -> NoticeText {
    let values = NoticeValues(notice, language: language)
    guard notice.channel == .email, let line = text.firstIndex(of: "\n") else {
      return NoticeText(subject: "", body: values.fill(text), language: language)
    }
    let body = text[line...].drop { $0 == "\n" }
    // Values hold no line breaks: what a header says stays one line.
    return NoticeText(
      subject: values.fill(String(text[..<line])), body: values.fill(String(body)),
      language: language)
  }
}

/// What stands for the placeholders. Nothing of the Resident's is among it (R39): a notice does not know it.
private struct NoticeValues {
  private let values: [String: String]

  init(_ notice: Notice, language: String) {
    let offer = notice.offer ?? Offer()
    let county = Counties.county(fips: offer.county)
    let zone = TimeZone(identifier: county?.zone.identifier ?? TimeZoneName.eastern.identifier)
    let minute = ClockFace(zone: zone ?? .gmt).minute(offer.deadlineUs)
    let isSpanish = language.hasPrefix("es")
    values = [
      "help": Self.help(offer.helpType, isSpanish: isSpanish),
      "language": isSpanish
        ? Self.spanish[offer.language] ?? Languages.name(offer.language)
        : Languages.name(offer.language),
      "county": county?.name ?? "\(offer.county)",
      "deadline": "\(minute) \(county?.zone.rawValue ?? "ET")", "offer": "\(offer.offerId)",
      "referral": "\(offer.referralId)",
    ]
  }

  private static let spanish = ["en": "inglés", "es": "español"]

  private static func help(_ help: HelpType, isSpanish: Bool) -> String {
    switch (help, isSpanish) {
    case (.application, false): "applying for benefits"
    case (.plan, false): "choosing a health plan"
    case (_, false): "applying for benefits and choosing a health plan"
    case (.application, true): "una solicitud de beneficios"
    case (.plan, true): "elegir un plan de salud"
    case (_, true): "una solicitud de beneficios y elegir un plan de salud"
    }
  }

  /// In one pass: what a value holds is never taken for a placeholder.
  func fill(_ text: String) -> String {
    var result = ""
    var rest = text[...]
    while let open = rest.firstIndex(of: "{") {
      result += rest[..<open]
      rest = rest[open...]
      guard let close = rest.firstIndex(of: "}"),
        let value = values[String(rest[rest.index(after: open)..<close])]
      else {
        result.append(rest.removeFirst())
        continue
      }
      result += value
      rest = rest[rest.index(after: close)...]
    }
    return result + rest
  }
}

/// English and Spanish.
enum BuiltInTexts {
  static func text(_ key: NoticeTexts.Key) -> String? {
    switch (key.textKey, key.language, key.channel) {
    case ("offer.general", "en", .email): generalEnglish
    case ("offer.general", "es", .email): generalSpanish
    case ("offer.mass", "en", .email): massEnglish
    case ("offer.mass", "es", .email): massSpanish
    case ("offer.general", "en", .phone):
      """
      kynect On Demand: a Resident asks for help with {help}. Language: {language}. County: {county}. Offered to you \
      alone; please answer by {deadline}. Offer {offer}.
      """
    case ("offer.general", "es", .phone):
      """
      kynect On Demand: un residente pide ayuda con {help}. Idioma: {language}. Condado: {county}. Se le ofrece solo a \
      usted; responda antes de las {deadline}. Oferta {offer}.
      """
    case ("offer.mass", "en", .phone):
      """
      kynect On Demand: a Resident asks for help with {help}. Language: {language}. County: {county}. The first to \
      accept gets it, until {deadline}. Offer {offer}.
      """
    case ("offer.mass", "es", .phone):
      """
      kynect On Demand: un residente pide ayuda con {help}. Idioma: {language}. Condado: {county}. El primero que \
      acepte la recibe, hasta las {deadline}. Oferta {offer}.
      """
    default: nil
    }
  }

  private static let generalEnglish = """
    kynect On Demand: a request for you, answer by {deadline}

    A Resident asks for help with {help}.

    Language:   {language}
    County:     {county}
    Answer by:  {deadline}
    Offer:      {offer} (referral {referral})

    It is offered to you alone. Please accept or reject it in kynect On Demand.
    Without an answer by then it goes to somebody else and counts as missed.
    Whom to call you see when you have accepted.
    """

  private static let generalSpanish = """
    kynect On Demand: una solicitud para usted, responda antes de las {deadline}

    Un residente pide ayuda con {help}.

    Idioma:           {language}
    Condado:          {county}
    Responder antes:  {deadline}
    Oferta:           {offer} (referencia {referral})

    Se le ofrece solo a usted. Acéptela o rechácela en kynect On Demand.
    Sin respuesta a tiempo pasa a otra persona y cuenta como perdida.
    A quién llamar lo verá cuando la haya aceptado.
    """

  private static let massEnglish = """
    kynect On Demand: a request for the first to accept, until {deadline}

    A Resident asks for help with {help}.

    Language:   {language}
    County:     {county}
    Until:      {deadline}
    Offer:      {offer} (referral {referral})

    It is offered to everybody who can help. The first to accept it in
    kynect On Demand gets it. Not answering does not count as missed.
    """

  private static let massSpanish = """
    kynect On Demand: una solicitud para quien la acepte primero, hasta las {deadline}

    Un residente pide ayuda con {help}.

    Idioma:   {language}
    Condado:  {county}
    Hasta:    {deadline}
    Oferta:   {offer} (referencia {referral})

    Se ofrece a todos los que pueden ayudar. La recibe quien la acepte primero
    en kynect On Demand. No responder no cuenta como perdida.
    """
}
