/// The referrals in mass or waiting, by what they ask: whoever becomes available finds those that
/// may be joined without looking at the others (R11, R38).
struct SearchIndex {
  /// At 0 those that take any language; at n + 1 those that ask for language n.
  private var languages: [Places] = []

  private struct Places {
    /// One bit for each county that has referrals, and one for those that take any county.
    var occupied: UInt128 = 0
    /// By the number of the bit; none before the first referral came.
    var referrals: [SortedSet<Int>] = []
  }

  private static let anyCounty = 120

  /// A referral asks the same as long as it searches.
  mutating func insert(_ referral: Int, _ demand: Routing.Demand) {
    let (language, county) = SearchIndex.place(of: demand)
    while languages.count <= language { languages.append(Places()) }
    if languages[language].referrals.isEmpty {
      let places = SearchIndex.anyCounty + 1
      languages[language].referrals = .init(repeating: SortedSet(), count: places)
    }
    languages[language].referrals[county].insert(referral)
    languages[language].occupied |= 1 << UInt128(county)
  }

  mutating func remove(_ referral: Int, _ demand: Routing.Demand) {
    let (language, county) = SearchIndex.place(of: demand)
    guard language < languages.count, !languages[language].referrals.isEmpty else { return }
    languages[language].referrals[county].remove(referral)
    if languages[language].referrals[county].isEmpty {
      languages[language].occupied &= ~(1 << UInt128(county))
    }
  }

  /// Those that somebody who serves these languages and counties matches, as far as language and
  /// county go.
  func referrals(in served: DenseSet, _ counties: CountySet) -> [Int] {
    var found: [Int] = []
    let any: UInt128 = 1 << UInt128(SearchIndex.anyCounty)
    let meant = counties.isWholeState ? .max : counties.bits | any
    collect(0, meant, &found)
    served.forEach { collect($0 + 1, meant, &found) }
    return found
  }

  private func collect(_ language: Int, _ meant: UInt128, _ found: inout [Int]) {
    guard language < languages.count else { return }
    var rest = languages[language].occupied & meant
    while rest != 0 {
      found += languages[language].referrals[rest.trailingZeroBitCount].elements
      rest &= rest - 1
    }
  }

  private static func place(of demand: Routing.Demand) -> (language: Int, county: Int) {
    (
      demand.anyLanguage ? 0 : demand.language + 1,
      demand.anyCounty ? anyCounty : Int(demand.county.index)
    )
  }
}
