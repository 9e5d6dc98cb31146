import KODWire

/// An assister's standing for people.
enum StandingWords {
  /// All reasons of R32 that apply; of a registration that is not active only that.
  static func whyNotAvailable(_ status: AssisterStatus) -> String {
    switch status.registration {
    case .registrationActive: break
    case .registrationDeregistered:
      return "de-registered (kod register --accept-terms brings you back)"
    case .registrationNone: return "not registered (kod register)"
    case .registrationDraft:
      return "your registration is a draft (kod register says what is missing)"
    case .registrationWithdrawn:
      return "you ended your registration (kod register --accept-terms brings you back)"
    case .registrationSuspended:
      return "your registration is suspended; the program's staff can help"
    default: return "registration \(status.registration.word)"
    }
    if status.blockers != 0 {
      return Blocker.set(status.blockers).map { why($0, status) }.joined(separator: "; ")
    }
    if status.override == .overrideOff { return "switched off" }
    if status.openAssignments >= status.capacity { return why(.blockedByCapacity, status) }
    return "outside your hours"
  }

  /// One reason, to the assister.
  private static func why(_ blocker: Blocker, _ status: AssisterStatus) -> String {
    switch blocker {
    case .blockedByRegistration: "not registered"
    case .blockedByCredential: "your license or certificate is past its date"
    case .blockedByOutOfOffice: "out of office"
    case .blockedByHours: "outside your hours"
    case .blockedByOverride: "switched off"
    case .blockedByCapacity:
      "\(status.openAssignments) of \(status.capacity) referrals open: close one"
    default: blocker.word
    }
  }

  /// Reasons without a standing beside them: `outside hours, switched off`.
  static func blockers(_ bits: UInt32) -> String {
    Blocker.set(bits).map { blocker in
      switch blocker {
      case .blockedByRegistration: "not registered"
      case .blockedByCredential: "license or certificate past its date"
      case .blockedByOutOfOffice: "out of office"
      case .blockedByHours: "outside working hours"
      case .blockedByOverride: "switched off"
      case .blockedByCapacity: "as many open referrals as allowed"
      default: blocker.word
      }
    }.joined(separator: ", ")
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
