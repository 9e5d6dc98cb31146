import Glibc

/// Stops the run: libFuzzer reports the input that led here.
func violated(_ what: String) -> Never {
  let line = "VIOLATED: \(what)\n"
  _ = line.withCString { write(2, $0, strlen($0)) }
  abort()
}

func require(_ isTrue: Bool, _ what: @autoclosure () -> String) {
  if !isTrue { violated(what()) }
}

/// The fuzzer's bytes, read from the front; at the end everything is zero.
struct Input {
  private let bytes: UnsafeRawBufferPointer
  private var position = 0

  init(_ data: UnsafePointer<UInt8>?, _ count: Int) {
    bytes = UnsafeRawBufferPointer(start: data, count: count)
  }

  var isEmpty: Bool { position >= bytes.count }

  mutating func byte() -> UInt8 {
    guard position < bytes.count else { return 0 }
    defer { position += 1 }
    return bytes[position]
  }

  /// Two bytes, most significant first.
  mutating func word() -> UInt16 { UInt16(byte()) << 8 | UInt16(byte()) }

  mutating func take(_ count: Int) -> [UInt8] {
    let end = min(bytes.count, position + max(0, count))
    defer { position = end }
    return Array(bytes[position..<end])
  }

  mutating func rest() -> [UInt8] { take(bytes.count) }
}

/// Lengths of pieces that a stream of bytes arrives in: one number is a whole plan, so that a
/// mutation of one byte is another way to cut.
struct Pieces {
  private var state: UInt32

  init(plan: UInt8) { state = UInt32(plan) }

  /// The length of the next piece of what is left. Plan 0: everything at once; plan 1: byte by
  /// byte; the others: as chance has it, from their number.
  mutating func next(of rest: Int) -> Int {
    switch state {
    case 0: return rest
    case 1: return min(1, rest)
    default:
      state = (state &* 1_664_525 &+ 1_013_904_223) | 2
      return min(rest, Int(state >> 16) % 41 + 1)
    }
  }
}

extension RandomAccessCollection where Element: Sendable, Index == Int {
  /// An element by a number from the input.
  func chosen(by number: UInt8) -> Element { self[startIndex + Int(number) % count] }
}
