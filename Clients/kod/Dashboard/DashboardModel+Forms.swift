import KODWire

/// Keys of the two pages that are forms.
extension DashboardModel {
  /// While a field is typed.
  mutating func pressField(_ key: Key, now: Int64) {
    switch (tab, key) {
    case (.contact, .enter), (.contact, .tab), (.contact, .down), (.contact, .up):
      contact.finish()
      if key != .enter { contact.form.move(key == .up ? -1 : 1, count: 4) }
    case (.contact, .escape): contact.form.editing = nil
    case (.contact, _): _ = contact.form.editing?.press(key)
    case (_, .enter), (_, .tab), (_, .down), (_, .up):
      hours.finish(now: now)
      guard hours.form.editing == nil, key != .enter else { return }
      hours.form.move(key == .up ? -1 : 1, count: hours.rows.count)
    case (_, .escape):
      hours.form.editing = nil
      hours.form.problems[hours.form.selected] = nil
    default: _ = hours.form.editing?.press(key)
    }
  }

  mutating func pressForm(_ key: Key, now: Int64) -> [Effect] {
    switch key {
    case .up, .character("k"): moveRow(-1)
    case .down, .character("j"): moveRow(1)
    case .home, .character("g"): moveRow(-100)
    case .end, .character("G"): moveRow(100)
    case .enter, .character("e"), .character(" "): beginEdit()
    case .character("s"): return save()
    case .escape: askToDiscard()
    case .character("W") where tab == .contact: askToWithdraw()
    case .character("R") where tab == .contact: askToRegister()
    case .character("f") where tab == .availability:
      return isCut() ? [] : [.ask(.setAvailability(.followSchedule))]
    case .character("d") where tab == .availability, .delete where tab == .availability:
      if case .absence = hours.row {
        hours.remove()
      } else {
        hint = "d removes an absence: select one below the week"
      }
    default: break
    }
    return []
  }

  private mutating func moveRow(_ step: Int) {
    if tab == .contact {
      contact.form.move(step, count: ContactForm.Row.allCases.count)
    } else {
      hours.form.move(step, count: hours.rows.count)
    }
  }

  private mutating func beginEdit() {
    guard profile.value != nil else {
      hint = "what is saved has not been read yet"
      return
    }
    if tab == .contact { contact.edit() } else { hint = hours.edit() ?? "" }
  }

  private mutating func save() -> [Effect] {
    let form = tab == .contact ? contact.form : hours.form
    guard form.isChanged else {
      hint = "nothing was changed"
      return []
    }
    guard !isCut(), !form.isSending else { return [] }
    if tab == .contact {
      contact.form.isSending = true
      return [.ask(.saveContact(contact.request))]
    }
    hours.form.isSending = true
    return [.ask(.saveAvailability(hours.request))]
  }

  private mutating func askToDiscard() {
    let form = tab == .contact ? contact.form : hours.form
    guard form.isChanged, !form.isSending else { return }
    overlay = .confirmation(
      DashboardQuestion(
        text: "Drop what you changed here and go back to what is saved?",
        purpose: tab == .contact ? .discardContact : .discardHours))
  }

  private mutating func askToWithdraw() {
    guard !isCut() else { return }
    guard live.status?.registration == .registrationActive else {
      hint = "you are not registered: there is nothing to withdraw"
      return
    }
    let held = live.assignments.count
    let work =
      held == 0 ? "" : " The \(held == 1 ? "referral" : "\(held) referrals") you hold stay yours."
    overlay = .confirmation(
      DashboardQuestion(
        text: "Withdraw your registration? Open offers end, no new ones come.\(work)",
        purpose: .withdraw))
  }

  private mutating func askToRegister() {
    guard !isCut(), let status = live.status else { return }
    guard status.registration != .registrationActive else {
      hint = "you are registered already"
      return
    }
    overlay = .confirmation(
      DashboardQuestion(
        text: "Register for kynect On Demand, and accept the program's terms?",
        purpose: .register(RegisterRequest(acceptTerms: true))))
  }

