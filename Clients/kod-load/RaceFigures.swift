/// The figures of a run, computed from what the room and the loops counted.
enum RaceFigures {
  static func add(
    to report: inout Report, _ options: Options, _ state: RoomState, _ measures: LoopMeasures
  ) {
    report.add("assister sessions", Double(state.roll.assisters), "")
    if options.scenario != .idle {
      report.add("intake partner sessions", Double(state.roll.partners), "")
    }
    opening(&report, state)
    if let began = state.measuringBegan, let ended = state.measuringEnded, ended.at > began.at {
      let seconds = Double(ended.at - began.at) / 1e9
      switch options.scenario {
      case .race: race(&report, state, measures, seconds)
      case .fanout: fanout(&report, state, measures, seconds)
      default: break
      }
      report.add("measured wall time", seconds, "s")
      cost(&report, options, state, began, ended, measures, seconds)
    }
    if options.scenario == .idle { memory(&report, state) }
    latencies(&report, measures, state)
    notes(&report, options, state, measures)
  }

  private static func opening(_ report: inout Report, _ state: RoomState) {
    guard let ended = state.openingEnded, ended.at > state.openingBegan.at else { return }
    let sessions = Double(state.roll.assisters + state.roll.partners)
    let seconds = Double(ended.at - state.openingBegan.at) / 1e9
    report.add("sessions opened", sessions / seconds, "/s")
    if let before = state.openingBegan.server, let after = ended.server {
      report.add(
        "server CPU per session opened", (after.cpuSeconds - before.cpuSeconds) / sessions * 1e6,
        "us")
    }
  }

  private static func race(
    _ report: inout Report, _ state: RoomState, _ measures: LoopMeasures, _ seconds: Double
  ) {
    report.add("referrals raced", Double(state.pace.completed), "")
    report.add("racers a referral (median)", Double(state.racers.percentile(50)), "")
    report.add("accept attempts answered", Double(measures.accept.count) / seconds, "/s")
    report.add("referrals accepted", Double(measures.win.count) / seconds, "/s")
    report.add("pushes received", Double(measures.pushes) / seconds, "/s")
    report.add("wins closed", Double(measures.closing.count) / seconds, "/s")
  }

  private static func fanout(
    _ report: inout Report, _ state: RoomState, _ measures: LoopMeasures, _ seconds: Double
  ) {
    report.add("referrals fanned out", Double(state.pace.completed), "")
    report.add("sessions a referral (median)", Double(state.racers.percentile(50)), "")
    let last = state.lastOffer.mean / 1e9
    if last > 0 {
      report.add("offers pushed, while pushing", state.racers.mean / last, "/s")
    }
    report.add("pushes received, all kinds", Double(measures.pushes) / seconds, "/s")
  }

  private static func cost(
    _ report: inout Report, _ options: Options, _ state: RoomState,
    _ began: RoomState.Snapshot, _ ended: RoomState.Snapshot, _ measures: LoopMeasures,
    _ seconds: Double
  ) {
    let own = (ended.ownCPUSeconds - began.ownCPUSeconds) / seconds
    report.add("generator's CPU", own, "cores of \(options.threads)")
    if own > 0.9 * Double(options.threads) {
      report.notes.append(
        "the generator was busy all the time: it, and not the server, may have set the pace")
    }
    let busy = (ended.machineBusySeconds - began.machineBusySeconds) / seconds
    report.add("machine's CPU, all processes", busy, "cores of \(report.machine.cores)")
    guard let before = began.server, let after = ended.server else { return }
    let server = after.cpuSeconds - before.cpuSeconds
    report.add("server's CPU", server / seconds, "cores")
    if measures.accept.count > 0 {
      report.add("server's CPU per accept", server / Double(measures.accept.count) * 1e6, "us")
    }
    let others = busy - own - server / seconds
    if others > 0.1 * Double(report.machine.cores) {
      report.notes.append(
        "other processes used \(Report.grouped(others)) cores meanwhile: rates and latencies suffer"
      )
    }
    report.add("server's memory", Double(after.residentBytes) / 1_048_576, "MiB")
  }

  private static func memory(_ report: inout Report, _ state: RoomState) {
    guard let before = state.openingBegan.server, let after = state.openingEnded?.server else {
      return
    }
    let sessions = Double(state.roll.assisters + state.roll.partners)
    let grown = Double(after.residentBytes) - Double(before.residentBytes)
    report.add("server's memory before", Double(before.residentBytes) / 1_048_576, "MiB")
    report.add("server's memory per session", grown / sessions, "bytes")
    if grown / sessions < 4_096 {
      report.notes.append(
        "the server had memory from earlier sessions: start it anew to see what one costs")
    }
    if let ended = state.measuringEnded?.server {
      let idle = Double(ended.residentBytes) - Double(before.residentBytes)
      report.add("the same at the end", idle / sessions, "bytes")
    }
  }

  private static func latencies(
    _ report: inout Report, _ measures: LoopMeasures, _ state: RoomState
  ) {
    report.add("accept", measures.accept)
    report.add("accept that wins", measures.win)
    report.add("submit", measures.submission)
    report.add("submit to first offer", state.firstOffer)
    report.add("submit to last offer", state.lastOffer)
    report.add("close", measures.closing)
    report.add("connect and TLS", measures.connect)
    report.add("hello to welcome", measures.welcome)
    report.add("subscribe to state end", measures.subscribe)
    report.add("ping", measures.ping)
  }

  private static func notes(
    _ report: inout Report, _ options: Options, _ state: RoomState, _ measures: LoopMeasures
  ) {
    if !report.machine.isOptimised {
      report.notes.append("this is a debug build of kod-load: its figures are worth nothing")
    }
    if options.scenario == .race, options.closesWonReferrals {
      report.notes.append("winners close what they win: those calls are not in the latencies")
    }
    if state.occupied > 0 {
      report.notes.append(
        "\(state.occupied) referrals went to one assister each, to make the others mass")
    }
    if state.board.foreignReferrals > 0 {
      report.notes.append(
        "\(state.board.foreignReferrals) mass referrals of others reached these sessions")
    }
    if measures.acceptsAcknowledged > 0 {
      report.notes.append(
        "\(measures.acceptsAnswered) accepts answered, \(measures.acceptsAcknowledged) of them "
          + "acknowledged as won, warm-up included")
    }
    if state.sessionsLost > 0 {
      report.notes.append("\(state.sessionsLost) sessions were closed by the server or the network")
    }
    if options.threads > 1 {
      report.notes.append("each thread begins and ends its measured part within milliseconds")
    }
  }
}
