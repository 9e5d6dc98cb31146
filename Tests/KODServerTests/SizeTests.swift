import KODEngine
import Testing

@testable import KODServer

@Suite("What crosses between threads") struct SizeTests {
  @Test("A message for the writer is small: hundreds of thousands a second are copied")
  func sizes() {
    #expect(MemoryLayout<Command>.size <= 64)
    #expect(MemoryLayout<WriterMessage>.size <= 128)
  }
}
