/// Help that belongs to no single command.
struct HelpTopic: Sendable {
  var name: String
  var summary: String
  var lines: [String]

  static let all: [HelpTopic] = [
    configuration, exitStatus, json, counties, languages, helpTypes, outcomes,
  ]

  static let configuration = HelpTopic(
    name: "configuration", summary: "where server, authority and token come from",
    lines: [
      "Three settings: the server (HOST:PORT), the certificate authority that vouches",
      "for it (a PEM file), and a file with the token that says who you are. Each is",
      "looked for on its own, in this order:", "",
      "  1. --server, --ca, --token-file",
      "  2. the environment: KOD_SERVER, KOD_CA, KOD_TOKEN_FILE",
      "  3. the profile: ~/.config/kod/profile, or --profile FILE, with lines such as",
      "       server     = kod.example.org:7443",
      "       ca         = ~/.config/kod/ca.pem",
      "       token-file = ~/.config/kod/token",
      "     (relative paths are relative to the profile's folder; # starts a comment)",
      "  4. the development server of the current folder: kod-data/dev/server,",
      "     kod-data/dev/ca.pem and kod-data/dev/NAME.token", "",
      "--as NAME and --data DIR point at the development server: with either of them,",
      "environment and profile are not looked at. Without --as, a development server's",
      "commands are run as alice (assisters' commands), portal (submit, cancel,",
      "request, and status of a referral), sam (desk, policy), nora (notify) or olive",
      "(kod status server).", "",
      "A token that ends is renewed in time by the commands that are run with it: the",
      "new one replaces it in its file, if file and folder may be written (see: kod",
      "help credential).", "",
      "Other variables: NO_COLOR (any value: no colour), TERM=dumb (no colour, and",
      "kod watch prints lines), TZ (the zone of clock times).",
    ])

  static let exitStatus = HelpTopic(
    name: "exit-status", summary: "what the exit statuses mean",
    lines: [
      "   0  done",
      "   1  refused by the server, or failed; the words say why, the reason code in",
      "      brackets is for programs",
      "   2  bad usage: nothing was sent",
      "  69  the server can't be reached, or the connection was lost before the answer",
      "  77  not permitted: the token is not accepted, or its role may not do this",
    ])

  static let helpTypes = HelpTopic(
    name: "help-types", summary: "what a Resident can ask help with",
    lines: [
      "  application  applying for benefits through kynect",
      "  plan         choosing and enrolling in a health plan",
      "  both         an application and a plan",
    ])

  static let outcomes = HelpTopic(
    name: "outcomes", summary: "how a referral can be closed",
    lines: [
      "  application_submitted  the application has been sent in",
      "  plan_enrolled          enrolled in a plan",
      "  both_done              application and enrollment",
      "  question_answered      the Resident only had a question",
      "  follow_up_elsewhere    somebody else goes on with it",
      "  already_helped         somebody else had helped before",
      "  resident_declined      no help wanted any more",
      "  unreachable            never reached (after enough logged attempts)",
      "  wrong_number           the number belongs to somebody else",
      "  duplicate              the same request came twice",
      "  not_eligible           not eligible for what was asked",
      "  unserved               nobody could be found (supervisors only)",
    ])

  static let counties = HelpTopic(
    name: "counties", summary: "the 120 counties: FIPS code, name, time zone",
    lines: Counties.all.map { "  \($0.fips)  \($0.zone.rawValue)  \($0.name)" })

  static let languages = HelpTopic(
    name: "languages", summary: "languages by name and tag",
    lines: Languages.known.map { "  \(TerminalText.padded($0.tag, 5))\($0.name)" }
      + ["", "  Any other well-formed BCP 47 tag is accepted too."])

  static let json = HelpTopic(
    name: "json", summary: "what --json prints, and the keys",
    lines: [
      "One object a line, on standard output, errors included (exit statuses stay).",
      "Keys are the field names of Protocol/kod.proto, plus the derived ones below.",
      "Times end in _us: microseconds since 1970-01-01T00:00:00Z by the server's clock.",
      "Words are those of kod.proto in lower case without their enumeration's prefix:",
      "general, mass, taken, withdrawn, no_one_available, ... New keys may be added;",
      "existing ones keep name and meaning.", "",
      "  error         {\"error\":{code,reason,message,retriable,taken_at_us?,",
      "                violations?},\"exit_status\"}: code and reason as in kod.proto",
      "  accept, attempt           {\"assignment\":{...}}",
      "  reject                    {\"offer_closed\":{...}}",
      "  available, availability on|off|follow   {\"status\":{...}}",
      "  status                    {\"status\",\"open_offers\",\"assignments\"}",
      "  register                  {\"status\",\"contact\",\"availability\",",
      "                            \"terms_accepted\",\"missing\"}",
      "  submit, cancel, and status of a referral   {\"referral\":{...}}",
      "  status of the server      {\"server_status\":{...}}",
      "  close                     {\"closed\":{...}}",
      "  updates                   {\"updates\":{...}}",
      "  referrals                 {\"rows\":[...],\"next_page_token\"} for each page",
      "  referrals show, note, release              {\"record\":{...}}",
      "  why                       {\"explanation\":{...}}",
      "  metrics                   {\"metrics\":{...},\"time_zone\"}",
      "  contact                   {\"contact\",\"languages\"}",
      "  credential, credential renew   {\"credential\":{principal,role,expires_at_us,",
      "                            now_us,token_file,is_renewed}}",
      "  availability              {\"availability\",\"status\",\"missing\"}: what",
      "                            kod availability set takes back",
      "  request list              {\"rows\":[...],\"next_page_token\"} for each page",
      "  desk, desk queue          the same with \"waiting\",\"overdue\",\"promise_missed\"",
      "  desk show                 {\"record\":{...}}",
      "  desk rerun, assign, take-back, give-up, cancel   {\"referral\":{...}}",
      "  desk assisters            {\"rows\":[...],\"next_page_token\"} for each page",
      "  desk pardon, suspend, reinstate, deregister, credential   {\"status\":{...}}",
      "  desk metrics              {\"program_metrics\":{...}}",
      "  policy show               {\"policy_version\":{...}}; set: also \"changed\":[...]",
      "  policy presets            {\"current\":{...},\"presets\":{NAME:{...}}}",
      "  policy simulate           {\"report\":{...}}", "",
      "Derived keys: county_name and time_zone (ET, CT) beside county; blockers as a",
      "list of words: registration credential out_of_office hours override capacity.",
      "", "kod watch --json prints an \"event\" in every object:",
      "  connected {principal role session_id server now_us}",
      "  disconnected {reason message retry_in_ms}   ended {code reason message}",
      "  position {epoch offset recovered}",
      "  state {status open_offers assignments referrals}",
      "  offer_opened offer_reminder offer_closed registration_changed",
      "  assignment_ended assignment_reminder assignment_given availability_changed",
      "  referral_alert assister_alert referral_update policy_changed, each",
      "  {offset at_us ...}",
      "kod request watch --json prints referral {referral} and referral_update.",
      "kod notify --json: connected, disconnected, stopping, and",
      "  notice {notice_id channel attempt offer_id referral_id state message",
      "  command_exit_status?}; no address is printed.",
      "", "kod demo --json prints the same with \"to\" naming the session, and at the end",
      "  {\"event\":\"summary\",...} with the checks.",
    ])
}
