import Foundation
import Testing

@testable import kod_load

@Suite struct WitnessTests {
  private func accept(
    _ referral: UInt64, by assister: String = "racer-0001", offer: UInt64 = 5
  ) -> AcknowledgedAccept {
    AcknowledgedAccept(referral: referral, offer: offer, assister: assister, acceptedAt: 9)
  }

  @Test func `what is written is what is read`() throws {
    let path = NSTemporaryDirectory() + "kod-witness-\(UInt64.random(in: 0 ... .max)).jsonl"
    defer { try? FileManager.default.removeItem(atPath: path) }
    let accepts = [accept(2), accept(1, by: #"odd "name\"#), accept(3)]
    let first = try WitnessFile(path: path)
    #expect(first.append(accepts[0]))
    // A second run goes on with the same file.
    let second = try WitnessFile(path: path)
    #expect(second.append(accepts[1]))
    #expect(second.append(accepts[2]))
    let testimony = try Testimony(reading: String(contentsOfFile: path, encoding: .utf8))
    #expect(testimony.accepts == [accepts[1], accepts[0], accepts[2]])
    #expect(testimony.lines == 3)
    #expect(testimony.violations.isEmpty)
    #expect(!testimony.hasTornTail)
  }

  @Test func `R8: two acknowledged winners in the file are caught`() throws {
    let text = WitnessFile.line(accept(1)) + WitnessFile.line(accept(1, by: "racer-0002", offer: 6))
    let testimony = try Testimony(reading: text)
    #expect(testimony.violations.map(\.kind) == [.twoWinners])
    #expect(testimony.accepts == [accept(1)])
  }

  @Test func `R28: the same winner acknowledged twice is no second winner`() throws {
    let testimony = try Testimony(
      reading: WitnessFile.line(accept(1)) + WitnessFile.line(accept(1)))
    #expect(testimony.violations.isEmpty)
    #expect(testimony.lines == 2)
  }

  @Test func `a torn last line is noted and skipped, a damaged one in the middle refused`() throws {
    let line = WitnessFile.line(accept(1))
    let torn = try Testimony(reading: line + line.prefix(20))
    #expect(torn.hasTornTail)
    #expect(torn.accepts == [accept(1)])
    #expect(throws: UsageError.self) { try Testimony(reading: line.prefix(20) + "\n" + line) }
  }

  @Test(arguments: [Testimony.HeldState.assigned, .contacted, .closed])
  func `an accept stands while its winner holds the referral`(state: Testimony.HeldState) {
    #expect(Testimony.judge(accept(1), against: .held(by: "racer-0001", state: state)) == nil)
    let other = Testimony.judge(accept(1), against: .held(by: "racer-0002", state: state))
    #expect(other?.kind == .holderDiffers)
  }

  @Test func `an accept that the server forgot is caught`() {
    #expect(Testimony.judge(accept(1), against: .unknown)?.kind == .holderDiffers)
    let back = Testimony.judge(accept(1), against: .otherwise("REFERRAL_MASS"))
    #expect(back?.kind == .holderDiffers)
    #expect(back?.detail.contains("REFERRAL_MASS") == true)
  }
}
