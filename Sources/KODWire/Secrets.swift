// A token must not get into a log by way of a message that is printed: what carries one prints `<token>`.

extension Hello: CustomStringConvertible, CustomReflectable {
  /// Everything but the token.
  public var description: String {
    "Hello(versions \(minimumVersion) to \(maximumVersion), <token>, client: \(client.debugDescription))"
  }

  public var customMirror: Mirror {
    Mirror(
      self,
      children: [
        "minimumVersion": minimumVersion, "maximumVersion": maximumVersion, "client": client,
      ])
  }
}

extension RenewedCredential: CustomStringConvertible, CustomReflectable {
  /// Everything but the token.
  public var description: String { "RenewedCredential(<token>, expiresAtUs: \(expiresAtUs))" }

  public var customMirror: Mirror { Mirror(self, children: ["expiresAtUs": expiresAtUs]) }
}

extension RefreshSessionRequest: CustomStringConvertible, CustomReflectable {
  /// Everything but the token.
  public var description: String { "RefreshSessionRequest(<token>)" }

  public var customMirror: Mirror { Mirror(self, children: []) }
}
