import KODWire

/// What lies over the page and takes the keys until it is answered.
enum Overlay: Equatable {
  /// The first line shown.
  case help(Int)
  case choice(Choice)
  case confirmation(DashboardQuestion)
  case prompt(TextPrompt)
  case filter(FilterForm)

  /// Which referral it is about.
  var referral: UInt64? {
    switch self {
    case .choice(let choice): choice.referral
    case .prompt(let prompt): prompt.referral
    case .help, .confirmation, .filter: nil
    }
  }
}

/// One of several: a digit, or arrows and Enter.
struct Choice: Equatable {
  enum Purpose: Equatable {
    case attempt
    case outcome
  }

  var purpose: Purpose
  var referral: UInt64
  var selected = 0

  static let attempts: [AttemptResult] = [.reached, .noAnswer, .voicemail]
  static let outcomes: [Outcome] = Outcome.allKnown.filter {
    $0 != .unspecified && $0 != .unserved
  }

  var title: String {
    switch purpose {
    case .attempt: "You called about referral \(referral)"
    case .outcome: "Close referral \(referral): how did it end?"
    }
  }

  var options: [String] {
    switch purpose {
    case .attempt: Self.attempts.map(DashboardWords.attempt)
    case .outcome: Self.outcomes.map { WireWords.spaced($0.word) }
    }
  }

  var question: DashboardModel.Question {
    switch purpose {
    case .attempt: .attempt(referral, Self.attempts[selected])
    case .outcome: .close(referral, Self.outcomes[selected])
    }
  }
}

/// Yes or no, before something that is not easily undone.
struct DashboardQuestion: Equatable {
  enum Purpose: Equatable {
    case withdraw
    case register(RegisterRequest)
    case switchOff
    case discardContact
    case discardHours
    case quit
  }

  var text: String
  var purpose: Purpose
}

/// A line of text about a referral.
struct TextPrompt: Equatable {
  enum Purpose: Equatable {
    case note
    case release
  }

  var purpose: Purpose
  var referral: UInt64
  var field: TextField
  /// What the server, or this program, has against it.
  var problem: String?
  var isSending = false

  static func note(_ referral: UInt64, _ text: String) -> TextPrompt {
    TextPrompt(purpose: .note, referral: referral, field: TextField(text, limit: 1_000))
  }

  static func release(_ referral: UInt64) -> TextPrompt {
    TextPrompt(purpose: .release, referral: referral, field: TextField(limit: 200))
  }

  var title: String {
    switch purpose {
    case .note: "Your note on referral \(referral)"
    case .release: "Give referral \(referral) back? Say why"
    }
  }

  var keys: String {
    switch purpose {
    case .note: "Enter saves, empty removes it, Esc leaves it as it was"
    case .release: "Enter gives it back, Esc keeps it"
    }
  }

  var question: DashboardModel.Question {
    switch purpose {
    case .note: .note(referral, field.text)
    case .release: .release(referral, reason: field.text)
    }
  }
}

/// The search of the Referral Manager, field by field.
struct FilterForm: Equatable {
  enum Row: Int, CaseIterable {
    case note
    case status
    case kind
    case help
    case county
    case days

    var label: String {
      switch self {
      case .note: "Note has"
      case .status: "Status"
      case .kind: "Kind"
      case .help: "Help"
      case .county: "County"
      case .days: "Offered"
      }
    }
  }

  var filter: ReferralFilter
  var row = Row.note
  var note: TextField
  var county: TextField
  var problem: String?

  init(_ filter: ReferralFilter) {
    self.filter = filter
    note = TextField(filter.note, limit: 100)
    county = TextField(
      Counties.county(fips: filter.county)?.name ?? "", limit: 40)
  }

  static let kinds: [OfferKind] = [.unspecified, .general, .mass]
  static let helpTypes: [HelpType] = [.unspecified, .application, .plan, .both]

  /// Of the rows that are chosen, not typed.
  func choices(_ row: Row) -> (labels: [String], selected: Int)? {
    switch row {
    case .note, .county: nil
    case .status:
      (
        ReferralFilter.Status.allCases.map(\.rawValue),
        ReferralFilter.Status.allCases.firstIndex(of: filter.status) ?? 0
      )
    case .kind:
      (
        Self.kinds.map { $0 == .unspecified ? "any" : $0.word },
        Self.kinds.firstIndex(of: filter.kind) ?? 0
      )
    case .help:
      (
        Self.helpTypes.map { $0 == .unspecified ? "any" : $0.word },
        Self.helpTypes.firstIndex(of: filter.helpType) ?? 0
      )
    case .days:
      (
        ReferralFilter.Days.allCases.map(\.label),
        ReferralFilter.Days.allCases.firstIndex(of: filter.days) ?? 0
      )
    }
  }

  mutating func move(_ step: Int) {
    let count = Row.allCases.count
    row = Row(rawValue: (row.rawValue + step + count) % count) ?? .note
  }

  mutating func turn(_ step: Int) {
    guard let (labels, selected) = choices(row) else { return }
    let next = (selected + step + labels.count) % labels.count
    switch row {
    case .note, .county: break
    case .status: filter.status = ReferralFilter.Status.allCases[next]
    case .kind: filter.kind = Self.kinds[next]
    case .help: filter.helpType = Self.helpTypes[next]
    case .days: filter.days = ReferralFilter.Days.allCases[next]
    }
  }

  /// True: the key was text.
  mutating func type(_ key: Key) -> Bool {
    problem = nil
    switch row {
    case .note: return note.press(key)
    case .county: return county.press(key)
    default: return false
    }
  }

  /// The whole search; nil: `problem` says what is wrong.
  mutating func result(asOf now: Int64) -> ReferralFilter? {
    filter.note = note.text
    filter.asOf = now
    let typed = county.text.split(separator: " ").joined(separator: " ")
    do throws(UsageError) {
      filter.county = typed.isEmpty ? 0 : try Counties.parse(typed).fips
    } catch {
      problem = error.message
      row = .county
      return nil
    }
    return filter
  }
}
