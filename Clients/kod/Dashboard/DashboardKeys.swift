/// Which keys do what, for the footer and for help.
enum DashboardKeys {
  typealias Key = (String, String)

  /// Letters are text.
  static func isTyping(_ model: DashboardModel) -> Bool {
    switch model.overlay {
    case .prompt, .filter: return true
    case .help, .choice, .confirmation: return true
    case nil: break
    }
    return model.tab == .contact && model.contact.form.editing != nil
      || model.tab == .availability && model.hours.form.editing != nil
  }

  /// Of where the model stands, the most useful first.
  static func footer(_ model: DashboardModel) -> [Key] {
    switch model.overlay {
    case .help: return [("Esc", "closes this"), ("j k", "scroll")]
    case .choice: return [("1-9", "choose"), ("arrows Enter", "choose"), ("Esc", "back")]
    case .confirmation: return [("y", "yes"), ("n", "no")]
    case .prompt(let prompt):
      return [("Enter", prompt.purpose == .note ? "save" : "give back"), ("Esc", "back")]
    case .filter:
      return [("Enter", "search"), ("up down", "field"), ("left right", "choose"), ("Esc", "back")]
    case nil: break
    }
    if isTyping(model) { return [("Enter", "done"), ("Esc", "as it was")] }
    if model.detail != nil {
      return [("Esc", "back")] + actions(model) + [("w", "why"), ("j k", "scroll")]
    }
    let change: Key = ("o", model.live.status?.available == true ? "off" : "on")
    switch model.tab {
    case .updates: return actions(model) + [("Enter", "detail"), change, ("j k", "move")]
    case .referrals:
      return [("/", "search")] + actions(model) + [("Enter", "detail"), ("j k", "move"), change]
    case .metrics: return [("left right", "period"), ("j k", "scroll"), change]
    case .contact:
      return [("Enter", "edit"), ("s", "save"), ("Esc", "undo"), ("j k", "move")]
        + (model.live.status?.registration == .registrationActive
          ? [("W", "withdraw")] : [("R", "register")])
    case .availability:
      return [
        change, ("Enter", "edit"), ("s", "save"), ("f", "follow hours"), ("d", "delete"),
        ("Esc", "undo"), ("j k", "move"),
      ]
    }
  }

  /// What can be done with the selected referral now.
  private static func actions(_ model: DashboardModel) -> [Key] {
    guard let target = model.target else { return [] }
    if target.offer != nil { return [("a", "accept"), ("r", "reject"), ("n", "note")] }
    guard let held = target.assignment else { return [("n", "note")] }
    let call: [Key] = held.state == .referralContacted ? [] : [("t", "called")]
    return call + [("c", "close"), ("n", "note"), ("x", "give back")]
  }

  /// For help, in two groups.
  static let everywhere: [Key] = [
    ("1-5 Tab", "pages"), ("j k arrows", "move"), ("g G", "first, last"), ("Enter", "open, edit"),
    ("Esc", "back"), ("o", "availability on, off"), ("?", "this help"), ("Ctrl-L", "draw again"),
    ("Ctrl-Z", "to the shell"), ("q Ctrl-C", "quit"),
  ]
  static let referral: [Key] = [
    ("a", "accept the offer"), ("r", "reject the offer"), ("t", "you called: how it went"),
    ("c", "close, with an outcome"), ("n", "your note"), ("x", "give back, with a reason"),
    ("w", "detail: why you"), ("/", "Referrals: search"), ("left right", "Metrics: period"),
    ("s", "forms: save"), ("d", "hours: remove absence"), ("f", "follow your hours"),
    ("W R", "Contact: leave, register"),
  ]
}
