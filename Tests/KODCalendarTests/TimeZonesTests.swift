import KODCalendar
import Testing

@Suite("TimeZones")
struct TimeZonesTests {
  @Test("Both zones of Kentucky are known, nonsense is not")
  func names() {
    #expect(TimeZones.contains("America/Kentucky/Louisville"))
    #expect(TimeZones.contains("America/Chicago"))
    #expect(!TimeZones.contains("Kentucky"))
  }
}
