/// How fast the morning goes by: the server's windows and the arrival of requests, all scaled alike.
struct DemoPlan: Equatable, Sendable {
  /// What the windows are in a real program (R40 to R42).
  static let realWindow = Duration.seconds(15 * 60)

  var offerWindow: Duration
  var generalPhase: Duration
  var massWindow: Duration
  /// Minutes of the morning that go by in a real minute.
  var speed: Double

  /// What is not given follows the offer window in proportion: all three are 15 minutes in a real program.
  init(
    offerWindow: Duration, generalPhase: Duration? = nil, massWindow: Duration? = nil,
    speed: Double? = nil
  ) {
    self.offerWindow = offerWindow
    self.generalPhase = generalPhase ?? offerWindow
    self.massWindow = massWindow ?? offerWindow
    self.speed =
      speed ?? Double(Self.realWindow.milliseconds) / Double(max(1, offerWindow.milliseconds))
  }

  init(_ invocation: Invocation) throws(UsageError) {
    let window = try invocation.duration("offer-window") ?? .seconds(5)
    guard window >= .seconds(1) else {
      throw UsageError(
        "--offer-window is at least 1s: sessions must have time to act", command: "demo")
    }
    var speed: Double?
    if let text = invocation.value("speed") {
      guard let number = Double(text), number > 0, number <= 10_000 else {
        throw UsageError(
          "--speed is a number, such as 180: minutes of the morning in a minute; got '\(text)'",
          command: "demo")
      }
      speed = number
    }
    self.init(
      offerWindow: window, generalPhase: try invocation.duration("general-phase"),
      massWindow: try invocation.duration("mass-window"), speed: speed)
  }

  /// Real time for so many minutes of the morning.
  func real(minutes: Int) -> Duration {
    .milliseconds(Int64(Double(minutes) * 60_000 / speed))
  }

  /// A part of the offer window, for reactions.
  func share(_ part: Double) -> Duration {
    .milliseconds(Int64(Double(offerWindow.milliseconds) * part))
  }

  /// After so long at the most, nothing that was submitted can still be open.
  var settlingTime: Duration { generalPhase + offerWindow + massWindow + .seconds(5) }

  /// The server's flags.
  var serverFlags: [String] {
    [
      "--offer-window", DurationText.exact(offerWindow), "--general-phase",
      DurationText.exact(generalPhase), "--mass-window", DurationText.exact(massWindow),
    ]
  }
}
