internal import KODEngine
internal import KODWire

extension RenewCredentialRequest {
  /// A second at least; 0 stands for as long as the server gives.
  func checked(_ limits: Limits) -> Dispatcher.Judgement {
    let longest = max(1_000, limits.credentialLifetimeMilliseconds)
    var check = FieldCheck()
    if lifetimeMs != 0 {
      check.number("lifetime_ms", lifetimeMs, in: 1_000...UInt64(longest), unit: ", or 0")
    }
    return check.result {
      .renewCredential(milliseconds: lifetimeMs == 0 ? longest : Int64(lifetimeMs))
    }
  }
}
