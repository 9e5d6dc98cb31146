import KODSchema
import KODWire
import Testing

@Suite struct `Tables` {
  @Test func `of methods say what kod.proto says, and every number is there once`() throws {
    let schema = try PackagePaths.schema()
    #expect(Method.all.count == schema.methods.count)
    #expect(Set(Method.all.map(\.number)).count == Method.all.count)
    for (method, expected) in zip(Method.all, schema.methods) {
      #expect(method.number == expected.number)
      #expect(method.name == "kod.v1.\(expected.service)/\(expected.name)")
      #expect(method.requestName == "kod.v1.\(expected.request)")
      #expect(method.responseName == "kod.v1.\(expected.response)")
      #expect(method.isServerStream == expected.isServerStream)
      #expect(method.allowedRoles.map(\.name) == expected.roles)
      #expect(Method(number: method.number) == method)
      for role in Role.allKnown {
        #expect(method.allows(role) == method.allowedRoles.contains(role))
      }
      #expect(!method.allows(.unspecified))
      #expect(!method.allows(Role(rawValue: 99)))
    }
  }

  @Test func `of methods know no other number`() {
    let known = Set(Method.all.map(\.number))
    for number in 0...UInt16.max where !known.contains(number) {
      if Method(number: number) != nil { Issue.record("\(number) is a method") }
    }
  }

  @Test func `of methods keep the numbers that clients have`() {
    #expect(Method.Pushes.subscribe.number == 0x0101)
    #expect(Method.Assisters.acceptOffer.number == 0x0204)
    #expect(Method.Intake.submitReferral.number == 0x0301)
    #expect(Method.Operations.getServerStatus.number == 0x0401)
  }

  @Test func `of reasons give every one its code and whether to retry`() throws {
    let schema = try PackagePaths.schema()
    let type = try #require(schema.enumType(named: "Reason"))
    #expect(Set(Reason.allKnown).count == type.values.count)
    for (reason, expected) in zip(Reason.allKnown, type.values) {
      #expect(reason.rawValue == expected.number)
      #expect(reason.name == expected.name)
      #expect(reason.code.name == expected.code ?? "UNKNOWN")
      #expect(reason.isRetriable == expected.isRetriable)
    }
    for reason in Reason.allKnown where reason != .unspecified {
      #expect(reason.code != .ok, "\(reason.name) is not a success")
    }
    #expect(type.values.dropFirst().allSatisfy { $0.code != nil }, "a reason without a code")
  }

  @Test func `of reasons keep the numbers that clients have`() {
    #expect(Reason.offerTaken.rawValue == 104)
    #expect(Reason.offerTaken.code == .aborted)
    #expect(!Reason.offerTaken.isRetriable)
    #expect(Reason.callsInFlight.code == .resourceExhausted)
    #expect(Reason.callsInFlight.isRetriable)
  }

  @Test func `of codes are gRPC's seventeen`() {
    #expect(Code.allKnown.map(\.rawValue) == Array(0...16))
    #expect(
      Code.allKnown.map(\.name) == [
        "OK", "CANCELLED", "UNKNOWN", "INVALID_ARGUMENT", "DEADLINE_EXCEEDED", "NOT_FOUND",
        "ALREADY_EXISTS", "PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION",
        "ABORTED", "OUT_OF_RANGE", "UNIMPLEMENTED", "INTERNAL", "UNAVAILABLE", "DATA_LOSS",
        "UNAUTHENTICATED",
      ])
  }

  @Test func `of frame types fit in a byte`() {
    #expect(FrameType.allKnown.map(\.rawValue) == Array(0...10))
  }
}
