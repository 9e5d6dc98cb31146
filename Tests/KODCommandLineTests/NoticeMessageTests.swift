import Foundation
import KODWire
import Testing

@testable import kod

private let now: Int64 = 1_773_067_327_000_000

func notice(
  _ id: UInt64 = 17, _ channel: NoticeChannel = .email, address: String? = nil,
  language: String = "en", key: String = "offer.general", attempt: UInt32 = 1,
  deadline: Int64 = now + 900_000_000
) -> Notice {
  Notice(
    noticeId: id, channel: channel,
    address: address ?? (channel == .email ? "alice@example.org" : "+15025550100"),
    language: language, textKey: key,
    offer: Offer(
      offerId: 8, referralId: 3, kind: .general, helpType: .application, language: "es",
      county: 21_145, submittedAtUs: now, offeredAtUs: now, deadlineUs: deadline,
      state: .offerPending),
    createdAtUs: now, attempt: attempt)
}

@Suite struct NoticeMessageTests {
  private let from = try! MailAddress(
    parsing: "kynect On Demand <desk@example.org>", option: "from")

  private func email(_ notice: Notice, _ texts: NoticeTexts = NoticeTexts()) -> String {
    String(
      decoding: NoticeMessage.email(texts.text(notice), notice, from: from, now: now), as: UTF8.self
    )
  }

  @Test func `an English notice is a whole message in plain ASCII`() {
    let expected = """
      From: "kynect On Demand" <desk@example.org>
      To: alice@example.org
      Subject: kynect On Demand: a request for you, answer by 09:57 CT
      Date: Mon, 9 Mar 2026 14:42:07 +0000
      Message-ID: <kod.notice.17.1773067327000000@example.org>
      Auto-Submitted: auto-generated
      MIME-Version: 1.0
      Content-Type: text/plain; charset=utf-8
      Content-Transfer-Encoding: 7bit
      Content-Language: en

      A Resident asks for help with applying for benefits.

      Language:   Spanish
      County:     McCracken
      Answer by:  09:57 CT
      Offer:      8 (referral 3)

      It is offered to you alone. Please accept or reject it in kynect On Demand.
      Without an answer by then it goes to somebody else and counts as missed.
      Whom to call you see when you have accepted.

      """
    #expect(email(notice()) == expected)
  }

