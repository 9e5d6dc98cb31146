import KODWire

/// Rows of text that are edited in place: which is selected, what is typed, and what is wrong with which.
struct FieldForm: Equatable {
  var selected = 0
  /// The selected row is being typed.
  var editing: TextField?
  /// By row: the server's words, or this program's, shown below it.
  var problems: [Int: [String]] = [:]
  /// About no row that is here.
  var general: [String] = []
  var isSending = false
  /// Something differs from what is saved.
  var isChanged = false

  mutating func move(_ step: Int, count: Int) {
    selected = min(max(selected + step, 0), max(0, count - 1))
  }

  mutating func clearProblems() {
    problems = [:]
    general = []
  }

  mutating func saved() {
    clearProblems()
    isSending = false
    isChanged = false
    editing = nil
  }

  /// A violation belongs to the row that `row` finds for its path.
  mutating func refused(_ failure: Failure, row: (String) -> Int?) {
    isSending = false
    clearProblems()
    if failure.violations.isEmpty {
      general = [DashboardWords.refusal(failure)]
    }
    for violation in failure.violations {
      if let index = row(violation.path) {
        problems[index, default: []].append(violation.description)
      } else {
        general.append("\(violation.path): \(violation.description)")
      }
    }
    if let first = problems.keys.min() { selected = first }
  }
}

/// Preferred Contact (R73).
struct ContactForm: Equatable {
  enum Row: Int, CaseIterable {
    case phone
    case email
    case first
    case languages

    var label: String {
      switch self {
      case .phone: "KOD phone"
      case .email: "KOD email"
      case .first: "Notices go first to"
      case .languages: "Preferred languages"
      }
    }
  }

  var form = FieldForm()
  var phone = ""
  var email = ""
  var emailFirst = false
  /// Tags or names, with commas between.
  var languages = ""

  var row: Row { Row(rawValue: form.selected) ?? .phone }

  func text(_ row: Row) -> String {
    switch row {
    case .phone: phone
    case .email: email
    case .first: emailFirst ? "email" : "phone"
    case .languages: languages
    }
  }

  /// What is saved, unless something else is being typed.
  mutating func take(_ profile: Profile) {
    guard !form.isChanged, form.editing == nil, !form.isSending else { return }
    phone = profile.contact?.phone ?? ""
    email = profile.contact?.email ?? ""
    emailFirst = profile.contact?.emailFirst ?? false
    languages = (profile.status?.languages ?? []).map(Languages.name).joined(separator: ", ")
  }

  mutating func edit() {
    switch row {
    case .first:
      emailFirst.toggle()
      form.isChanged = true
    case .phone: form.editing = TextField(phone, limit: 40)
    case .email: form.editing = TextField(email, limit: 254)
    case .languages: form.editing = TextField(languages, limit: 400)
    }
  }

  /// Takes over what was typed. Telephone numbers as people write them here become what the server wants; what is
  /// none goes to the server as it is, and comes back with the server's word on it.
  mutating func finish() {
    guard let typed = form.editing?.text else { return }
    form.editing = nil
    let text = typed.split(separator: " ").joined(separator: " ")
    form.problems[form.selected] = nil
    guard text != self.text(row) else { return }
    form.isChanged = true
    switch row {
    case .phone: phone = (try? Phone.parse(text)) ?? text
    case .email: email = text
    case .languages: languages = text
    case .first: break
    }
  }

  var tags: [String] {
    languages.split(separator: ",").map { part in
      let text = part.split(separator: " ").joined(separator: " ")
      return (try? Languages.parse(text)) ?? text
    }.filter { !$0.isEmpty }
  }

  var request: SaveContactRequest {
    SaveContactRequest(
      contact: PreferredContact(phone: phone, email: email, emailFirst: emailFirst),
      languages: tags)
  }

  mutating func refused(_ failure: Failure) {
    form.refused(failure) { path in
      if path.contains("languages") { return Row.languages.rawValue }
      if path.contains("email_first") { return Row.first.rawValue }
      if path.contains("email") { return Row.email.rawValue }
      if path.contains("phone") { return Row.phone.rawValue }
      return nil
    }
  }
}
