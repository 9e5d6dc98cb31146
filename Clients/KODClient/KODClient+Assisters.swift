public import KODWire

// The five screens and the work of an assister (R70 to R74).

extension KODClient {
  /// Ends the caller's own registration (R30). Open offers are withdrawn, accepted work stays.
  public func withdrawRegistration(
    _ request: WithdrawRegistrationRequest, timeout: Duration? = nil
  ) async throws(ClientError) -> Profile {
    try await call(
      .Assisters.withdrawRegistration, request, timeout: timeout)
  }

  /// The holder called the Resident, or tried to (R13, R14).
  public func logAttempt(
    _ request: LogAttemptRequest, timeout: Duration? = nil
  ) async throws(ClientError) -> Assignment {
    try await call(
      .Assisters.logAttempt, request, timeout: timeout)
  }

  /// The holder gives accepted work back (R16).
  public func releaseReferral(
    _ request: ReleaseReferralRequest, timeout: Duration? = nil
  ) async throws(ClientError) -> ReferralRecord {
    try await call(
      .Assisters.releaseReferral, request, timeout: timeout)
  }

  /// The caller's own note on a referral it was offered (R71). Empty: no note any more.
  public func saveNote(
    _ request: SaveNoteRequest, timeout: Duration? = nil
  ) async throws(ClientError) -> ReferralRecord {
    try await call(
      .Assisters.saveNote, request, timeout: timeout, repetition: .safe)
  }

  /// Preferred Contact (R73).
  public func saveContact(
    _ request: SaveContactRequest, timeout: Duration? = nil
  ) async throws(ClientError) -> Profile {
    try await call(
      .Assisters.saveContact, request, timeout: timeout, repetition: .safe)
  }

  /// My Availability (R74): hours, breaks, zone, out of office. `SetAvailability` is the switch.
  public func saveAvailability(
    _ request: SaveAvailabilityRequest, timeout: Duration? = nil
  ) async throws(ClientError) -> Profile {
    try await call(
      .Assisters.saveAvailability, request, timeout: timeout, repetition: .safe)
  }

  /// Everything the caller has saved, and what follows from it.
  public func getProfile(
    _ request: GetProfileRequest, timeout: Duration? = nil
  ) async throws(ClientError) -> Profile {
    try await call(
      .Assisters.getProfile, request, timeout: timeout, repetition: .safe)
  }

  /// Quick Updates (R70).
  public func getUpdates(
    _ request: GetUpdatesRequest, timeout: Duration? = nil
  ) async throws(ClientError) -> Updates {
    try await call(
      .Assisters.getUpdates, request, timeout: timeout, repetition: .safe)
  }

  /// Referral Manager (R71): everything the caller was ever offered or given, newest first.
  public func listReferrals(
    _ request: ListReferralsRequest, timeout: Duration? = nil
  ) async throws(ClientError) -> ListReferralsResponse {
    try await call(
      .Assisters.listReferrals, request, timeout: timeout, repetition: .safe)
  }

  /// One referral with all that happened between it and the caller.
  public func getReferralRecord(
    _ request: GetReferralRecordRequest, timeout: Duration? = nil
  ) async throws(ClientError) -> ReferralRecord {
    try await call(
      .Assisters.getReferralRecord, request, timeout: timeout, repetition: .safe)
  }

  /// View Metrics (R72), the caller's own.
  public func getMetrics(
    _ request: GetMetricsRequest, timeout: Duration? = nil
  ) async throws(ClientError) -> Metrics {
    try await call(
      .Assisters.getMetrics, request, timeout: timeout, repetition: .safe)
  }

  /// Why a referral was offered to an assister, or why not (R37). Assisters ask about themselves.
  public func explainReferral(
    _ request: ExplainReferralRequest, timeout: Duration? = nil
  ) async throws(ClientError) -> Explanation {
    try await call(
      .Assisters.explainReferral, request, timeout: timeout, repetition: .safe)
  }
}
