internal import KODEngine
internal import KODWire

extension Status {
  /// The status of a reason: its code comes from the protocol's table.
  static func of(_ reason: Reason, _ message: String) -> Status {
    Status(code: reason.code, reason: reason, message: message)
  }

  /// The same on call 0: says which frame it is about.
  static func of(_ reason: Reason, _ message: String, about header: FrameHeader) -> Status {
    Status(
      code: reason.code, reason: reason, message: message, frameType: UInt32(header.type),
      aboutCall: header.call)
  }

  static var pageTokenInvalid: Status {
    .of(.pageTokenInvalid, "not from an earlier page of this search")
  }

  /// What a client is told when the engine refuses its command.
  init(_ rejection: Rejection) {
    switch rejection {
    case .principalExists:
      self = .of(.principalExists, "a principal of this name exists")
    case .credentialExists:
      self = .of(.principalExists, "a principal with this credential exists")
    case .idempotencyKeyReused:
      self = .of(.idempotencyKeyReused, "this idempotency key came with another request before")
    case .referralUnknown:
      self = .of(.referralUnknown, "no such referral, or not yours")
    case .offerUnknown:
      self = .of(.offerUnknown, "no such offer, or not yours")
    case .offerTaken(let instant):
      self = .of(.offerTaken, "another assister accepted first")
      takenAtUs = instant.microseconds
    case .offerDeadlinePassed:
      self = .of(.offerDeadlinePassed, "the offer's deadline has passed")
    case .offerWithdrawn:
      self = .of(.offerWithdrawn, "the offer was withdrawn")
    case .offerRejected:
      self = .of(.offerAlreadyRejected, "you rejected this offer")
    case .offerAccepted:
      self = .of(.offerAlreadyAccepted, "you accepted this offer")
    case .offerReleased:
      self = .of(.offerReleased, "the offer was released when you became unavailable")
    case .notRegistered:
      self = .of(.notRegistered, "not registered for kynect On Demand")
    case .alreadyRegistered:
      self = .of(.alreadyRegistered, "already registered")
    case .notTheHolder:
      self = .of(.notTheHolder, "the referral is not assigned to you")
    case .referralState(let state):
      self = .of(.referralState, "the referral is \(state.word)")
    case .capacityReached:
      self = .of(.capacityReached, "your open assignments are at the limit")
    case .outcomeNotAllowed:
      self = .of(.outcomeNotAllowed, "this outcome is not allowed now")
    case .roleNotAllowed:
      self = .of(.roleNotAllowed, "your role may not do this")
    case .registrationNotAllowed:
      self = .of(.registrationNotAllowed, "registering again is not allowed")
    case .policyInvalid:
      self = .of(.fieldInvalid, "the policy is not valid")
    case .assisterUnknown:
      self = .of(.assisterUnknown, "no assister of this name")
    case .assisterNotEligible:
      self = .of(.assisterNotEligible, "the assister may not take it, or held it before")
    case .nobodyToAsk:
      self = .of(.nobodyToAsk, "nobody is eligible and available")
    case .unreachableTooEarly:
      self = .of(.unreachableTooEarly, "more attempts to call are needed, further apart")
    case .neverOffered:
      self = .of(.neverOffered, "the referral was never offered to you")
    case .principalUnknown:
      self = .of(.unspecified, "no such principal")
    case .credentialLimit:
      self = .of(
        .credentialLimit,
        "\(EngineLimits.credentialsPerPrincipal) of your credentials are valid; one must end first")
    case .engineLimit:
      self = .of(.engineLimit, "a capacity of the server is used up")
    case .assisterState(let state):
      self = .of(.assisterState, "the assister's registration is \(state)")
    case .registrationIncomplete:
      self = .of(
        .registrationIncomplete, "the registration is a draft: the profile says what it lacks")
    case .scheduleInvalid:
      self = .of(.fieldInvalid, "the schedule is not valid")
    case .noticeUnknown:
      self = .of(.noticeUnknown, "no such notice, or it was withdrawn")
    case .noticeSettled:
      self = .of(.noticeSettled, "the notice was acknowledged otherwise before")
    case .policyVersion:
      self = .of(.policyVersion, "another version of the policy is in force by now")
    }
  }
}

/// Name and version, as `WELCOME` and the log say them.
public enum ServerVersion {
  public static let text = "kod-server 0.1.0"
}
