import KODClient
import KODJSON
import KODWire

/// The lines that the client says.
enum Words {
  static func connection(_ event: ConnectionEvent) -> JSON {
    switch event {
    case .connected(let welcome):
      [
        "event": "connected", "principal": .string(welcome.principal),
        "role": .string(welcome.role.name), "version": .integer(Int64(welcome.version)),
      ]
    case .disconnected(let error, let wait):
      ["event": "disconnected"] + status(error) + ["retry_in_ms": .integer(milliseconds(wait))]
    case .ended(let error): ended(error)
    }
  }

  static func ended(_ error: ClientError) -> JSON { ["event": "ended"] + status(error) }

  static func answer(_ id: String, response: JSON) -> JSON {
    ["event": "answer", "id": .string(id), "response": response]
  }

  static func answer(_ id: String, _ error: ClientError) -> JSON {
    [
      "event": "answer", "id": .string(id), "status": status(error),
      "outcome_unknown": .bool(error.isOutcomeUnknown),
    ]
  }

  static func position(epoch: String, offset: UInt64, recovered: Bool) -> JSON {
    [
      "event": "position", "epoch": .string(epoch), "offset": .string(String(offset)),
      "recovered": .bool(recovered),
    ]
  }

  static func collapsed(_ collapsed: PushesCollapsed) -> JSON {
    [
      "event": "collapsed", "first_offset": .string(String(collapsed.firstOffset)),
      "last_offset": .string(String(collapsed.lastOffset)),
    ]
  }

  static func token(_ token: String) -> JSON { ["event": "token", "token": .string(token)] }

  static let closed: JSON = ["event": "closed"]

  private static func status(_ error: ClientError) -> JSON {
    ["code": .string(error.code.name), "reason": .string(error.reason.name)]
  }

  private static func milliseconds(_ duration: Duration) -> Int64 {
    duration.components.seconds * 1_000
      + duration.components.attoseconds / 1_000_000_000_000_000
  }
}
