import KODClient
import KODWire

/// `kod desk`: for supervisors; auditors may read.
enum Desk {
  /// Whom the development server takes it from.
  static let principal = "sam"

  static let command = Command(
    description: CommandDescription(
      name: "desk", summary: "for supervisors: dead ends, assisters, the program's figures",
      discussion: [
        "Without a command: the waiting queue. What is done by hand needs a --reason, which is kept and shown by "
          + "kod desk show. Giving up, taking back, cancelling, de-registering and suspending ask once on a terminal. "
          + "Auditors may run what only reads.",
        "On a development server, without --as: as sam.",
      ],
      options: DeskQueue.options,
      examples: [
        Example(line: "kod desk", meaning: "what waits"),
        Example(line: "kod desk show 7", meaning: "everything about referral 7"),
        Example(
          line: "kod desk assign 7 ben --reason 'speaks with the family'",
          meaning: "gives it to ben by hand"),
        Example(line: "kod desk metrics --period week", meaning: "how the program does"),
      ]),
    subcommands: [
      DeskQueue.command, DeskReferral.command, DeskWatch.command, DeskActions.rerun,
      DeskActions.assign, DeskActions.takeBack, DeskActions.giveUp, DeskActions.cancel,
      DeskWhy.command, DeskAssisters.command, DeskStaff.pardon, DeskStaff.suspend,
      DeskStaff.reinstate, DeskStaff.deregister, DeskStaff.credential, DeskMetrics.command,
    ],
    run: DeskQueue.run)

  static let referral = ArgumentDescription(
    name: "REFERRAL", summary: "the referral's number, as kod desk shows it")
  static let assister = ArgumentDescription(
    name: "ASSISTER", summary: "the assister's credential, as kod desk assisters shows it")
}

/// `kod desk watch`.
enum DeskWatch {
  static let command = Command(
    description: CommandDescription(
      name: "desk watch", summary: "alerts as they come: dead ends, missed promises, overdue work",
      discussion: [
        "The same screen as kod watch; without a terminal, with --json, or with TERM=dumb a line per event."
      ],
      options: WatchCommand.options,
      examples: [
        Example(line: "kod desk watch", meaning: "sam's alerts on the development server"),
        Example(line: "kod desk watch --json --for 1h", meaning: "an hour of them for a program"),
      ]),
    run: { context in try await WatchCommand.watch(context, as: Desk.principal) })
}
