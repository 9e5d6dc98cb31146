/// Which versions of the protocol this program speaks: named here once, for server and clients.
public enum ProtocolVersion {
  /// Both ends included. HELLO names a client's range, and a session speaks the highest version
  /// that both sides know.
  public static let supported: ClosedRange<UInt32> = 1...1
  /// What the newest version has gained since it came out: fields, methods and reasons that a
  /// client of the same version may not know and need not. WELCOME says it for information; nothing
  /// is refused because of it.
  public static let minor: UInt32 = 1
}
