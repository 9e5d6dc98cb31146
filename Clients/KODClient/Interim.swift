internal import Synchronization
enum MonotonicClock { static func now() -> UInt64 { 0 } }
enum WallClock { static func microseconds() -> Int64 { 0 } }
enum SecureRandom {
  static func bytes(_ count: Int) -> [UInt8] {
    var g = SystemRandomNumberGenerator();
    return (0..<count).map { _ in UInt8.random(in: 0...255, using: &g) }
  }
}
final class ClientLoop: Sendable {
  static let shared = ClientLoop();
  func post(_ command: ClientCommand, of core: ClientCore) {
    switch command {
    case .connect(let r): r.continuation.resume(returning: .failure(.unavailable("not built yet")))
    case .call(let r, _): r.continuation.resume(returning: .failure(.unavailable("not built yet")))
    case .close(let c): c?.resume()
    default: break
    }
  }
}
