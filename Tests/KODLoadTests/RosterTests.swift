import Testing

@testable import kod_load

@Suite struct RosterTests {
  @Test func `the file has a header, the partners, and assisters with room for any number`() {
    let lines = Roster.lines(assisters: 12, partners: 2)
    #expect(lines.count == 15)
    #expect(lines[0] == "name,role,kind,languages,counties,capacity")
    #expect(lines[1] == "partner-01,intake_partner,,,,")
    #expect(lines[2] == "partner-02,intake_partner,,,,")
    #expect(lines[3] == "racer-0001,assister,kynector,en,,100000")
    #expect(lines[7] == "racer-0005,assister,agent,en,,100000")
    #expect(lines[14] == "racer-0012,assister,kynector,en,,100000")
    for line in lines {
      #expect(line.split(separator: ",", omittingEmptySubsequences: false).count == 6)
    }
  }

  @Test func `names stay different past the padding`() {
    let lines = Roster.lines(assisters: 10_001, partners: 0)
    #expect(Set(lines).count == 10_002)
    #expect(lines.last == "racer-10001,assister,kynector,en,,100000")
  }
}
