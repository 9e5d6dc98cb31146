internal import KODEngine
internal import KODServer

/// Who exists on a development server: a small office of assisters in both time zones, a portal, and staff.
struct DemoPrincipal {
  let name: String
  let role: Role
  let assister: NewAssister?

  static let all: [DemoPrincipal] = [
    assister("alice", .kynector, ["en", "es"], [21067], "America/New_York"),
    assister("ben", .kynector, ["en"], [], "America/New_York"),
    assister("carla", .kynector, ["es", "en"], [21111], "America/Kentucky/Louisville"),
    assister("dmitri", .agent, ["en", "ru"], [], "America/Kentucky/Louisville"),
    assister("elaine", .agent, ["en"], [21195, 21071], "America/New_York"),
    assister("farah", .kynector, ["en", "ar"], [21111, 21227], "America/Kentucky/Louisville"),
    assister("gus", .agent, ["en"], [], "America/Chicago"),
    assister("hana", .kynector, ["en", "ja"], [21145, 21059], "America/Chicago"),
    DemoPrincipal(name: "portal", role: .intakePartner),
    DemoPrincipal(name: "sam", role: .supervisor),
    DemoPrincipal(name: "ada", role: .auditor),
    DemoPrincipal(name: "nora", role: .notifier),
    DemoPrincipal(name: "olive", role: .operator),
  ]

  private init(name: String, role: Role, assister: NewAssister? = nil) {
    self.name = name
    self.role = role
    self.assister = assister
  }

  /// With a phone of the block that is kept for fiction, and an address nobody has.
  private static func assister(
    _ name: String, _ kind: AssisterKind, _ languages: [String], _ counties: [UInt32],
    _ zone: String
  ) -> DemoPrincipal {
    let number = (name.utf8.first ?? 0) - UInt8(ascii: "a")
    return DemoPrincipal(
      name: name, role: .assister,
      assister: NewAssister(
        registration: Registration(
          kind: kind, languages: languages, counties: CountySet(counties.compactMap(County.init))),
        contact: PreferredContact(
          phone: "+1502555010\(number)", email: "\(name)@kod.example"),
        timeZone: zone))
  }
}
