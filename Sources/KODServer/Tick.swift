internal import KODEngine
internal import KODTransport

/// The time of one turn of a loop: read once and passed down, so that all of a turn happens at one instant.
struct Tick: Sendable {
  /// Monotonic; for timeouts.
  var milliseconds: Int64
  /// Wall clock; what the engine decides by.
  var instant: Instant

  static func now() -> Tick {
    Tick(
      milliseconds: MonotonicClock.milliseconds(),
      instant: .now())
  }
}

/// Which connection: its loop, its slot there, and how often the slot has been used, so that an answer to a connection
/// that has gone never reaches its successor.
struct ConnectionID: Hashable, Sendable {
  let bits: UInt64

  init(loop: Int, slot: Int, generation: UInt32) {
    bits = UInt64(loop) << 56 | UInt64(generation & 0xFF_FFFF) << 32 | UInt64(UInt32(slot))
  }

  init(bits: UInt64) { self.bits = bits }

  var loop: Int { Int(bits >> 56) }
  var slot: Int { Int(bits & 0xFFFF_FFFF) }
  var generation: UInt32 { UInt32(bits >> 32 & 0xFF_FFFF) }
}
