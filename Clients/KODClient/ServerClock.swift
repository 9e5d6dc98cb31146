/// What the server's clock shows, as far as it can be told from here.
///
/// WELCOME carries the server's time. It was right when WELCOME left; on arrival it is older by the
/// way it took, which is estimated as half of the shortest round trip seen in the session: HELLO to
/// WELCOME first (which includes the server's work for a new session), then every PING and PONG.
struct ServerClock: Sendable, Equatable {
  /// Microseconds since 1970 that WELCOME carried.
  let welcomeMicroseconds: Int64
  /// This machine's monotonic clock, in nanoseconds, when WELCOME arrived.
  let welcomeArrival: UInt64
  /// The shortest round trip so far, in nanoseconds.
  private(set) var shortestRoundTrip: UInt64

  init(welcomeMicroseconds: Int64, arrival: UInt64, roundTrip: UInt64) {
    self.welcomeMicroseconds = welcomeMicroseconds
    self.welcomeArrival = arrival
    self.shortestRoundTrip = roundTrip
  }

  mutating func observe(roundTrip: UInt64) {
    shortestRoundTrip = min(shortestRoundTrip, roundTrip)
  }

  /// Microseconds since 1970 by the server's clock when the local one shows `now` nanoseconds.
  func time(at now: UInt64) -> Int64 {
    let elapsed = now >= welcomeArrival ? now - welcomeArrival : 0
    let ahead = elapsed.addingSaturated(shortestRoundTrip / 2) / 1000
    // Wrapping: the server's word is not checked, and a wrong clock must not end the program.
    return welcomeMicroseconds &+ Int64(clamping: ahead)
  }
}
