import Foundation
import KODWire

/// A mailbox as a header names it.
struct MailAddress: Equatable, Sendable {
  var name = ""
  var address: String

  /// `a@b.org`, `Name <a@b.org>`.
  init(parsing text: String, option: String) throws(UsageError) {
    let trimmed = text.trimmingCharacters(in: .whitespaces)
    if trimmed.hasSuffix(">"), let open = trimmed.lastIndex(of: "<") {
      name = trimmed[..<open].trimmingCharacters(in: .whitespaces)
      if name.count >= 2, name.hasPrefix("\""), name.hasSuffix("\"") {
        name = String(name.dropFirst().dropLast())
      }
      address = String(trimmed[trimmed.index(after: open)...].dropLast())
    } else {
      address = trimmed
    }
    guard Self.isUsable(address), !name.unicodeScalars.contains(where: TerminalText.isControl)
    else {
      throw UsageError("--\(option) is an address such as desk@example.org; got '\(text)'")
    }
  }

  /// One mailbox and nothing else: no second recipient, no line break, and nothing that a program could take for one
  /// of its options. The server checks addresses too; this program does not rely on it.
  static func isUsable(_ address: String) -> Bool {
    let parts = address.split(separator: "@", omittingEmptySubsequences: false)
    let marks = Set("!#$%&'*+-/=?^_`{|}~.@")
    return parts.count == 2 && parts.allSatisfy { !$0.isEmpty } && address.utf8.count <= 254
      && !address.hasPrefix("-")
      && address.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || marks.contains($0)) }
      && parts[1].allSatisfy { $0.isLetter || $0.isNumber || ".-".contains($0) }
  }

  var domain: String { String(address.split(separator: "@").last ?? "") }

  /// `"Kynect, On Demand" <a@b.org>`.
  var header: String {
    guard !name.isEmpty else { return address }
    guard name.allSatisfy(\.isASCII) else { return "\(HeaderWords.encoded(name)) <\(address)>" }
    let escaped = name.map { "\"\\".contains($0) ? "\\\($0)" : "\($0)" }.joined()
    return "\"\(escaped)\" <\(address)>"
  }
}

/// Text in headers (RFC 2047).
enum HeaderWords {
  /// As it is when it is plain ASCII and not too long for a line, else in encoded words, folded.
  static func text(_ text: String, after name: String) -> String {
    let plain = text.unicodeScalars.allSatisfy { (0x20...0x7e).contains($0.value) }
    if plain, name.utf8.count + 2 + text.utf8.count <= 76, !text.contains("=?") { return text }
    return encoded(text)
  }

  /// Base64 words, never cut inside a character, short enough for lines of 76 characters behind any header's name.
  static func encoded(_ text: String) -> String {
    // 39 bytes become 52 characters; with "=?UTF-8?B?", "?=" and "Subject: " that is 73.
    var words: [String] = []
    var part = ""
    for character in text {
      if !part.isEmpty, part.utf8.count + character.utf8.count > 39 {
        words.append(part)
        part = ""
      }
      part.append(character)
    }
    words.append(part)
    return words.map { "=?UTF-8?B?\(Data($0.utf8).base64EncodedString())?=" }
      .joined(separator: "\n ")
  }
}

/// A notice as the bytes that a program gets on standard input.
enum NoticeMessage {
  static func phone(_ text: NoticeText) -> [UInt8] {
    Array((text.body.hasSuffix("\n") ? text.body : text.body + "\n").utf8)
  }

  /// A complete message (RFC 5322) with LF line ends, as programs on this side of SMTP want it.
  ///
  /// The same notice gives the same Message-ID whenever it comes: a mailbox that got it twice can tell.
  /// `now`: microseconds.
  static func email(
    _ text: NoticeText, _ notice: Notice, from: MailAddress, now: Int64
  ) -> [UInt8] {
    let body = Body(text.body)
    var headers: [(String, String)] = [
      ("From", from.header), ("To", notice.address),
      ("Subject", HeaderWords.text(text.subject, after: "Subject")), ("Date", date(now)),
      ("Message-ID", messageID(notice, domain: from.domain)),
      // Out-of-office programs answer no such message (RFC 3834).
      ("Auto-Submitted", "auto-generated"), ("MIME-Version", "1.0"),
      ("Content-Type", "text/plain; charset=utf-8"),
      ("Content-Transfer-Encoding", body.encoding),
    ]
    if !text.language.isEmpty { headers.append(("Content-Language", text.language)) }
    return Array((headers.map { "\($0): \($1)\n" }.joined() + "\n" + body.text).utf8)
  }

  /// Numbers of notices begin anew with another server's log, so the instant belongs to it.
  static func messageID(_ notice: Notice, domain: String) -> String {
    "<kod.notice.\(notice.noticeId).\(notice.createdAtUs)@\(domain)>"
  }

  /// `Mon, 23 Nov 2026 16:09:46 +0000`.
  static func date(_ microseconds: Int64) -> String {
    let days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
    let months = [
      "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]
    let face = ClockFace(zone: .gmt)
    let parts = face.calendar.dateComponents(
      [.weekday, .day, .month, .year], from: ClockFace.date(microseconds))
    return "\(days[(parts.weekday ?? 1) - 1]), \(parts.day ?? 0) \(months[(parts.month ?? 1) - 1]) "
      + "\(parts.year ?? 0) \(face.time(microseconds)) +0000"
  }

  /// A body and how it is encoded.
  struct Body: Equatable {
    var encoding: String
    var text: String

    init(_ plain: String) {
      let ended = plain.hasSuffix("\n") ? plain : plain + "\n"
      let lines = ended.split(separator: "\n", omittingEmptySubsequences: false)
      let isPlain =
        ended.unicodeScalars.allSatisfy { (0x20...0x7e).contains($0.value) || $0 == "\n" }
        && lines.allSatisfy { $0.utf8.count <= 76 }
      encoding = isPlain ? "7bit" : "quoted-printable"
      text =
        isPlain
        ? ended : lines.map { Self.quotedPrintable(String($0)) }.joined(separator: "\n")
    }

    /// One line (RFC 2045, 6.7): at most 76 characters, soft breaks where it is longer.
    private static func quotedPrintable(_ line: String) -> String {
      var pieces: [String] = []
      let bytes = Array(line.utf8)
      for (index, byte) in bytes.enumerated() {
        let isLast = index == bytes.count - 1
        let isBlank = byte == 0x20 || byte == 0x09
        if (0x21...0x7e).contains(byte) && byte != 0x3d || isBlank && !isLast {
          pieces.append(String(UnicodeScalar(byte)))
        } else {
          let hex = String(byte, radix: 16, uppercase: true)
          pieces.append(byte < 16 ? "=0\(hex)" : "=\(hex)")
        }
      }
      var result = ""
      var used = 0
      for piece in pieces {
        if used + piece.count > 75 {
          result += "=\n"
          used = 0
        }
        result += piece
        used += piece.count
      }
      return result
    }
  }
}
