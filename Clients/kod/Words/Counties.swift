/// Kentucky's two time zones.
enum TimeZoneName: String, Sendable {
  case eastern = "ET"
  case central = "CT"

  /// IANA identifier.
  var identifier: String {
    switch self {
    case .eastern: "America/New_York"
    case .central: "America/Chicago"
    }
  }
}

/// One of Kentucky's 120 counties.
struct CountyRow: Equatable, Sendable {
  /// 21001 to 21239, odd.
  var fips: UInt32
  var name: String
  var zone: TimeZoneName

  /// "McCracken CT": the zone belongs to the name where two people may be an hour apart.
  var nameAndZone: String { "\(name) \(zone.rawValue)" }
}

enum Counties {
  /// In the order of the FIPS codes, which put "Mc" before "Ma".
  private static let names = """
    Adair Allen Anderson Ballard Barren Bath Bell Boone Bourbon Boyd Boyle Bracken Breathitt Breckinridge Bullitt \
    Butler Caldwell Calloway Campbell Carlisle Carroll Carter Casey Christian Clark Clay Clinton Crittenden \
    Cumberland Daviess Edmonson Elliott Estill Fayette Fleming Floyd Franklin Fulton Gallatin Garrard Grant Graves \
    Grayson Green Greenup Hancock Hardin Harlan Harrison Hart Henderson Henry Hickman Hopkins Jackson Jefferson \
    Jessamine Johnson Kenton Knott Knox Larue Laurel Lawrence Lee Leslie Letcher Lewis Lincoln Livingston Logan Lyon \
    McCracken McCreary McLean Madison Magoffin Marion Marshall Martin Mason Meade Menifee Mercer Metcalfe Monroe \
    Montgomery Morgan Muhlenberg Nelson Nicholas Ohio Oldham Owen Owsley Pendleton Perry Pike Powell Pulaski \
    Robertson Rockcastle Rowan Russell Scott Shelby Simpson Spencer Taylor Todd Trigg Trimble Union Warren \
    Washington Wayne Webster Whitley Wolfe Woodford
    """

  /// West of the line of 49 CFR 71.5: the west lines of Meade, Hardin, Larue, Taylor, Casey, Pulaski and Wayne, which
  /// are Eastern themselves (Wayne since 2000).
  private static let centralNames = """
    Adair Allen Ballard Barren Breckinridge Butler Caldwell Calloway Carlisle Christian Clinton Crittenden \
    Cumberland Daviess Edmonson Fulton Graves Grayson Green Hancock Hart Henderson Hickman Hopkins Livingston Logan \
    Lyon McCracken McLean Marshall Metcalfe Monroe Muhlenberg Ohio Russell Simpson Todd Trigg Union Warren Webster
    """

  /// All 120, by ascending FIPS code.
  static let all: [CountyRow] = {
    let central = Set(centralNames.split(separator: " "))
    return names.split(separator: " ").enumerated().map { index, name in
      CountyRow(
        fips: 21_001 + 2 * UInt32(index), name: String(name),
        zone: central.contains(name) ? .central : .eastern)
    }
  }()

  static func county(fips: UInt32) -> CountyRow? {
    guard (21_001...21_239).contains(fips), fips % 2 == 1 else { return nil }
    return all[Int(fips - 21_001) / 2]
  }

  /// A name in any case, with or without "County"; or a FIPS code.
  static func parse(_ text: String) throws(UsageError) -> CountyRow {
    if let fips = UInt32(text) {
      if let row = county(fips: fips) { return row }
      throw UsageError(
        "\(text) is no Kentucky county's FIPS code (21001 to 21239, odd; see: kod help counties)")
    }
    var wanted = text.lowercased()
    if wanted.hasSuffix(" county") { wanted.removeLast(" county".count) }
    if let row = all.first(where: { $0.name.lowercased() == wanted }) { return row }
    if let near = Suggestion.nearest(to: wanted, among: all.map(\.name)) {
      throw UsageError("Kentucky has no county '\(text)'; did you mean '\(near)'?")
    }
    throw UsageError("Kentucky has no county '\(text)' (see: kod help counties)")
  }

  /// For a code from the server: the name with its zone, or the bare code should it be none of ours.
  static func label(_ fips: UInt32) -> String {
    county(fips: fips)?.nameAndZone ?? "county \(fips)"
  }
}
