public import KODWire

// What supervisors do, and auditors read.

extension KODClient {
  /// The dead-end queue, overdue work, or anything open; oldest first.
  public func listQueue(
    _ request: ListQueueRequest, timeout: Duration? = nil
  ) async throws(ClientError) -> ListQueueResponse {
    try await call(
      .Desk.listQueue, request, timeout: timeout, repetition: .safe)
  }

  /// Routes a waiting referral anew (R12).
  public func rerunReferral(
    _ request: DeskRequest, timeout: Duration? = nil
  ) async throws(ClientError) -> Referral {
    try await call(
      .Desk.rerunReferral, request, timeout: timeout)
  }

  /// Gives a waiting referral to an assister by hand (R12): registered, allowed for the help type,
  /// not a former holder.
  public func assignReferral(
    _ request: AssignReferralRequest, timeout: Duration? = nil
  ) async throws(ClientError) -> Referral {
    try await call(
      .Desk.assignReferral, request, timeout: timeout)
  }

  /// Closes a waiting referral as UNSERVED (R12).
  public func giveUpReferral(
    _ request: DeskRequest, timeout: Duration? = nil
  ) async throws(ClientError) -> Referral {
    try await call(
      .Desk.giveUpReferral, request, timeout: timeout)
  }

  /// Takes accepted work from its holder (R16).
  public func takeBackReferral(
    _ request: DeskRequest, timeout: Duration? = nil
  ) async throws(ClientError) -> Referral {
    try await call(
      .Desk.takeBackReferral, request, timeout: timeout)
  }

  /// Forgives the misses: the streak is 0, and who was de-registered is active again.
  public func pardonAssister(
    _ request: StaffRequest, timeout: Duration? = nil
  ) async throws(ClientError) -> AssisterStatus {
    try await call(
      .Desk.pardonAssister, request, timeout: timeout)
  }

  /// Ends an assister's registration (R30, R31).
  public func deregisterAssister(
    _ request: StaffRequest, timeout: Duration? = nil
  ) async throws(ClientError) -> AssisterStatus {
    try await call(
      .Desk.deregisterAssister, request, timeout: timeout)
  }

  /// Suspends an assister (R30).
  public func suspendAssister(
    _ request: StaffRequest, timeout: Duration? = nil
  ) async throws(ClientError) -> AssisterStatus {
    try await call(
      .Desk.suspendAssister, request, timeout: timeout)
  }

  /// Ends a suspension (R30).
  public func reinstateAssister(
    _ request: StaffRequest, timeout: Duration? = nil
  ) async throws(ClientError) -> AssisterStatus {
    try await call(
      .Desk.reinstateAssister, request, timeout: timeout)
  }

  /// A page of the assisters.
  public func listAssisters(
    _ request: ListAssistersRequest, timeout: Duration? = nil
  ) async throws(ClientError) -> ListAssistersResponse {
    try await call(
      .Desk.listAssisters, request, timeout: timeout, repetition: .safe)
  }

  /// View Metrics for the program (R72).
  public func getProgramMetrics(
    _ request: GetMetricsRequest, timeout: Duration? = nil
  ) async throws(ClientError) -> ProgramMetrics {
    try await call(
      .Desk.getProgramMetrics, request, timeout: timeout, repetition: .safe)
  }

  /// A version of the policy, or a preset (R60, R61).
  public func getPolicy(
    _ request: GetPolicyRequest, timeout: Duration? = nil
  ) async throws(ClientError) -> PolicyVersion {
    try await call(
      .Desk.getPolicy, request, timeout: timeout, repetition: .safe)
  }

  /// The next version of the policy (R60). Referrals keep the version they started under.
  public func setPolicy(
    _ request: SetPolicyRequest, timeout: Duration? = nil
  ) async throws(ClientError) -> PolicyVersion {
    try await call(
      .Desk.setPolicy, request, timeout: timeout)
  }

  /// Until when the assister's license or certificate is valid (R30, R32). A later date ends a
  /// suspension that the old date brought.
  public func setCredentialDate(
    _ request: SetCredentialDateRequest, timeout: Duration? = nil
  ) async throws(ClientError) -> AssisterStatus {
    try await call(
      .Desk.setCredentialDate, request, timeout: timeout)
  }

  /// One referral with every offer and everything done by hand.
  public func inspectReferral(
    _ request: GetReferralRecordRequest, timeout: Duration? = nil
  ) async throws(ClientError) -> ReferralRecord {
    try await call(
      .Desk.inspectReferral, request, timeout: timeout, repetition: .safe)
  }

  /// Replays the recorded requests under another policy. No timeout: it takes as long as there are requests, and tells
  /// how far it is.
  public func simulatePolicy(_ request: SimulatePolicyRequest) -> SimulationStream {
    SimulationStream(
      stream: CallStream(self, .Desk.simulatePolicy, request, isLasting: false))
  }
}
