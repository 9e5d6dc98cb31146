/// What an assister has saved and what staff decided; parallel to the principals. Apart from
/// `Assister`, which choosing a candidate reads, so that those rows stay small.
struct AssisterProfile {
  var contact: PreferredContact?
  var settings: AvailabilitySettings?
  var outlook: ScheduleOutlook?
  /// How many of the outlook's turns took effect.
  var turnsTaken = 0
  /// Starts and ends of out-of-office up to here took effect.
  var outOfOfficeThrough = Instant.zero
  var termsAccepted = false
  var credentialUntil: Instant?
  var timeline = AvailabilityTimeline()

  // Derived.
  /// Row number in `staffNotes`; 0: none.
  var lastStaffNote: UInt32 = 0
  /// Where it stands among the appointments.
  var nextTurning: Instant?
  var needsOutlookAt: Instant?

  /// The next boundary of the working hours.
  var nextTurn: Instant? {
    guard let outlook, turnsTaken < outlook.turns.count else { return nil }
    return outlook.turns[turnsTaken]
  }

  /// The next start or end of out-of-office.
  var nextOutOfOffice: Instant? {
    var next: Instant?
    for range in settings?.outOfOffice ?? [] {
      for boundary in [range.start, range.end].compactMap({ $0 })
      where boundary > outOfOfficeThrough && next.map({ boundary < $0 }) ?? true {
        next = boundary
      }
    }
    return next
  }

  var isOutOfOffice: Bool {
    settings?.outOfOffice.contains { range in
      range.start <= outOfOfficeThrough && range.end.map { outOfOfficeThrough < $0 } ?? true
    } ?? false
  }

  /// Inside weekly hours and outside breaks, as far as is known: where an outlook ends, its last
  /// state holds.
  var isInsideHours: Bool {
    outlook.map { $0.startsInside != (turnsTaken % 2 == 1) } ?? settings?.aroundTheClock ?? true
  }
}

/// Something that staff did about an assister. Number n has index n - 1.
struct StaffNoteRow {
  var assister: UInt32
  var at: Instant
  var by: PrincipalID
  var action: StaffAction
  var reason: String
  /// The assister's one before; 0: none.
  var previous: UInt32
}

/// The notices about one Offer (R65).
struct NoticeRow {
  /// Index.
  var offer: Int
  var first: Attempt
  /// After the first failed.
  var second: Attempt?

  struct Attempt {
    var channel: NoticeChannel
    var state = NoticeState.pending
    var createdAt: Instant
    var changedAt: Instant

    init(_ channel: NoticeChannel, at: Instant) {
      self.channel = channel
      createdAt = at
      changedAt = at
    }
  }

  /// 1 or 2.
  subscript(attempt: Int) -> Attempt? {
    get { attempt == 1 ? first : second }
    set {
      if attempt == 2 { second = newValue } else if let newValue { first = newValue }
    }
  }

  /// A notifier says that it went out (R22).
  var wentOut: Bool {
    [first, second].contains { $0?.state == .sent || $0?.state == .delivered }
  }
}

/// Who made a version of the policy, when and why.
struct PolicySignature {
  var since = Instant.zero
  var by: PrincipalID?
  var reason = ""
}
