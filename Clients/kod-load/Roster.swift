/// The import file of `kod-server principal import`: assisters that can take any number of
/// referrals in English, and the partners that submit them.
enum Roster {
  static let header = "name,role,kind,languages,counties,capacity"

  static func lines(assisters: Int, partners: Int) -> [String] {
    var lines = [header]
    lines.reserveCapacity(1 + assisters + partners)
    for number in stride(from: 1, through: partners, by: 1) {
      lines.append("partner-\(padded(number, 2)),intake_partner,,,,")
    }
    for number in stride(from: 1, through: assisters, by: 1) {
      // Both kinds, so that the role order of R37 has something to order.
      let kind = number % 5 == 0 ? "agent" : "kynector"
      lines.append("racer-\(padded(number, 4)),assister,\(kind),en,,100000")
    }
    return lines
  }

  private static func padded(_ number: Int, _ width: Int) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
  }
}