  // MARK: Overlays

  mutating func pressOverlay(_ key: Key, now: Int64) -> [Effect] {
    switch overlay {
    case .help(let scroll):
      overlay = step(key).map { .help(min(max(0, scroll + $0), DashboardKeys.referral.count)) }
      return []
    case .choice(let choice): return press(key, choice)
    case .confirmation(let confirmation): return press(key, confirmation, now: now)
    case .prompt(let prompt): return press(key, prompt)
    case .filter(let form): return press(key, form, now: now)
    case nil: return []
    }
  }

  private mutating func press(_ key: Key, _ choice: Choice) -> [Effect] {
    var choice = choice
    let count = choice.options.count
    switch key {
    case .escape, .character("q"):
      overlay = nil
      return []
    case .up, .character("k"): choice.selected = (choice.selected + count - 1) % count
    case .down, .character("j"): choice.selected = (choice.selected + 1) % count
    case .character(let digit):
      guard let number = digit.wholeNumberValue, (1...count).contains(number) else { return [] }
      choice.selected = number - 1
      // With more than nine a digit only selects: 1 might be the beginning of 11.
      guard count <= 9 else { break }
      return decide(choice)
    case .enter: return decide(choice)
    default: return []
    }
    overlay = .choice(choice)
    return []
  }

  private mutating func decide(_ choice: Choice) -> [Effect] {
    guard !isCut() else { return [] }
    overlay = nil
    return [.ask(choice.question)]
  }

  private mutating func press(
    _ key: Key, _ confirmation: DashboardQuestion, now: Int64
  ) -> [Effect] {
    switch key {
    case .character("y"), .character("Y"): break
    case .character("n"), .character("N"), .escape, .character("q"):
      overlay = nil
      return []
    default: return []
    }
    overlay = nil
    switch confirmation.purpose {
    case .quit: return [.quit]
    case .discardContact:
      contact.form.saved()
      if let saved = profile.value { contact.take(saved) }
      return []
    case .discardHours:
      hours.form.saved()
      if let saved = profile.value { hours.take(saved) }
      return []
    case .withdraw: return isCut() ? [] : [.ask(.withdraw)]
    case .register(let request): return isCut() ? [] : [.ask(.register(request))]
    case .switchOff: return isCut() ? [] : [.ask(.setAvailability(.overrideOff))]
    }
  }

  private mutating func press(_ key: Key, _ prompt: TextPrompt) -> [Effect] {
    var prompt = prompt
    // Sent is sent; what comes back closes the prompt or says what is wrong.
    guard !prompt.isSending || key == .escape else { return [] }
    switch key {
    case .escape:
      overlay = nil
      return []
    case .enter:
      guard prompt.purpose == .note || !prompt.field.text.allSatisfy({ $0 == " " }) else {
        prompt.problem = "a reason is needed, a word will do"
        break
      }
      guard !isCut() else { return [] }
      prompt.isSending = true
      prompt.problem = nil
      overlay = .prompt(prompt)
      return [.ask(prompt.question)]
    default:
      _ = prompt.field.press(key)
      prompt.problem = nil
    }
    overlay = .prompt(prompt)
    return []
  }

  private mutating func press(_ key: Key, _ form: FilterForm, now: Int64) -> [Effect] {
    var form = form
    switch key {
    case .escape:
      overlay = nil
      return []
    case .enter:
      guard let filter = form.result(asOf: now) else { break }
      overlay = nil
      search.search(filter)
      return []
    case .up, .backTab: form.move(-1)
    case .down, .tab: form.move(1)
    case .left where form.choices(form.row) != nil: form.turn(-1)
    case .right where form.choices(form.row) != nil,
      .character(" ") where form.choices(form.row) != nil:
      form.turn(1)
    default: _ = form.type(key)
    }
    overlay = .filter(form)
    return []
  }
}
