import Testing

@testable import KODJournal

@Suite struct RecoveryDecisionTests {
  typealias Place = RecoveryDecision.Place
  typealias Later = RecoveryDecision.Later

  /// FORMAT.md's table: place, marked (nil: either), later (nil: any), decision.
  static let table: [(Place, Bool?, Later?, RecoveryDecision)] = [
    (.record, nil, nil, .replay),
    (.blank, nil, .continues, .nextSegment),
    (.blank, nil, .contradicts, .refuse),
    (.blank, false, .nothing, .finish),
    (.blank, true, .nothing, .refuse),
    (.blank, false, .unreadable, .repairNextSegment),
    (.blank, true, .unreadable, .refuse),
    (.unreadable, false, .nothing, .repairHere),
    (.unreadable, true, .nothing, .refuse),
    (.unreadable, nil, .continues, .refuse),
    (.unreadable, nil, .contradicts, .refuse),
    (.unreadable, nil, .unreadable, .refuse),
  ]

  @Test func `every combination has exactly one row and the code agrees with it`() throws {
    var combinations = 0
    for place in Place.allCases {
      for marked in [false, true] {
        for later in Later.allCases {
          combinations += 1
          let rows = Self.table.filter { row in
            row.0 == place && (row.1 ?? marked) == marked && (row.2 ?? later) == later
          }
          #expect(rows.count == 1, "\(place), marked \(marked), later \(later)")
          let decision = try RecoveryDecision.decide(place, marked: marked, later: later)
          #expect(decision == rows.first?.3, "\(place), marked \(marked), later \(later)")
        }
      }
    }
    #expect(combinations == 24)
  }

  @Test func `nothing is repaired or ended where a record is known to have been durable`() throws {
    for place in [Place.blank, .unreadable] {
      for later in Later.allCases {
        let decision = try RecoveryDecision.decide(place, marked: true, later: later)
        #expect(decision == .refuse || decision == .nextSegment)
      }
    }
  }

  @Test func `a sound record is replayed without a look at the rest`() throws {
    let decision = try RecoveryDecision.decide(
      .record, marked: try Self.mustNotLook(), later: try Self.mustNotLook())
    #expect(decision == .replay)
  }

  static func mustNotLook<T>() throws(JournalError) -> T {
    throw .invalidConfiguration("looked")
  }
}
