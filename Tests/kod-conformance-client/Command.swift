import KODJSON

/// A line that the client is told.
enum Command: Equatable {
  case configure(Settings)
  case connect
  case call(Call)
  case cancel(id: String)
  case subscribe(epoch: String, offset: UInt64)
  case unsubscribe
  case close

  struct Settings: Equatable {
    var address: String
    var serverName: String?
    var authority: String
    var token: String
    var renews: Bool
  }

  struct Call: Equatable {
    var id: String
    var method: String
    var request: JSON
    var timeoutMilliseconds: UInt64?
    var repeats: Bool
  }

  init(_ line: String) throws(CommandError) {
    let json: JSON
    do throws(JSONError) {
      json = try JSON(parsing: Array(line.utf8))
    } catch {
      throw CommandError("not JSON, \(error)")
    }
    let members = Members(json: json)
    switch try members.text("do") {
    case "configure":
      self = .configure(
        Settings(
          address: try members.text("address"), serverName: try members.optionalText("server_name"),
          authority: try members.text("ca"), token: try members.text("token"),
          renews: try members.flag("renew")))
    case "connect": self = .connect
    case "call":
      self = .call(
        Call(
          id: try members.text("id"), method: try members.text("method"),
          request: json["request"] ?? [:],
          timeoutMilliseconds: try members.number("timeout_ms"),
          repeats: try members.flag("repeat")))
    case "cancel": self = .cancel(id: try members.text("id"))
    case "subscribe":
      self = .subscribe(
        epoch: try members.optionalText("epoch") ?? "", offset: try members.number("offset") ?? 0)
    case "unsubscribe": self = .unsubscribe
    case "close": self = .close
    case let other: throw CommandError("there is no command '\(other)'")
    }
  }
}

/// A line that makes no sense.
struct CommandError: Error, Equatable, CustomStringConvertible {
  var description: String

  init(_ description: String) { self.description = description }
}

/// The members of a line, each of the type that it must have.
private struct Members {
  let json: JSON

  func text(_ key: String) throws(CommandError) -> String {
    guard let text = try optionalText(key) else { throw CommandError("'\(key)' is missing") }
    return text
  }

  func optionalText(_ key: String) throws(CommandError) -> String? {
    switch json[key] {
    case nil, .null: return nil
    case .string(let text): return text
    default: throw CommandError("'\(key)' is not a text")
    }
  }

  func flag(_ key: String) throws(CommandError) -> Bool {
    switch json[key] {
    case nil, .null: return false
    case .bool(let value): return value
    default: throw CommandError("'\(key)' is neither true nor false")
    }
  }

  /// A whole number, or the text of one.
  func number(_ key: String) throws(CommandError) -> UInt64? {
    switch json[key] {
    case nil, .null: return nil
    case .integer(let value) where value >= 0: return UInt64(value)
    case .unsigned(let value): return value
    case .string(let text):
      if let value = UInt64(text) { return value }
    default: break
    }
    throw CommandError("'\(key)' is not a whole number")
  }
}
