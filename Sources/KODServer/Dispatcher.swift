internal import KODEngine
internal import KODWire

/// Method number and payload to request: is it known, may this role call it, does it decode, is every field in its
/// bounds. The one place that lists the methods; what is asked of each message's fields is in `Validation`.
enum Dispatcher {
  /// A request that goes no further.
  struct Refusal: Error {
    var status: Status

    init(_ status: Status) { self.status = status }
  }

  typealias Judgement = Result<Request, Refusal>

  /// Judges in this order: method, role, encoding, fields.
  static func request(
    method number: UInt16, payload: RawSpan, principal: SessionPrincipal, limits: Limits = Limits()
  ) -> Judgement {
    guard let method = Method(number: number) else {
      return .failure(Refusal(.of(.methodUnknown, "no method has this number")))
    }
    guard method.allows(Role(rawValue: Int32(principal.role.rawValue))) else {
      return .failure(Refusal(.of(.roleNotAllowed, "your role may not call \(method.name)")))
    }
    do {
      let judgement =
        switch method.number >> 8 {
        case 1, 2: try assisters(method, payload, principal)
        case 6: try desk(method, payload, principal)
        case 7: try credentials(method, payload, limits)
        default: try others(method, payload, principal)
        }
      return judgement ?? .failure(Refusal(.of(.methodUnknown, "not served here")))
    } catch {
      return .failure(Refusal(.of(.payloadMalformed, "\(method.name): \(error)")))
    }
  }

  private static func assisters(
    _ method: Method, _ payload: RawSpan, _ caller: SessionPrincipal
  ) throws(WireError) -> Judgement? {
    switch method {
    case Method.Pushes.subscribe:
      let message = try SubscribeRequest(decoding: payload)
      return .success(.subscribe(epoch: message.epoch, offset: message.offset))
    case Method.Assisters.register: return try RegisterRequest(decoding: payload).checked()
    case Method.Assisters.setAvailability:
      return try SetAvailabilityRequest(decoding: payload).checked(for: caller.id)
    case Method.Assisters.getStanding:
      _ = try GetStandingRequest(decoding: payload)
      return .success(.query(.standing))
    case Method.Assisters.acceptOffer:
      let offer = OfferID(try AcceptOfferRequest(decoding: payload).offerId)
      return .success(.command(.accept(caller.id, offer), reply: .assignment))
    case Method.Assisters.rejectOffer:
      return try RejectOfferRequest(decoding: payload).checked(for: caller.id)
    case Method.Assisters.closeReferral:
      return try CloseReferralRequest(decoding: payload).checked(for: caller.id)
    case Method.Assisters.withdrawRegistration:
      _ = try WithdrawRegistrationRequest(decoding: payload)
      return .success(.command(.withdrawRegistration(caller.id), reply: .profile))
    case Method.Assisters.logAttempt:
      return try LogAttemptRequest(decoding: payload).checked(for: caller.id)
    case Method.Assisters.releaseReferral:
      return try ReleaseReferralRequest(decoding: payload).checked(for: caller.id)
    case Method.Assisters.saveNote:
      return try SaveNoteRequest(decoding: payload).checked(for: caller.id)
    case Method.Assisters.saveContact: return try SaveContactRequest(decoding: payload).checked()
    case Method.Assisters.saveAvailability:
      return try SaveAvailabilityRequest(decoding: payload).checked()
    case Method.Assisters.getProfile:
      _ = try GetProfileRequest(decoding: payload)
      return .success(.query(.profile))
    case Method.Assisters.getUpdates:
      _ = try GetUpdatesRequest(decoding: payload)
      return .success(.question(.updates))
    case Method.Assisters.listReferrals:
      return try ListReferralsRequest(decoding: payload).checked()
    case Method.Assisters.getReferralRecord:
      let message = try GetReferralRecordRequest(decoding: payload)
      return .success(.query(.record(ReferralID(message.referralId))))
    case Method.Assisters.getMetrics:
      return try GetMetricsRequest(decoding: payload).checked { .metrics(from: $0, to: $1) }
    case Method.Assisters.explainReferral:
      return try ExplainReferralRequest(decoding: payload).checked(for: caller)
    default: return nil
    }
  }

