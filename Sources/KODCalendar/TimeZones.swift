import Foundation

/// IANA time zones that this machine knows.
public enum TimeZones {
  /// Whether `name` is a zone's IANA name.
  public static func contains(_ name: String) -> Bool { TimeZone(identifier: name) != nil }
}
