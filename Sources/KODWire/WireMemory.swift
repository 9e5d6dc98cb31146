/// How much memory decoding may take: bytes asked of the allocator and alive at once, at any moment
/// from the first byte to the finished message, refused payloads included.
///
/// It is at most the multiple times the payload's bytes, plus the constant. What makes it so: an
/// element of a repeated message field is two bytes on the wire when it is empty, and its stride in
/// memory (168 bytes for the widest, `Assignment`; 24 for the widest in a request, `DailyHours`). The
/// decoder counts the elements before it makes room, so that an array has no slack (84 times the
/// payload). Only where the message around it comes in pieces can the array have to grow; then it
/// grows to what the rest of the payload could fill at most, and the old and the new storage live
/// side by side for a moment (24 times for `DailyHours`). Everything else takes less: an empty string
/// in a repeated field 8 times its bytes, a string's text 4 times.
///
/// `MemoryTests` computes it for every message of `kod.proto`, and the fuzzer (`Tests/Fuzz`) counts
/// allocations for every input it finds.
public enum WireMemory {
  /// Of every message: what a client may have to hold while it reads an answer.
  public static let maximumMultiple = 96
  /// Of the requests and HELLO: what a client can make the server hold.
  public static let maximumRequestMultiple = 24
  /// Headers of the arrays that a message has once.
  public static let constantBytes = 1_024

  /// The most that decoding a payload of so many bytes may take.
  public static func bound(payloadBytes: Int, isRequest: Bool) -> Int {
    constantBytes + payloadBytes * (isRequest ? maximumRequestMultiple : maximumMultiple)
  }
}
