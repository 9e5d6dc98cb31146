import Foundation
import KODWire

/// The Swift side of `.ci/crosscheck`.
///
/// Without arguments: reads records of (u32 length, message name, u32 length, bytes) from standard
/// input and answers each with a byte (0 decoded, 1 refused), a u32 length, and the message encoded
/// again or the error's text. Integers are big-endian.
///
/// `--tables`: prints what the generated tables say, one fact a line.
@main
struct Main {
  static func main() {
    if CommandLine.arguments.dropFirst() == ["--tables"] {
      printTables()
      return
    }
    var input = Input(bytes: [UInt8](FileHandle.standardInput.readDataToEndOfFile()))
    let types = Dictionary(uniqueKeysWithValues: WireMessages.all.map { ($0.messageName, $0) })
    var output = ByteWriter()
    while let name = input.next() {
      guard let bytes = input.next() else { exit(2) }
      guard let type = types[String(decoding: name, as: UTF8.self)] else {
        answer(1, Array("unknown message".utf8), &output)
        continue
      }
      do throws(WireError) {
        let message = try type.init(decoding: bytes)
        answer(0, message.encoded(), &output)
      } catch {
        answer(1, Array(error.description.utf8), &output)
      }
    }
    FileHandle.standardOutput.write(Data(output.bytes))
  }

  static func answer(_ outcome: UInt8, _ bytes: [UInt8], _ output: inout ByteWriter) {
    output.appendByte(outcome)
    output.appendBigEndian(UInt32(bytes.count))
    output.append(contentsOf: bytes)
  }

  static func printTables() {
    for type in WireMessages.all {
      print("message \(type.messageName)")
    }
    for method in Method.all {
      let kind = method.isServerStream ? "stream" : "unary"
      let roles = method.allowedRoles.map(\.name).joined(separator: ",")
      print(
        "method \(method.number) \(method.name) \(method.requestName) \(method.responseName) "
          + "\(kind) \(roles)")
    }
    for reason in Reason.allKnown {
      print("reason \(reason.rawValue) \(reason.name) \(reason.code.name) \(reason.isRetriable)")
    }
    printEnum(FrameType.self)
    printEnum(Code.self)
    printEnum(Reason.self)
    printEnum(Role.self)
    printEnum(AssisterKind.self)
    printEnum(HelpType.self)
    printEnum(OfferKind.self)
    printEnum(OfferState.self)
    printEnum(ReferralState.self)
    printEnum(WaitingCause.self)
    printEnum(Outcome.self)
    printEnum(RegistrationState.self)
    printEnum(AvailabilityOverride.self)
    printEnum(AttemptResult.self)
    printEnum(WithdrawalCause.self)
    printEnum(AssignmentEnd.self)
    printEnum(Blocker.self)
    printEnum(NoticeChannel.self)
    printEnum(NoticeState.self)
    printEnum(AlertKind.self)
    printEnum(Weekday.self)
    printEnum(DeskAction.self)
    printEnum(RankStep.self)
    printEnum(ExclusionCause.self)
    printEnum(QueueFilter.self)
    printEnum(Continuation.self)
    printEnum(MassAudience.self)
    printEnum(LanguageRelaxation.self)
    printEnum(Reregistration.self)
    printEnum(Preset.self)
  }

  static func printEnum<Value: WireEnum>(_ type: Value.Type) {
    for value in type.allKnown {
      print("value \(type) \(value.rawValue) \(value.name)")
    }
  }
}

/// Length-prefixed pieces.
struct Input {
  var bytes: [UInt8]
  var position = 0

  /// Nil at the end.
  mutating func next() -> [UInt8]? {
    guard bytes.count - position >= 4 else { return nil }
    let length = bytes[position..<position + 4].reduce(0) { $0 << 8 | Int($1) }
    position += 4
    guard bytes.count - position >= length else { return nil }
    defer { position += length }
    return Array(bytes[position..<position + length])
  }
}
