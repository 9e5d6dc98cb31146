import KODClient
import KODJSON
import KODWire

/// `kod contact`, `kod contact set` (R73).
enum ContactCommands {
  static let command = Command(
    description: CommandDescription(
      name: "contact", summary: "where you are told about offers, and your languages",
      discussion: [
        "An offer that comes while you have no session is told to this phone or email, the second when the first "
          + "fails. Both may differ from those in your profile elsewhere."
      ],
      examples: [
        Example(line: "kod contact", meaning: "what is saved"),
        Example(
          line: "kod contact set --phone 606-555-0123 --email pat@example.org --email-first",
          meaning: "the email first, the phone when that fails"),
      ]),
    subcommands: [set],
    run: { context in
      try await Connection.with(context, as: "alice") { connection in
        show(try await connection.profile(), context)
      }
    })

  private static let set = Command(
    description: CommandDescription(
      name: "contact set", summary: "change it; what is not given stays",
      options: [
        .option("phone", "NUMBER", "+1 and ten digits, or just the ten; none takes it away"),
        .option("email", "ADDRESS", "none takes it away"),
        .flag("email-first", "told by email, by phone when that fails"),
        .flag("phone-first", "told by phone, by email when that fails"),
        .option("language", "LANGUAGE", "all you help in, the first for notices", repeats: true),
      ],
      examples: [
        Example(line: "kod contact set --phone 606-555-0123", meaning: "a new number"),
        Example(line: "kod contact set --email none --phone-first", meaning: "the phone alone"),
        Example(
          line: "kod contact set --language Spanish --language en",
          meaning: "both languages; notices in Spanish"),
      ]),
    run: { context in
      let typed = try Typed(context.invocation)
      guard !typed.isEmpty else {
        throw UsageError("nothing to change: give --phone, --email, --language, or which is first")
      }
      try await Connection.with(context, as: "alice") { connection in
        let saved = try await connection.profile().contact ?? PreferredContact()
        let request = SaveContactRequest(contact: typed.over(saved), languages: typed.languages)
        let profile = try await connection.call("contact") { client throws(ClientError) in
          try await client.saveContact(request)
        }
        show(profile, context)
      }
    })

  /// What was typed of a contact; nil: left as it is.
  struct Typed: Equatable {
    var phone: String?
    var email: String?
    var emailFirst: Bool?
    var languages: [String] = []

    var isEmpty: Bool {
      phone == nil && email == nil && emailFirst == nil && languages.isEmpty
    }

    init(_ invocation: Invocation) throws(UsageError) {
      phone = try invocation.value("phone").map { (text) throws(UsageError) in
        text.lowercased() == "none" ? "" : try Phone.parse(text)
      }
      email = invocation.value("email").map { $0.lowercased() == "none" ? "" : $0 }
      switch (invocation.has("email-first"), invocation.has("phone-first")) {
      case (true, true): throw UsageError("--email-first and --phone-first exclude each other")
      case (true, false): emailFirst = true
      case (false, true): emailFirst = false
      case (false, false): emailFirst = nil
      }
      for text in invocation.all("language") { languages.append(try Languages.parse(text)) }
    }

    func over(_ saved: PreferredContact) -> PreferredContact {
      PreferredContact(
        phone: phone ?? saved.phone, email: email ?? saved.email,
        emailFirst: emailFirst ?? saved.emailFirst)
    }
  }

  private static func show(_ profile: Profile, _ context: Context) {
    context.output.emit([
      "contact": profile.contact?.json ?? .null,
      "languages": .array((profile.status?.languages ?? []).map { .string($0) }),
    ])
    context.output.say(lines(profile, paper: context.output.paper))
  }

  static func lines(_ profile: Profile, paper: Paper) -> [String] {
    let status = profile.status ?? AssisterStatus()
    var lines = ["Preferred Contact: \(status.name)"].map(TerminalText.safe)
    if let contact = profile.contact {
      let first = contact.emailFirst ? "email" : "phone"
      lines.append("  Phone      \(contact.phone.isEmpty ? "none" : contact.phone)")
      lines += paper.wrapped(
        "Email      \(contact.email.isEmpty ? "none" : contact.email)", hanging: 11, indent: 2)
      lines.append(
        "  Told by    "
          + (contact.phone.isEmpty || contact.email.isEmpty
            ? (contact.phone.isEmpty ? "email" : "phone")
            : "\(first) first, then \(contact.emailFirst ? "phone" : "email")"))
    } else {
      lines += paper.wrapped("Nothing saved yet: kod contact set --phone NUMBER", indent: 2)
    }
    let languages = StandingWords.languages(status)
    return lines
      + paper.wrapped(
        "Languages  \(languages.isEmpty ? "none" : languages)", hanging: 11, indent: 2)
  }
}
