import Foundation
import KODCalendar
import Testing

@Suite("TimeZones")
struct TimeZonesTests {
  @Test(
    "R34: a place's IANA name is a time zone",
    arguments: [
      "America/Kentucky/Louisville", "America/Kentucky/Monticello", "America/New_York",
      "America/Chicago", "America/Argentina/Buenos_Aires", "Asia/Kolkata", "Pacific/Apia",
    ])
  func places(name: String) { #expect(TimeZones.contains(name)) }

  @Test(
    "R34: an older name of a place and UTC are time zones too",
    arguments: [
      "US/Eastern", "US/Central", "America/Louisville", "Asia/Calcutta", "Europe/Kiev", "UTC",
      "Etc/UTC",
    ])
  func aliases(name: String) { #expect(TimeZones.contains(name)) }

  @Test(
    "R34: abbreviations, offsets and nonsense are no time zones",
    arguments: [
      "", "Kentucky", "America", "America/", "America/Nowhere", "/", "EST", "CST", "EST5EDT", "GMT",
      "GMT+5", "GMT+0500", "UTC+3", "+05:00", "Etc/GMT+5", "Etc/Unknown", "Japan", "Zulu",
      "america/chicago", "America/CHICAGO", " America/Chicago", "America/Chicago ",
      "posix/America/Chicago", "SystemV/EST5", "America/../UTC", "America/Chicago\u{0}",
      "America/" + String(repeating: "x", count: 1000),
    ])
  func others(name: String) {
    #expect(!TimeZones.contains(name))
    #expect(ScheduleCalendar(zone: name) == nil)
  }

  @Test("R34: every place that Foundation lists is a time zone")
  func listed() {
    let places = TimeZone.knownTimeZoneIdentifiers.filter { $0 != "GMT" }
    #expect(places.count > 400)
    #expect(places.filter { !TimeZones.contains($0) } == [])
  }
}
