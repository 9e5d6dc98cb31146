/// What has to be done at once because of what was applied, in R29's order. Filled and emptied by
/// `apply` alone, so that a log cut between two events of one step continues with the rest of the
/// step.
struct Agenda: Equatable, Sendable {
  /// Somebody who became available while a referral looks for anybody (R11, R38).
  struct Joiner: Equatable, Comparable {
    var referral: Int
    var assister: Int

    static func < (left: Joiner, right: Joiner) -> Bool {
      left.referral == right.referral
        ? left.assister < right.assister : left.referral < right.referral
    }
  }

  /// Assisters whose streak is complete, and since when (R31); in the order of the instants.
  var deregistrations: [(assister: Int, at: Instant)] = []
  /// Referrals that go to mass or to waiting whoever is a candidate: before new general Offers
  /// (R29).
  var changingStage: SortedSet<Int> = .init()
  /// Referrals nobody is asked about at the moment.
  var unrouted: SortedSet<Int> = .init()
  var joiners: SortedSet<Joiner> = .init()

  var isEmpty: Bool {
    deregistrations.isEmpty && changingStage.isEmpty && unrouted.isEmpty && joiners.isEmpty
  }

  static func == (left: Agenda, right: Agenda) -> Bool {
    left.deregistrations.elementsEqual(right.deregistrations) { $0 == $1 }
      && left.changingStage == right.changingStage && left.unrouted == right.unrouted
      && left.joiners == right.joiners
  }
}
