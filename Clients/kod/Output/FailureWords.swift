import KODClient
import KODWire

/// A sentence for every reason: clear words on why not, and where it helps, on what to do now.
enum FailureWords {
  static func sentence(
    _ error: ClientError, subject: String, takenAt: String?, server: String
  ) -> String {
    let thing = subject.prefix(1).uppercased() + subject.dropFirst()
    switch error.reason {
    case .offerTaken:
      return "\(thing) was taken by somebody else" + (takenAt.map { " at \($0)" } ?? "") + "."
    case .offerDeadlinePassed:
      return "Too late: the deadline of \(subject) has passed."
    case .offerWithdrawn:
      return
        "\(thing) was withdrawn: the request was cancelled, or it may no longer be offered to you."
    case .offerAlreadyRejected: return "You have already rejected \(subject)."
    case .offerAlreadyAccepted: return "You have already accepted \(subject)."
    case .offerReleased:
      return "You gave \(subject) back by switching your availability off."
    case .offerUnknown: return "There is no \(subject) for you."
    case .referralUnknown: return "There is no \(subject), or it is not yours to see."
    case .notRegistered:
      return "You are not registered, so nothing is offered to you: `kod register` (again)."
    case .registrationNotAllowed:
      return "You can't register yourself at the moment: the program's staff can help."
    case .alreadyRegistered: return "You are registered already."
    case .notTheHolder: return "\(thing) is not held by you."
    case .referralState: return "\(thing) is in a state that does not allow this."
    case .capacityReached:
      return "You hold as many open referrals as you may: close one first (`kod close`)."
    case .outcomeNotAllowed: return "\(thing) can't be closed with this outcome."
    case .termsNotAccepted: return "Registering means accepting the terms: add --accept-terms."
    case .fieldInvalid: return "The server refused the request: \(violations(error))."
    case .assisterUnknown, .assisterState, .assisterNotEligible, .nobodyToAsk, .neverOffered,
      .noticeUnknown, .noticeSettled, .policyVersion, .unreachableTooEarly, .historyNotKept,
      .rangeTooLong, .pageTokenInvalid, .registrationIncomplete, .busy:
      return screens(error, thing: thing)
    case .idempotencyKeyReused: return "This key was already used for a different request."
    case .tokenRejected:
      return "The server does not accept this token."
    case .credentialExpired:
      return "Your credential's time is over: the program's staff can give you another."
    case .credentialLimit:
      return "You have as many valid credentials as you may: wait until one of them ends."
    case .roleNotAllowed: return "Your role may not do this."
    default: return other(error, subject: subject, server: server)
    }
  }

  private static func screens(_ error: ClientError, thing: String) -> String {
    switch error.reason {
    case .assisterUnknown: return "\(thing): there is no assister of this name."
    case .assisterState: return "\(thing): the assister's registration does not allow this."
    case .assisterNotEligible:
      return "\(thing): this assister may not take it: another kind of help, or held it before."
    case .nobodyToAsk: return "\(thing): nobody who may be asked is available; nothing changed."
    case .neverOffered: return "\(thing) was never offered to you."
    case .noticeUnknown: return "\(thing): there is no such notice any more."
    case .noticeSettled: return "\(thing) was acknowledged otherwise before."
    case .policyVersion: return "Somebody else changed the policy since you read it: look again."
    case .unreachableTooEarly:
      return "\(thing) can't be closed as unreachable yet: it takes more attempts to call, some "
        + "minutes apart (`kod attempt`)."
    case .historyNotKept: return "That was longer ago than what is kept for this question."
    case .rangeTooLong: return "The period covers more than one answer may: ask for a shorter one."
    case .pageTokenInvalid: return "This page token is not from an earlier page of the same search."
    case .registrationIncomplete:
      return "Your registration is still a draft: `kod register` says what is missing."
    default: return "The server is busy with long questions: try again in a moment."
    }
  }

  private static func other(_ error: ClientError, subject: String, server: String) -> String {
    if error.isOutcomeUnknown {
      let what =
        error.code == .deadlineExceeded
        ? "The server \(server) did not answer in time"
        : "The connection to \(server) was lost before the answer came"
      return "\(what): whether it was done is not known. Look with `kod status`, or repeat the "
        + "command."
    }
    switch error.code {
    case .unavailable:
      // The client names the server too.
      let why =
        error.message.hasPrefix(server + ": ")
        ? String(error.message.dropFirst(server.count + 2)) : error.message
      return "The server \(server) can't be reached: \(why)."
    case .deadlineExceeded: return "The server \(server) did not answer in time."
    default: return error.message.hasSuffix(".") ? error.message : error.message + "."
    }
  }

  /// The fields by the names of this program's options.
  private static func violations(_ error: ClientError) -> String {
    let list = error.status?.violations ?? []
    guard !list.isEmpty else { return error.message }
    return list.map { "\(option($0.path)) \($0.description)" }.joined(separator: "; ")
  }

  private static func option(_ path: String) -> String {
    switch path {
    case "contact": "the contact"
    case "contact.name": "--name"
    case "contact.phone": "--phone"
    case "contact.notes": "--notes"
    case "partner_reference": "--reference"
    case "help_type": "--help-type"
    case "language", "languages": "--language"
    case "county", "counties": "--county"
    case "idempotency_key": "--key"
    case "reason": "--reason"
    case "contact.email": "--email"
    case "kind": "--kind"
    case "note_contains": "--note"
    case "page_size": "--limit"
    case "from_us": "--from"
    case "to_us": "--to"
    case "until_us": "--until"
    case "expected_version": "--expect"
    default: PolicyField.option(path) ?? path
    }
  }
}
