import KODEngine
import Testing

@testable import KODServer

@Suite("What crosses between threads") struct SizeTests {
  @Test("A message is small: it is copied for every call") func sizes() {
    print("SIZES", MemoryLayout<WriterMessage>.size, MemoryLayout<Request>.size, MemoryLayout<Command>.size, MemoryLayout<Event>.size, MemoryLayout<CallRequest>.size, MemoryLayout<SimulationNews>.size)
  }
}