  @Test func `a Spanish notice is encoded, and decodes to its words`() throws {
    let text = email(notice(language: "es-MX"))
    #expect(text.utf8.allSatisfy { $0 == 10 || (0x20...0x7e).contains($0) })
    #expect(text.contains("Content-Transfer-Encoding: quoted-printable"))
    #expect(text.contains("Content-Language: es"))
    #expect(text.contains("Ac=C3=A9ptela"))
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    for line in lines { #expect(line.utf8.count <= 78, "\(line)") }
  }

  @Test func `the same notice has the same Message-ID when it comes again, and no other has`() {
    let first = NoticeMessage.messageID(notice(17), domain: "example.org")
    #expect(first == NoticeMessage.messageID(notice(17, attempt: 1), domain: "example.org"))
    #expect(first != NoticeMessage.messageID(notice(18), domain: "example.org"))
    var restored = notice(17)
    restored.createdAtUs += 1
    #expect(first != NoticeMessage.messageID(restored, domain: "example.org"))
  }

  @Test(arguments: ["en", "es"], ["offer.general", "offer.mass"])
  func `R39: texts for all channels say what is known, and nothing of the Resident`(
    language: String, key: String
  ) {
    for channel in [NoticeChannel.email, .phone] {
      let text = NoticeTexts().text(notice(17, channel, language: language, key: key))
      #expect(text.language == language)
      #expect(!text.body.contains("{") && !text.subject.contains("{"))
      #expect(text.body.contains("McCracken") && text.body.contains("09:57 CT"))
      #expect(text.subject.isEmpty == (channel == .phone))
      #expect(text.body.lowercased().contains("name") == false)
    }
  }

  @Test func `a phone's text is one line`() {
    let bytes = NoticeMessage.phone(NoticeTexts().text(notice(17, .phone)))
    #expect(bytes.filter { $0 == 10 }.count == 1 && bytes.last == 10)
    #expect(bytes.count < 320)
  }

  @Test(arguments: [
    ("plain", "plain"), ("Señora López", "=?UTF-8?B?U2XDsW9yYSBMw7NwZXo=?="),
    ("a\nBcc: x@y.org", "=?UTF-8?B?YQpCY2M6IHhAeS5vcmc=?="),
    ("=?UTF-8?B?x?=", "=?UTF-8?B?PT9VVEYtOD9CP3g/PQ==?="),
  ])
  func `a subject can't break out of its header`(text: String, expected: String) {
    #expect(HeaderWords.text(text, after: "Subject") == expected)
  }

  @Test func `long subjects are folded between characters`() {
    let words = HeaderWords.encoded(String(repeating: "ñ", count: 100))
    let lines = words.split(separator: "\n")
    #expect(lines.count > 2)
    let decoded = lines.map { line in
      let base = line.drop { $0 == " " }.dropFirst("=?UTF-8?B?".count).dropLast(2)
      return String(decoding: Data(base64Encoded: String(base)) ?? Data(), as: UTF8.self)
    }
    #expect(decoded.joined() == String(repeating: "ñ", count: 100))
    for line in lines { #expect(line.utf8.count <= 76) }
  }

  @Test(arguments: [
    ("short\n", "7bit", "short\n"), ("no end", "7bit", "no end\n"),
    ("a = b ñ\n", "quoted-printable", "a =3D b =C3=B1\n"),
    ("tráiler \n", "quoted-printable", "tr=C3=A1iler=20\n"),
    (
      String(repeating: "x", count: 80) + "\n", "quoted-printable",
      String(repeating: "x", count: 75) + "=\nxxxxx\n"
    ),
  ])
  func `bodies are encoded when they must be`(text: String, encoding: String, expected: String) {
    let body = NoticeMessage.Body(text)
    #expect(body.encoding == encoding)
    #expect(body.text == expected)
  }

  @Test(arguments: [
    ("desk@example.org", "desk@example.org"), ("Desk <d@e.org>", "\"Desk\" <d@e.org>"),
    ("\"A, B\" <d@e.org>", "\"A, B\" <d@e.org>"),
    ("Señal <d@e.org>", "=?UTF-8?B?U2XDsWFs?= <d@e.org>"),
  ])
  func `a sender is an address with or without a name`(text: String, header: String) throws {
    #expect(try MailAddress(parsing: text, option: "from").header == header)
  }

  @Test(arguments: [
    "", "desk", "a@b@c", "a b@c.org", "a@b.org,c@d.org", "a@b.org\nBcc: x@y.org", "-oQ/tmp@b.org",
    "<a@b.org", "é@b.org", "a@b.org;reboot", "a`id`@b.org$(id)", "@b.org", "a@",
  ])
  func `what is not exactly one mailbox is none`(text: String) {
    #expect(throws: UsageError.self) { try MailAddress(parsing: text, option: "from") }
    #expect(NotifyRun.fault(notice(address: text)) != nil)
  }

  @Test func `a phone number is digits behind a plus`() {
    #expect(NotifyRun.fault(notice(17, .phone)) == nil)
    for bad in ["", "15025550100", "+1502;x", "-v", "+1 502"] {
      #expect(NotifyRun.fault(notice(17, .phone, address: bad)) != nil)
    }
  }

  @Test func `the environment has everything that a program may need`() {
    let environment = NotifyRun.environment(
      notice(17, .phone, attempt: 2), subject: "S",
      inherited: ["PATH": "/bin", "KOD_ADDRESS": "old"])
    let expected = [
      "PATH": "/bin", "KOD_NOTICE_ID": "17", "KOD_CHANNEL": "phone",
      "KOD_ADDRESS": "+15025550100", "KOD_LANGUAGE": "en", "KOD_TEXT_KEY": "offer.general",
      "KOD_DEADLINE": "2026-03-09T14:57:07Z", "KOD_OFFER": "8", "KOD_REFERRAL": "3",
      "KOD_HELP_TYPE": "application", "KOD_COUNTY": "21145", "KOD_COUNTY_NAME": "McCracken",
      "KOD_ATTEMPT": "2", "KOD_SUBJECT": "S",
    ]
    #expect(environment == expected)
  }
}

@Suite struct NoticeTextsTests {
  private func folder(_ files: [String: String]) throws -> String {
    let path = NSTemporaryDirectory() + "kod-texts-" + IdempotencyKey.text(IdempotencyKey.random())
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    for (name, text) in files {
      try text.write(toFile: "\(path)/\(name)", atomically: false, encoding: .utf8)
    }
    return path
  }

  @Test func `own texts go before the built-in ones, language by language`() throws {
    let path = try folder([
      "offer.general.en.phone": "Own: {county} until {deadline}",
      "offer.general.de.email": "Betreff {offer}\n\nBis {deadline}\n",
    ])
    defer { try? FileManager.default.removeItem(atPath: path) }
    let texts = try NoticeTexts(folder: path)
    #expect(texts.text(notice(17, .phone)).body == "Own: McCracken until 09:57 CT")
    #expect(
      texts.text(notice(language: "de-AT"))
        == NoticeText(subject: "Betreff 8", body: "Bis 09:57 CT\n", language: "de"))
    // Neither of them: built in.
    #expect(texts.text(notice(language: "es")).language == "es")
    #expect(texts.text(notice(language: "fr")).language == "en")
    #expect(!texts.text(notice(key: "offer.later")).body.isEmpty)
  }

  @Test(arguments: [
    ("offer.general.en", "Hi", "a text is called TEXT_KEY.LANGUAGE.email or .phone"),
    ("offer.general.en.sms", "Hi", "a text is called TEXT_KEY.LANGUAGE.email or .phone"),
    ("offer.general.en.phone", " \n", "is empty"),
    ("offer.general.en.email", "only a subject", "an email is its subject, an empty line"),
    (
      "offer.general.en.phone", "until {deadlin}",
      "nothing is called {deadlin}; did you mean {deadline}?"
    ),
    ("offer.general.en.phone", "call {name}", "nothing is called {name}"),
  ])
  func `what is wrong with a text is known before a notice needs it`(
    name: String, text: String, message: String
  ) throws {
    let path = try folder([name: text])
    defer { try? FileManager.default.removeItem(atPath: path) }
    let error = #expect(throws: UsageError.self) { try NoticeTexts(folder: path) }
    #expect(error?.message.contains(message) == true, "\(error?.message ?? "")")
  }
}
