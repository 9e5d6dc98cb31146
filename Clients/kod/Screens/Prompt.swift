import Foundation
import KODWire

/// Questions on a terminal; nowhere else.
enum Prompt {
  static func isPossible(_ context: Context) -> Bool {
    !context.output.isJSON && isatty(STDIN_FILENO) == 1 && isatty(STDOUT_FILENO) == 1
  }

  /// Nil: the end of the input.
  static func line(_ question: String) -> String? {
    Output.write(question, to: STDOUT_FILENO)
    return readLine()?.trimmingCharacters(in: .whitespaces)
  }
}

/// One thing that `kod register` asks for.
struct Question: Sendable {
  var text: String
  /// The option that the answer stands for; several answers are apart by the separator.
  var option = ""
  var separator = Character("\n")
  /// A flag instead, set by "yes".
  var flag: String?
  /// Throws `UsageError` with what is wrong.
  var check: @Sendable (String) throws -> Void = { _ in }

  /// Until the answer can be read; nil: nothing was answered.
  func ask(_ read: (String) -> String?, say: (String) -> Void) -> String? {
    while true {
      guard let answer = read(text), !answer.isEmpty else { return nil }
      do {
        for part in answer.split(separator: separator) {
          try check(part.trimmingCharacters(in: .whitespaces))
        }
        return answer
      } catch {
        say((error as? UsageError)?.message ?? "\(error)")
      }
    }
  }

  /// For a part of `Profile.missing`.
  static func all(_ part: String) -> [Question] {
    switch part {
    case "kind":
      [
        Question(
          text: "Agent or kynector? ", option: "kind", check: { _ = try AssisterKind.parse($0) })
      ]
    case "languages":
      [
        Question(
          text: "Languages you help in (English, Spanish, ...)? ", option: "language",
          separator: ",",
          check: { _ = try Languages.parse($0) }),
        Question(
          text: "Counties (Pike, Fayette, ...; empty: the whole state)? ", option: "county",
          separator: ",", check: { _ = try Counties.parse($0) }),
      ]
    case "contact":
      [
        Question(
          text: "Phone for offers? ", option: "phone", check: { _ = try Phone.parse($0) }),
        Question(text: "Email for offers? ", option: "email"),
      ]
    case "availability":
      [
        Question(
          text: "Your hours (mon-fri 09:00-17:00; several apart by ;)? ", option: "hours",
          separator: ";",
          check: { text in
            let words = text.split(separator: " ").map(String.init)
            guard words.count >= 2 else {
              throw UsageError("days and hours, such as mon-fri 09:00-17:00")
            }
            _ = try HoursText.hours(
              days: HoursText.days(words[0]), spans: Array(words.dropFirst()), breaks: [])
          })
      ]
    default:
      [Question(text: "Do you accept the program's terms (yes or no)? ", flag: "accept-terms")]
    }
  }
}
