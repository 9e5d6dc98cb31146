import KODWire

/// An assister's standing for people.
enum StandingWords {
  /// The first reason of R32 that applies.
  static func whyNotAvailable(_ status: AssisterStatus) -> String {
    switch status.registration {
    case .registrationActive: break
    case .registrationDeregistered:
      return "de-registered (kod register --accept-terms brings you back)"
    case .registrationNone, .registrationDraft: return "not registered (kod register)"
    default: return "registration \(status.registration.word)"
    }
    if status.override == .overrideOff { return "switched off" }
    if status.openAssignments >= status.capacity {
      return "\(status.openAssignments) of \(status.capacity) referrals open: close one"
    }
    return "outside your hours"
  }

  static func availability(_ status: AssisterStatus) -> String {
    status.available ? "AVAILABLE" : "NOT AVAILABLE: \(whyNotAvailable(status))"
  }

  static func languages(_ status: AssisterStatus) -> String {
    status.languages.map(Languages.name).joined(separator: ", ")
  }

  static func counties(_ status: AssisterStatus) -> String {
    status.counties.isEmpty
      ? "whole state" : status.counties.map(Counties.label).joined(separator: ", ")
  }
}
