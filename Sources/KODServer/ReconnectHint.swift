/// When a client that is sent away should come back: after a wait, plus a random part of a spread, so that those who
/// were sent away together do not return together.
struct ReconnectHint: Equatable {
  var afterMilliseconds: UInt32
  var spreadMilliseconds: UInt32

  /// No advice: a client that was cut off for its own silence tells best when it can do better.
  static let ownBackoff = ReconnectHint(afterMilliseconds: 0, spreadMilliseconds: 0)

  /// Who did not read in time may resume, a moment later.
  static let slowConsumer = ReconnectHint(afterMilliseconds: 200, spreadMilliseconds: 800)

  /// A place becomes free when somebody leaves: worth asking for again now and then, not at once.
  static let sessionLimit = ReconnectHint(afterMilliseconds: 1_000, spreadMilliseconds: 4_000)

  /// Whoever cancelled too much may begin anew, a little later.
  static let cancelLimit = ReconnectHint(afterMilliseconds: 1_000, spreadMilliseconds: 0)

  /// TLS handshakes a second that a server which has just started takes beside all its other work.
  static let handshakesPerSecond = 2_000
  /// Time for the next process to start, and for its address to be listened on.
  private static let restartMilliseconds: UInt32 = 200
  private static let leastSpreadMilliseconds = 800

  /// So many sessions lose their server at the same moment, and all of them come back.
  static func serverStopping(sessions: Int) -> ReconnectHint {
    let needed = (max(0, sessions) * 1_000 + handshakesPerSecond - 1) / handshakesPerSecond
    return ReconnectHint(
      afterMilliseconds: restartMilliseconds,
      spreadMilliseconds: UInt32(clamping: max(leastSpreadMilliseconds, needed)))
  }
}
