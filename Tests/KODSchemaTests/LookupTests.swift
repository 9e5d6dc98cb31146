import KODSchema
import Testing

@Suite struct `Schema lookups` {
  @Test func `methods are found by name and by number`() throws {
    let schema = try Schemas.kod()
    let method = try #require(schema.method(named: "Assisters/AcceptOffer"))
    #expect(method.number == 0x0204)
    #expect(method.path == "Assisters/AcceptOffer")
    #expect(schema.method(numbered: 0x0204) == method)
    for wrong in ["AcceptOffer", "Intake/AcceptOffer", "assisters/AcceptOffer", ""] {
      #expect(schema.method(named: wrong) == nil)
    }
    #expect(schema.method(numbered: 0) == nil)
    for method in schema.methods {
      #expect(schema.method(named: method.path) == method)
      #expect(schema.method(numbered: method.number) == method)
    }
  }

  @Test func `values of enums and fields of messages are found by name and by number`() throws {
    let schema = try Schemas.kod()
    let reasons = try #require(schema.enumType(named: "Reason"))
    #expect(reasons.value(named: "OFFER_TAKEN")?.number == 104)
    #expect(reasons.value(numbered: 104)?.code == "ABORTED")
    #expect(reasons.value(named: "OFFER_TOKEN") == nil)
    #expect(reasons.value(numbered: 99) == nil)
    let hello = try #require(schema.message(named: "Hello"))
    #expect(hello.field(named: "token")?.number == 3)
    #expect(hello.field(numbered: 3)?.name == "token")
    #expect(hello.field(named: "Token") == nil)
    #expect(hello.field(numbered: 0) == nil)
  }
}
