import KODEngine
import Testing

@testable import KODServer

@Suite("What crosses between threads") struct SizeTests {
  @Test("A message for the writer is small: hundreds of thousands a second are copied")
  func sizes() {
    #expect(MemoryLayout<Command>.size <= 64)
    #expect(MemoryLayout<WriterMessage>.size <= 128)
  }

  @Test("So is what comes from it beside the bytes, of which there are several for each message")
  func outboxSizes() {
    #expect(MemoryLayout<OutboxBatch.Entry>.stride <= 24)
    #expect(MemoryLayout<PushTag>.stride <= 32)
  }
}
