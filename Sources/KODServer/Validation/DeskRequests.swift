internal import KODEngine
internal import KODWire

// What staff ask for. Nothing is done by hand without a reason.

extension DeskRequest {
  func checked(
    _ command: (ReferralID, _ reason: String) -> Command
  ) -> Dispatcher.Judgement {
    var check = FieldCheck()
    check.reason(reason)
    return check.result { .command(command(ReferralID(referralId), reason), reply: .referral) }
  }
}

extension AssignReferralRequest {
  func checked() -> Dispatcher.Judgement {
    var check = FieldCheck()
    check.name("assister", assister)
    check.reason(reason)
    return check.result {
      .staff(.assign(ReferralID(referralId)), assister: assister, reason: reason)
    }
  }
}

extension StaffRequest {
  func checked(_ action: Request.StaffAction) -> Dispatcher.Judgement {
    var check = FieldCheck()
    check.name("assister", assister)
    check.reason(reason)
    return check.result { .staff(action, assister: assister, reason: reason) }
  }
}

extension SetCredentialDateRequest {
  func checked() -> Dispatcher.Judgement {
    var check = FieldCheck()
    check.name("assister", assister)
    let until = check.instant("until_us", untilUs)
    check.reason(reason)
    return check.result {
      .staff(
        .setCredentialDate(untilUs == 0 ? nil : until), assister: assister, reason: reason)
    }
  }
}

extension ListQueueRequest {
  func checked() -> Dispatcher.Judgement {
    var check = FieldCheck()
    let queue = UInt8(exactly: filter.rawValue).flatMap(ReferralQueue.init)
    if queue == nil {
      check.violation(
        "filter", "must be QUEUE_WAITING, QUEUE_OVERDUE, QUEUE_PROMISE_MISSED or QUEUE_OPEN")
    }
    let limit = check.pageSize(pageSize)
    var search = self
    (search.pageSize, search.pageToken) = (0, "")
    let page = PageToken.Search(search)
    return check.paged(pageToken, of: page, numbers: 1) { after in
      queue.map {
        .query(.queue($0, after: after.first.map { ReferralID(UInt64($0)) }, limit: limit, page))
      }
    }
  }
}

extension GetPolicyRequest {
  func checked() -> Dispatcher.Judgement {
    var check = FieldCheck()
    let preset = check.preset("preset", preset)
    if version != 0, preset != nil { check.violation("version", "must be 0 with a preset") }
    return check.result {
      .query(preset.map { .preset($0) } ?? .policy(version: Int(version)))
    }
  }
}

extension SetPolicyRequest {
  func checked(for caller: PrincipalID) -> Dispatcher.Judgement {
    var check = FieldCheck()
    let chosen = check.policy(preset, policy)
    check.reason(reason)
    return check.result {
      chosen.map {
        .command(
          .setPolicy(
            $0, by: caller, reason: reason,
            expectedVersion: expectedVersion == 0 ? nil : Int(expectedVersion)), reply: .policy)
      }
    }
  }
}

extension SimulatePolicyRequest {
  func checked() -> Dispatcher.Judgement {
    var check = FieldCheck()
    let chosen = check.policy(preset, policy)
    let period = check.period(from: fromUs, to: toUs)
    return check.result {
      guard let chosen, let period else { return nil }
      return .simulate(chosen, from: period.from, to: period.to)
    }
  }
}

extension SubscribeNoticesRequest {
  func checked() -> Dispatcher.Judgement {
    var check = FieldCheck()
    let channels: [KODEngine.NoticeChannel] = check.words(
      "channels", channels, most: 2, "PHONE or EMAIL")
    return check.result { .subscribeNotices(channels: Set(channels)) }
  }
}

extension AcknowledgeNoticeRequest {
  func checked() -> Dispatcher.Judgement {
    var check = FieldCheck()
    let state: KODEngine.NoticeState? =
      switch state {
      case .noticeSent: .sent
      case .noticeDelivered: .delivered
      case .noticeFailed: .failed
      default: nil
      }
    if state == nil {
      check.violation("state", "must be NOTICE_SENT, NOTICE_DELIVERED or NOTICE_FAILED")
    }
    check.text("detail", detail, bytes: 0...200)
    return check.result {
      state.map { .acknowledge(NoticeID(noticeId), $0, detail: detail) }
    }
  }
}

extension ListAssistersRequest {
  func checked() -> Dispatcher.Judgement {
    var check = FieldCheck()
    let registration: KODEngine.RegistrationState? = check.optionalWord(
      "registration", registration, "one of the registration states")
    check.text("name_contains", nameContains, bytes: 0...64)
    let limit = check.pageSize(pageSize)
    var search = self
    (search.pageSize, search.pageToken) = (0, "")
    let page = PageToken.Search(search)
    return check.paged(pageToken, of: page, numbers: 1) { next in
      .question(
        .assisters(
          AssisterScan(
            registration: registration, onlyAvailable: onlyAvailable, nameContains: nameContains,
            from: Int(next.first ?? 0)),
          limit, page))
    }
  }
}

extension GetMetricsRequest {
  func checked(_ question: (Instant, Instant?) -> Question) -> Dispatcher.Judgement {
    var check = FieldCheck()
    let period = check.period(from: fromUs, to: toUs)
    return check.result { period.map { .question(question($0.from, $0.to)) } }
  }
}
