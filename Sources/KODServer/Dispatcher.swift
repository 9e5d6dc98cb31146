internal import KODEngine
internal import KODWire

/// Method number and payload to request: is it known, may this role call it, does it decode, is every field in its
/// bounds. The one place that lists the methods.
enum Dispatcher {
  /// A request that goes no further.
  struct Refusal: Error {
    var status: Status

    init(_ status: Status) { self.status = status }
  }

  /// Judges in this order: method, role, encoding, fields.
  static func request(
    method number: UInt16, payload: RawSpan, principal: SessionPrincipal
  ) -> Result<Request, Refusal> {
    guard let method = Method(number: number) else {
      return .failure(Refusal(.of(.methodUnknown, "no method has this number")))
    }
    guard method.allows(Role(rawValue: Int32(principal.role.rawValue))) else {
      return .failure(Refusal(.of(.roleNotAllowed, "your role may not call \(method.name)")))
    }
    do {
      return try decode(method, payload, principal.id)
    } catch {
      return .failure(Refusal(.of(.payloadMalformed, "\(method.name): \(error)")))
    }
  }

  private static func decode(
    _ method: Method, _ payload: RawSpan, _ caller: PrincipalID
  ) throws(WireError) -> Result<Request, Refusal> {
    switch method {
    case Method.Pushes.subscribe:
      let message = try SubscribeRequest(decoding: payload)
      return .success(.subscribe(epoch: message.epoch, offset: message.offset))
    case Method.Assisters.register:
      return try RegisterRequest(decoding: payload).command(by: caller)
    case Method.Assisters.setAvailability:
      return try SetAvailabilityRequest(decoding: payload).command(by: caller)
    case Method.Assisters.getStanding:
      _ = try GetStandingRequest(decoding: payload)
      return .success(.query(.standing))
    case Method.Assisters.acceptOffer:
      let message = try AcceptOfferRequest(decoding: payload)
      return .success(.command(.accept(caller, OfferID(message.offerId)), reply: .assignment))
    case Method.Assisters.rejectOffer:
      return try RejectOfferRequest(decoding: payload).command(by: caller)
    case Method.Assisters.closeReferral:
      return try CloseReferralRequest(decoding: payload).command(by: caller)
    case Method.Intake.submitReferral:
      return try SubmitReferralRequest(decoding: payload).command(by: caller)
    case Method.Intake.getReferral:
      let message = try GetReferralRequest(decoding: payload)
      return .success(.query(.referral(ReferralID(message.referralId))))
    case Method.Intake.cancelReferral:
      let message = try CancelReferralRequest(decoding: payload)
      return .success(.command(.cancel(caller, ReferralID(message.referralId)), reply: .referral))
    case Method.Operations.getServerStatus:
      _ = try GetServerStatusRequest(decoding: payload)
      return .success(.query(.serverStatus))
    default:
      return .failure(Refusal(.of(.methodUnknown, "not served here")))
    }
  }
}
