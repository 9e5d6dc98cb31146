import KODEngine

/// A history told by a script: lines without `>`; time passes between them.
func history(policy: Policy = .phase15, _ text: String) -> Engine {
  var script = Script(policy: policy)
  for line in text.split(separator: "\n").map(String.init) {
    _ = script.passTime(before: "> " + line)
    let lines = script.run(line)
    precondition(
      !lines.contains { $0.contains("understood") || $0.contains("refused") }, "\(line): \(lines)")
  }
  return script.engine
}

extension Engine {
  func id(_ name: String) -> PrincipalID { principal(named: name)!.id }

  /// By a scan in slices of one row.
  func metrics(of name: String, _ from: Instant, _ to: Instant) -> AssisterMetrics {
    var scan = AssisterMetricsScan(assister: id(name), from: from, to: to, hours: .eastern)
    while !scan.step(in: self, budget: 1) {}
    return scan.result!
  }

  func programMetrics(_ from: Instant, _ to: Instant, budget: Int = 1) -> ProgramMetrics {
    var scan = ProgramMetricsScan(from: from, to: to, hours: .eastern)
    while !scan.step(in: self, budget: budget) {}
    return scan.result!
  }

  func updates(of name: String, _ from: Instant, _ to: Instant) -> UpdatesView {
    var scan = UpdatesScan(of: id(name), dayStart: from, dayEnd: to, hours: .eastern)
    while !scan.step(in: self, budget: 1) {}
    return scan.result!
  }

  func rows(of name: String, _ change: (inout ReferralFilter) -> Void = { _ in })
    -> [ReferralRowView]
  {
    var filter = ReferralFilter()
    change(&filter)
    var scan = ReferralScan(of: id(name), filter)
    var rows: [ReferralRowView] = []
    while !scan.step(in: self, budget: 1, most: .max, into: &rows) {}
    return rows
  }

  /// Their numbers, newest first.
  func referrals(of name: String, _ change: (inout ReferralFilter) -> Void = { _ in }) -> [UInt64] {
    rows(of: name, change).map(\.referral.number)
  }
}

extension HoursOfDay {
  static let eastern = HoursOfDay(always: -5 * 3600)
}

extension Instant {
  init(_ clock: String) { self.init(clock: clock)! }
}
