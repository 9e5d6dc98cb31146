import Foundation
import KODClient
import KODWire

/// `kod notify`: takes notices to phones and mailboxes, through any program (R65).
enum NotifyCommand {
  static let command = Command(
    description: CommandDescription(
      name: "notify", summary: "hand notices to any program: sendmail, curl, a gateway's client",
      discussion: [
        "Assisters who are available but listen nowhere are told by phone or email. Each notice runs COMMAND once, by "
          + "/bin/sh -c, as you wrote it: what is told comes on standard input and in the environment, never as "
          + "words of the command. An email comes as a whole message (RFC 5322, lines ending in LF), ready for "
          + "sendmail -t; for a phone comes plain text.",
        "Environment: KOD_NOTICE_ID, KOD_CHANNEL (phone, email), KOD_ADDRESS, KOD_LANGUAGE, KOD_TEXT_KEY, KOD_DEADLINE "
          + "(ISO 8601), KOD_OFFER, KOD_REFERRAL, KOD_HELP_TYPE, KOD_COUNTY (FIPS), KOD_COUNTY_NAME, KOD_ATTEMPT (2: "
          + "the first channel failed), KOD_SUBJECT.",
        "Exit status: 0 sent; 100 delivered; 75 not now, tried again with growing waits until shortly before the "
          + "deadline; anything else, and a command that took too long, failed: the server then tries the assister's "
          + "other channel.",
        "A notice that was withdrawn is not started. A command that runs already is left to finish, because a mail "
          + "that is half sent can't be taken back. No notice is handed over twice in one run; with --ledger not "
          + "after a restart either, but for those whose command ran when kod notify was killed: nobody knows whether "
          + "they went out, and an assister told twice is better than one not told. An email keeps its Message-ID when "
          + "it comes again.",
        "SIGTERM or Ctrl-C: nothing more is started, running commands finish and are reported; a second one ends "
          + "at once. On a development server, without --as: as nora. --timeout is the server's; a command's "
          + "is --exec-timeout.",
        "--texts FOLDER: files TEXT_KEY.LANGUAGE.email (a subject, an empty line, a body) and "
          + "TEXT_KEY.LANGUAGE.phone, such as offer.general.es.phone, in place of the built-in English and Spanish. In "
          + "them {help} {language} {county} {deadline} {offer} {referral} stand for what they say.",
      ],
      options: [
        .option("exec", "COMMAND", "run for each notice, by /bin/sh -c", isRequired: true),
        .option("from", "ADDRESS", "sender of the emails: a@b.org or 'Name <a@b.org>'"),
        .option(
          "channel", "CHANNEL",
          "phone, email or both (default); the others are left to other notifiers"),
        .option("jobs", "N", "this many commands at once, 1 to 64 (default: 4)"),
        .option("exec-timeout", "DURATION", "a command may take this long (default: 30s)"),
        .option("texts", "FOLDER", "texts of your own"),
        .option("ledger", "FILE", "remembers what was handed over, over restarts"),
        .option("for", "DURATION", "stop after this long, as with SIGTERM"),
      ],
      examples: [
        Example(
          line: "kod notify --channel email --from desk@example.org --exec 'sendmail -t -oi'",
          meaning: "emails, by the local mail transfer agent"),
        Example(
          line: "kod notify --channel phone --exec 'curl -fsS --data-binary @- \\",
          meaning: "  -H \"To: $KOD_ADDRESS\" https://sms.example.org/send'"),
      ]),
    run: { context in
      let options = try NotifyOptions(context.invocation)
      let texts = try options.texts.map { (folder) throws(UsageError) in
        try NoticeTexts(folder: folder)
      }
      let ledger = try options.ledger.map { (path) throws(UsageError) in
        try NoticeLedger(path: path, now: ClockFace.microseconds(.now))
      }
      try await Connection.with(context, as: "nora") { connection in
        let run = NotifyRun(
          connection: connection, context: context, options: options,
          texts: texts ?? NoticeTexts(), ledger: ledger)
        try await run.run()
      }
    })
}

/// What was typed.
struct NotifyOptions: Equatable, Sendable {
  var command: String
  var channels: Set<NoticeChannel>
  /// Nil: emails are left to others.
  var from: MailAddress?
  var jobs: Int
  var execTimeout: Duration
  var texts: String?
  var ledger: String?
  var limit: Duration?

  init(_ invocation: Invocation) throws(UsageError) {
    command = try invocation.required("exec")
    guard !command.allSatisfy(\.isWhitespace) else {
      throw UsageError("--exec is empty: say which program to run", command: "notify")
    }
    switch invocation.value("channel") ?? "both" {
    case "phone": channels = [.phone]
    case "email": channels = [.email]
    case "both": channels = [.phone, .email]
    case let other:
      throw UsageError("--channel is phone, email or both; got '\(other)'", command: "notify")
    }
    from = try invocation.value("from").map { (text) throws(UsageError) in
      try MailAddress(parsing: text, option: "from")
    }
    guard from != nil || !channels.contains(.email) else {
      throw UsageError(
        "emails need a sender: --from ADDRESS (or --channel phone)", command: "notify")
    }
    let jobs = invocation.value("jobs") ?? "4"
    guard let number = Int(jobs), (1...64).contains(number) else {
      throw UsageError("--jobs is a number from 1 to 64; got '\(jobs)'", command: "notify")
    }
    self.jobs = number
    execTimeout = try invocation.duration("exec-timeout") ?? .seconds(30)
    guard execTimeout > .zero else {
      throw UsageError("--exec-timeout is longer than nothing", command: "notify")
    }
    texts = invocation.value("texts")
    ledger = invocation.value("ledger")
    limit = try invocation.duration("for")
  }
}
