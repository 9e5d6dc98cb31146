internal import Foundation

/// The time zones that an assister may choose, by IANA name (R34).
///
/// Foundation opens much more than places: `EST`, `GMT+5`, `EST5EDT`. Somebody who writes one of those gets hours
/// that do not follow daylight saving, or follow it where it is not kept, and learns of it in March. So a name is
/// an area, a slash and a place, spelled as the zone database spells it. Older names of a place, such as
/// `US/Eastern`, `America/Louisville` or `Asia/Calcutta`, are as good as the newer ones. Of zones without a place
/// there is only `UTC`, also as `Etc/UTC`; names of a country alone, such as `Japan`, are refused.
public enum TimeZones {
  /// Whether `name` is the IANA name of a place's zone, or UTC.
  public static func contains(_ name: String) -> Bool { zone(named: name) != nil }

  /// Longest name that is looked up, in bytes; the zone database's longest has 32.
  private static let maximumNameBytes = 64

  /// What the zone database groups places by; `US`, `Brazil`, `Canada`, `Chile` and `Mexico` hold older names.
  private static let areas: Set<Substring> = [
    "Africa", "America", "Antarctica", "Arctic", "Asia", "Atlantic", "Australia", "Brazil",
    "Canada", "Chile", "Europe", "Indian", "Mexico", "Pacific", "US",
  ]

  static func zone(named name: String) -> TimeZone? {
    if name == "UTC" || name == "Etc/UTC" { return .gmt }
    guard name.utf8.count <= maximumNameBytes, let slash = name.firstIndex(of: "/"),
      areas.contains(name[..<slash]), name.utf8.allSatisfy(isNameByte)
    else { return nil }
    return TimeZone(identifier: name)
  }

  /// Foundation would look up what stands before a zero byte.
  private static func isNameByte(_ byte: UInt8) -> Bool {
    switch UnicodeScalar(byte) {
    case "A"..."Z", "a"..."z", "0"..."9", "/", "_", "-", "+": true
    default: false
    }
  }
}
