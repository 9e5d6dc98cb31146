import KODEngine
import KODWire
import Testing

@testable import KODServer

private func principal(_ role: KODEngine.Role) -> SessionPrincipal {
  SessionPrincipal(id: PrincipalID(3), name: "somebody", role: role)
}

private func request(
  _ method: Method, _ message: some WireMessage, as role: KODEngine.Role
) -> Result<Request, Dispatcher.Refusal> {
  Dispatcher.request(
    method: method.number, payload: message.encoded().span.bytes, principal: principal(role))
}

extension Result where Success == Request, Failure == Dispatcher.Refusal {
  fileprivate var status: Status? {
    if case .failure(let refusal) = self { refusal.status } else { nil }
  }
}

@Suite("The dispatcher") struct DispatcherTests {
  @Test(
    "Every method of kod.proto is served to the roles it names and to nobody else",
    arguments: Method.all)
  func roles(method: Method) {
    for role in KODEngine.Role.allCases {
      let result = Dispatcher.request(
        method: method.number, payload: [UInt8]().span.bytes, principal: principal(role))
      let isAllowed = method.allows(KODWire.Role(rawValue: Int32(role.rawValue)))
      #expect((result.status?.reason == .roleNotAllowed) == !isAllowed, "\(method.name), \(role)")
      #expect(result.status?.reason != .methodUnknown, "\(method.name) is not served")
    }
  }

  @Test("A command carries its caller: nobody acts for somebody else")
  func caller() throws {
    let result = request(.Assisters.acceptOffer, AcceptOfferRequest(offerId: 9), as: .assister)
    guard case .success(.command(.accept(let who, let offer), reply: .assignment)) = result else {
      Issue.record("\(result)")
      return
    }
    #expect(who == PrincipalID(3))
    #expect(offer == OfferID(9))
  }

