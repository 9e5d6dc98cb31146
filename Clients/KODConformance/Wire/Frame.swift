import KODWire

/// A frame as it came or went.
struct Frame: Sendable, Equatable {
  var header: FrameHeader
  var payload: [UInt8]

  var type: UInt8 { header.type }
  var call: UInt32 { header.call }
}

/// How a connection ended.
enum ConnectionEnd: Equatable, Sendable, CustomStringConvertible {
  /// By close_notify.
  case clean
  /// The stream ended without close_notify.
  case cut
  /// TLS or TCP failed.
  case failed(String)

  var description: String {
    switch self {
    case .clean: "the end of the connection (close_notify)"
    case .cut: "the end of the connection (without close_notify)"
    case .failed(let reason): "a broken connection: \(reason)"
    }
  }
}
