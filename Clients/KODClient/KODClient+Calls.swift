internal import KODTransport
public import KODWire

/// One function per method. Each throws what `call` throws, and waits `timeout`, or the
/// configuration's default.
extension KODClient {
  // MARK: Assisters

  /// Takes an offer; the first valid accept wins (R8). Repeated while no answer comes: the winner
  /// gets the same answer again (R28).
  ///
  /// - Throws: ABORTED, `OFFER_TAKEN`, when somebody else was faster; FAILED_PRECONDITION when the
  ///   offer has ended otherwise.
  public func acceptOffer(
    _ offer: UInt64, timeout: Duration? = nil
  ) async throws(ClientError) -> Assignment {
    try await call(
      .Assisters.acceptOffer, AcceptOfferRequest(offerId: offer), timeout: timeout,
      repetition: .safe)
  }

  /// Turns an offer down (R21). Repeated while no answer comes; so are all functions here whose
  /// second execution answers like the first: here, all but `register`.
  ///
  /// - Parameter reason: up to 200 bytes, for the program's statistics.
  public func rejectOffer(
    _ offer: UInt64, reason: String = "", timeout: Duration? = nil
  ) async throws(ClientError) -> OfferClosed {
    try await call(
      .Assisters.rejectOffer, RejectOfferRequest(offerId: offer, reason: reason), timeout: timeout,
      repetition: .safe)
  }

  /// Sets current availability, over the schedule (R32).
  public func setAvailability(
    _ override: AvailabilityOverride, timeout: Duration? = nil
  ) async throws(ClientError) -> AssisterStatus {
    try await call(
      .Assisters.setAvailability, SetAvailabilityRequest(override: override), timeout: timeout,
      repetition: .safe)
  }

  /// Registers the caller as an assister (R30).
  public func register(
    _ request: RegisterRequest, timeout: Duration? = nil
  ) async throws(ClientError) -> Profile {
    try await call(.Assisters.register, request, timeout: timeout)
  }

  /// The caller's own standing, open offers and assignments.
  public func standing(timeout: Duration? = nil) async throws(ClientError) -> Standing {
    try await call(
      .Assisters.getStanding, GetStandingRequest(), timeout: timeout, repetition: .safe)
  }

  /// Closes a referral that the caller holds (R15).
  public func closeReferral(
    _ referral: UInt64, outcome: Outcome, timeout: Duration? = nil
  ) async throws(ClientError) -> CloseReferralResponse {
    try await call(
      .Assisters.closeReferral, CloseReferralRequest(referralId: referral, outcome: outcome),
      timeout: timeout, repetition: .safe)
  }

  // MARK: Intake partners

  /// Submits a request for help (R1 to R3).
  ///
  /// Sent again with the same idempotency key while the server is unavailable or its answer is lost,
  /// so that one `submit` makes one referral. A program that must survive its own end brings and
  /// keeps its own key.
  ///
  /// - Parameter request: an empty `idempotencyKey` is replaced by 16 random bytes.
  public func submit(
    _ request: SubmitReferralRequest, timeout: Duration? = nil
  ) async throws(ClientError) -> Referral {
    var request = request
    if request.idempotencyKey.isEmpty { request.idempotencyKey = SecureRandom.bytes(16) }
    return try await call(
      .Intake.submitReferral, request, timeout: timeout, repetition: .safe)
  }

  /// A referral as its partner and staff see it.
  public func referral(
    _ referral: UInt64, timeout: Duration? = nil
  ) async throws(ClientError) -> Referral {
    try await call(
      .Intake.getReferral, GetReferralRequest(referralId: referral), timeout: timeout,
      repetition: .safe)
  }

  /// Cancels a referral that is not closed (R17).
  ///
  /// - Parameter reason: up to 200 bytes; supervisors must give one.
  public func cancelReferral(
    _ referral: UInt64, reason: String = "", timeout: Duration? = nil
  ) async throws(ClientError) -> Referral {
    try await call(
      .Intake.cancelReferral, CancelReferralRequest(referralId: referral, reason: reason),
      timeout: timeout,
      repetition: .safe)
  }

  // MARK: Operators

  /// What the server counts.
  public func serverStatus(timeout: Duration? = nil) async throws(ClientError) -> ServerStatus {
    try await call(
      .Operations.getServerStatus, GetServerStatusRequest(), timeout: timeout, repetition: .safe)
  }
}