  @Test("The raw values that cross between log and wire are the same on both sides")
  func rawValues() {
    #expect(KODEngine.Role.allCases.map { Int32($0.rawValue) } == KODWire.Role.known)
    #expect(KODEngine.HelpType.allCases.map { Int32($0.rawValue) } == KODWire.HelpType.known)
    #expect(
      KODEngine.AssisterKind.allCases.map { Int32($0.rawValue) } == KODWire.AssisterKind.known)
    #expect(KODEngine.Outcome.allCases.map { Int32($0.rawValue) } == KODWire.Outcome.known)
    #expect(KODWire.OfferState(.pending) == .offerPending)
    #expect(KODWire.OfferState(.taken) == .offerWasTaken)
    #expect(KODWire.OfferState(.withdrawn) == .offerWasWithdrawn)
    #expect(KODWire.OfferState(.released) == .offerWasReleased)
    #expect(KODWire.OfferState(.expired) == .offerExpired)
    #expect(KODWire.OfferState(.missed) == .offerMissed)
    #expect(KODWire.RegistrationState(.deregistered) == .registrationDeregistered)
    #expect(KODWire.RegistrationState(.suspended) == .registrationSuspended)
    #expect(KODWire.AvailabilityOverride(.off) == .overrideOff)
    #expect(KODEngine.ReferralState.waiting(.massExpired).waitingCause == .massExpired)
  }

  // MARK: Fields, each at its limit and one past it

  private static func submission(
    _ change: (inout SubmitReferralRequest) -> Void = { _ in }
  ) -> SubmitReferralRequest {
    var request = SubmitReferralRequest(
      idempotencyKey: [UInt8](repeating: 1, count: 16), partnerReference: "r", helpType: .plan,
      language: "en", county: 21067,
      contact: Contact(name: "Pat Doe", phone: "+15025550100", notes: ""))
    change(&request)
    return request
  }

  struct Field: CustomTestStringConvertible {
    var path: String
    var good: [SubmitReferralRequest]
    var bad: [SubmitReferralRequest]
    var testDescription: String { path }

    init(
      _ path: String, good: [(inout SubmitReferralRequest) -> Void],
      bad: [(inout SubmitReferralRequest) -> Void]
    ) {
      self.path = path
      self.good = good.map(submission)
      self.bad = bad.map(submission)
    }
  }

  static let fields = [
    Field(
      "idempotency_key", good: [{ $0.idempotencyKey = [UInt8](repeating: 0, count: 16) }],
      bad: [
        { $0.idempotencyKey = [] }, { $0.idempotencyKey.removeLast() },
        { $0.idempotencyKey.append(1) },
      ]),
    Field(
      "partner_reference",
      good: [
        { $0.partnerReference = "x" }, { $0.partnerReference = .of(64) },
        { $0.partnerReference = "a\u{A0}" },
      ],
      bad: [
        { $0.partnerReference = "" }, { $0.partnerReference = .of(65) },
        { $0.partnerReference = "a\nb" }, { $0.partnerReference = "a\u{7F}" },
        { $0.partnerReference = "a\u{80}" }, { $0.partnerReference = "a\u{9F}" },
      ]),
    Field(
      "help_type", good: [{ $0.helpType = .application }, { $0.helpType = .both }],
      bad: [{ $0.helpType = .unspecified }, { $0.helpType = HelpType(rawValue: 4) }]),
    Field(
      "language", good: [{ $0.language = "es-MX" }, { $0.language = "zh-Hant-TW" }],
      bad: [
        { $0.language = "" }, { $0.language = "e" }, { $0.language = "engl" },
        { $0.language = "en-" }, { $0.language = "en_US" }, { $0.language = "en-" + .of(33) },
      ]),
    Field(
      "county", good: [{ $0.county = 21001 }, { $0.county = 21239 }],
      bad: [
        { $0.county = 20999 }, { $0.county = 21002 }, { $0.county = 21241 }, { $0.county = 0 },
      ]),
    Field(
      "contact.name",
      good: [
        { $0.contact?.name = "Ý" }, { $0.contact?.name = .of(120) },
        { $0.contact?.name = "\u{645}\u{6CC}\u{200C}\u{62E}" },
      ],
      bad: [
        { $0.contact?.name = "" }, { $0.contact?.name = .of(121) },
        { $0.contact?.name = " \u{A0} " },
        { $0.contact?.name = "Pat \u{202E}eoD" }, { $0.contact?.name = "\u{2066}Pat" },
      ]),
    Field(
      "contact.phone",
      good: [{ $0.contact?.phone = "+1234567" }, { $0.contact?.phone = "+123456789012345" }],
      bad: [
        { $0.contact?.phone = "+123456" }, { $0.contact?.phone = "+1234567890123456" },
        { $0.contact?.phone = "15025550100" }, { $0.contact?.phone = "+0502555010" },
        { $0.contact?.phone = "+1502555O100" },
      ]),
    Field(
      "contact.notes",
      good: [{ $0.contact?.notes = "two\nlines" }, { $0.contact?.notes = .of(2000) }],
      bad: [{ $0.contact?.notes = .of(2001) }, { $0.contact?.notes = "bell\u{7}" }]),
  ]

  @Test(
    "A field of a submission is taken at its limit and refused one past it, by its path",
    arguments: fields)
  func field(_ field: Field) {
    for message in field.good {
      let status = request(.Intake.submitReferral, message, as: .intakePartner).status
      #expect(status == nil, "\(field.path): \(String(describing: status))")
    }
    for message in field.bad {
      let status = request(.Intake.submitReferral, message, as: .intakePartner).status
      #expect(status?.reason == .fieldInvalid)
      #expect(status?.violations.map(\.path) == [field.path])
    }
  }

  @Test("Every wrong field is named in one answer, and no value is repeated in it")
  func together() {
    let message = Self.submission {
      $0.language = "secret-language!"
      $0.contact = Contact(name: "", phone: "call Pat Doe", notes: "")
    }
    let status = request(.Intake.submitReferral, message, as: .intakePartner).status
    #expect(status?.violations.map(\.path) == ["language", "contact.name", "contact.phone"])
    #expect(!"\(String(describing: status))".contains("Pat"))
  }
}

extension WireEnum {
  /// The raw values that have a meaning, without zero.
  fileprivate static var known: [Int32] { allKnown.map(\.rawValue).filter { $0 != 0 }.sorted() }
}

extension String {
  fileprivate static func of(_ count: Int) -> String { String(repeating: "x", count: count) }
}