  private static func desk(
    _ method: Method, _ payload: RawSpan, _ caller: SessionPrincipal
  ) throws(WireError) -> Judgement? {
    switch method {
    case Method.Desk.listQueue: return try ListQueueRequest(decoding: payload).checked()
    case Method.Desk.rerunReferral:
      return try DeskRequest(decoding: payload).checked { .rerun(caller.id, $0, reason: $1) }
    case Method.Desk.assignReferral:
      return try AssignReferralRequest(decoding: payload).checked()
    case Method.Desk.giveUpReferral:
      return try DeskRequest(decoding: payload).checked { .giveUp(caller.id, $0, reason: $1) }
    case Method.Desk.takeBackReferral:
      return try DeskRequest(decoding: payload).checked { .takeBack(caller.id, $0, reason: $1) }
    case Method.Desk.pardonAssister: return try StaffRequest(decoding: payload).checked(.pardon)
    case Method.Desk.deregisterAssister:
      return try StaffRequest(decoding: payload).checked(.deregister)
    case Method.Desk.suspendAssister: return try StaffRequest(decoding: payload).checked(.suspend)
    case Method.Desk.reinstateAssister:
      return try StaffRequest(decoding: payload).checked(.reinstate)
    case Method.Desk.listAssisters: return try ListAssistersRequest(decoding: payload).checked()
    case Method.Desk.getProgramMetrics:
      return try GetMetricsRequest(decoding: payload).checked { .programMetrics(from: $0, to: $1) }
    case Method.Desk.getPolicy: return try GetPolicyRequest(decoding: payload).checked()
    case Method.Desk.setPolicy:
      return try SetPolicyRequest(decoding: payload).checked(for: caller.id)
    case Method.Desk.simulatePolicy: return try SimulatePolicyRequest(decoding: payload).checked()
    case Method.Desk.setCredentialDate:
      return try SetCredentialDateRequest(decoding: payload).checked()
    case Method.Desk.inspectReferral:
      let message = try GetReferralRecordRequest(decoding: payload)
      return .success(.query(.inspection(ReferralID(message.referralId))))
    default: return nil
    }
  }

  private static func credentials(
    _ method: Method, _ payload: RawSpan, _ limits: Limits
  ) throws(WireError) -> Judgement? {
    switch method {
    case Method.Credentials.renewCredential:
      return try RenewCredentialRequest(decoding: payload).checked(limits)
    case Method.Credentials.refreshSession:
      let message = try RefreshSessionRequest(decoding: payload)
      let (credential, digest) = Token.fingerprint(message.token)
      return .success(.refreshSession(credential: credential, digest: digest))
    default: return nil
    }
  }

  private static func others(
    _ method: Method, _ payload: RawSpan, _ caller: SessionPrincipal
  ) throws(WireError) -> Judgement? {
    switch method {
    case Method.Intake.submitReferral:
      return try SubmitReferralRequest(decoding: payload).checked(for: caller.id)
    case Method.Intake.getReferral:
      let message = try GetReferralRequest(decoding: payload)
      return .success(.query(.referral(ReferralID(message.referralId))))
    case Method.Intake.cancelReferral:
      return try CancelReferralRequest(decoding: payload).checked(for: caller)
    case Method.Intake.listSubmissions:
      return try ListSubmissionsRequest(decoding: payload).checked()
    case Method.Notices.subscribeNotices:
      return try SubscribeNoticesRequest(decoding: payload).checked()
    case Method.Notices.acknowledgeNotice:
      return try AcknowledgeNoticeRequest(decoding: payload).checked()
    case Method.Operations.getServerStatus:
      _ = try GetServerStatusRequest(decoding: payload)
      return .success(.query(.serverStatus))
    default: return nil
    }
  }
}
