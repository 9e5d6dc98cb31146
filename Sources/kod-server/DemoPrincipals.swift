internal import KODEngine
internal import KODServer

/// Who exists on a development server: a small office of assisters in both time zones, a portal, and staff.
struct DemoPrincipal {
  let name: String
  let role: Role
  let registration: Registration?

  static let all: [DemoPrincipal] = [
    assister("alice", .kynector, ["en", "es"], [21067]),
    assister("ben", .kynector, ["en"], []),
    assister("carla", .kynector, ["es", "en"], [21111]),
    assister("dmitri", .agent, ["en", "ru"], []),
    assister("elaine", .agent, ["en"], [21195, 21071]),
    assister("farah", .kynector, ["en", "ar"], [21111, 21227]),
    assister("gus", .agent, ["en"], []),
    assister("hana", .kynector, ["en", "ja"], [21145, 21059]),
    DemoPrincipal(name: "portal", role: .intakePartner, registration: nil),
    DemoPrincipal(name: "sam", role: .supervisor, registration: nil),
    DemoPrincipal(name: "olive", role: .operator, registration: nil),
  ]

  private static func assister(
    _ name: String, _ kind: AssisterKind, _ languages: [String], _ counties: [UInt32]
  ) -> DemoPrincipal {
    DemoPrincipal(
      name: name, role: .assister,
      registration: Registration(
        kind: kind, languages: languages, counties: CountySet(counties.compactMap(County.init))))
  }
}
