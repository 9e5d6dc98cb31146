import KODWire

/// Policies for people.
enum PolicyLines {
  static func show(_ version: PolicyVersion, _ clock: ClockFace, _ paper: Paper) -> [String] {
    let policy = version.policy ?? Policy()
    var table = Table([
      .init(title: "FIELD"), .init(title: "VALUE"), .init(title: "MEANING", least: 12, rank: 1),
    ])
    for field in PolicyField.all {
      table.add([.init(field.name), .init(field.text(policy), .bold), .init(field.summary, .faint)])
    }
    return paper.wrapped(headline(version, clock)) + [""] + table.lines(on: paper, indent: 2)
  }

  static func headline(_ version: PolicyVersion, _ clock: ClockFace) -> String {
    guard version.version > 0 else { return "Preset \(version.preset.word)" }
    var line = "Version \(version.version)"
    if version.preset.rawValue != 0 { line += ", preset \(version.preset.word)" }
    if version.sinceUs > 0 { line += ", since \(clock.dateAndTime(version.sinceUs))" }
    if !version.by.isEmpty { line += ", by \(version.by)" }
    return line + (version.reason.isEmpty ? "" : ": \(version.reason)")
  }

  /// Side by side; what differs between them stands out.
  static func presets(
    _ presets: [(name: String, policy: Policy)], current: PolicyVersion, paper: Paper
  ) -> [String] {
    var table = Table(
      [.init(title: "FIELD")] + presets.map { .init(title: $0.name, least: 6) }
        + [.init(title: "in force", least: 6)])
    let inForce = current.policy ?? Policy()
    for field in PolicyField.all {
      let values = presets.map { field.text($0.policy) }
      let differs = Set(values).count > 1
      let now = field.text(inForce)
      table.add(
        [.init((differs ? "* " : "  ") + field.name)]
          + values.map { .init($0, differs ? .bold : .plain) }
          + [.init(now, values.contains(now) ? .plain : .warning)])
    }
    let name =
      current.preset.rawValue == 0
      ? "Version \(current.version) is none of them." : "In force: \(current.preset.word)."
    return table.lines(on: paper) + [""]
      + paper.wrapped("* differs between presets. \(name)")
  }

  struct Difference: Equatable {
    var field: PolicyField
    var before: String
    var after: String

    static func == (left: Difference, right: Difference) -> Bool {
      left.field.name == right.field.name && left.before == right.before
        && left.after == right.after
    }
  }

  static func differences(_ before: Policy, _ after: Policy) -> [Difference] {
    PolicyField.all.compactMap { field in
      // By numbers, not by words: ranks 1 and 3 read the same as 1 and 2.
      guard field.members(before) != field.members(after) else { return nil }
      return Difference(field: field, before: field.text(before), after: field.text(after))
    }
  }

  static func changes(_ differences: [Difference], _ paper: Paper) -> [String] {
    var table = Table([.init(title: "FIELD"), .init(title: "NOW"), .init(title: "THEN")])
    for item in differences {
      table.add([.init(item.field.name), .init(item.before), .init(item.after, .bold)])
    }
    return table.lines(on: paper, indent: 2)
  }
}
