/// What happened.
public enum Event: Hashable, Sendable {
}
