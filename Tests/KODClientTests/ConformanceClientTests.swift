import Foundation
import KODJSON
import KODSchema
import KODTransport
import KODWire
import Testing

@testable import kod_conformance_client

/// The client under test without its process: told lines, heard lines.
private final class Stage {
  private static let schema = Result {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    return try Schema(
      text: String(contentsOf: root.appending(path: "Protocol/kod.proto"), encoding: .utf8),
      path: "kod.proto")
  }

  private let subject: Subject
  private let directory: TemporaryDirectory
  private let authority: String
  private let output: Int32
  private var lines: AsyncStream<String>.AsyncIterator

  init() throws {
    var ends: [Int32] = [0, 0]
    try #require(pipe(&ends) == 0)
    let input = ends[0]
    output = ends[1]
    subject = Subject(try Self.schema.get(), speaker: Speaker(descriptor: output))
    directory = try TemporaryDirectory()
    authority = try directory.write(
      String(decoding: ScriptedServer.authority.get().authorityCertificate, as: UTF8.self),
      to: "ca.pem")
    let (stream, continuation) = AsyncStream.makeStream(of: String.self)
    lines = stream.makeAsyncIterator()
    _ = try OSThread.spawn(name: "stage") {
      var line: [UInt8] = []
      var byte: UInt8 = 0
      while read(input, &byte, 1) == 1 {
        if byte != UInt8(ascii: "\n") {
          line.append(byte)
        } else {
          continuation.yield(String(decoding: line, as: UTF8.self))
          line = []
        }
      }
      close(input)
      continuation.finish()
    }
  }

  deinit { close(output) }

  func configure(_ server: ScriptedServer, renews: Bool = false) throws {
    try tell(
      #"{"do":"configure","address":"127.0.0.1:\#(server.port)","server_name":"127.0.0.1","#
        + #""ca":"\#(authority)","token":"kod1.scripted","renew":\#(renews)}"#)
  }

  func tell(_ line: String) throws { try subject.told(Command(line)) }

  func hear() async -> String { await lines.next() ?? "the end" }
}

extension ScriptedPeer {
  mutating func greet(_ welcome: [UInt8] = Frames.welcome()) throws {
    _ = try expect(.hello)
    try send(welcome)
  }
}

@Suite("kod-conformance-client", .timeLimit(.minutes(2)))
struct ConformanceClientTests {
  private static let connected =
    #"{"event":"connected","principal":"alice","role":"ASSISTER","version":1}"#

  private static func refusal(
    _ id: String, _ code: String, _ reason: String, unknown: Bool
  ) -> String {
    #"{"event":"answer","id":"\#(id)","status":{"code":"\#(code)","reason":"\#(reason)"},"#
      + #""outcome_unknown":\#(unknown)}"#
  }

  @Test("it connects, calls and leaves, and says each in the words of the document")
  func wholeWay() async throws {
    let server = try ScriptedServer { peer in
      try peer.greet()
      let (first, accept) = try peer.request(
        .Assisters.acceptOffer, as: AcceptOfferRequest.self)
      guard accept.offerId == 12 else { throw ScriptError("\(accept)") }
      let (second, _) = try peer.request(.Assisters.rejectOffer, as: RejectOfferRequest.self)
      try peer.send(Frames.response(first, Assignment(referralId: 41, helpType: .plan)))
      try peer.send(Frames.status(second, .offerUnknown))
      try peer.expectFarewell()
    }
    let stage = try Stage()
    try stage.configure(server)
    try stage.tell(#"{"do":"connect"}"#)
    #expect(await stage.hear() == Self.connected)
    try stage.tell(
      #"{"do":"call","id":"x","method":"Assisters/AcceptOffer","request":{"offer_id":"12"}}"#)
    try stage.tell(
      #"{"do":"call","id":"y","method":"Assisters/RejectOffer","request":{"offer_id":13}}"#)
    let answers = [await stage.hear(), await stage.hear()].sorted()
    #expect(
      answers == [
        #"{"event":"answer","id":"x","response":{"referral_id":"41","help_type":"PLAN"}}"#,
        Self.refusal("y", "NOT_FOUND", "OFFER_UNKNOWN", unknown: false),
      ])
    try stage.tell(#"{"do":"close"}"#)
    #expect(await stage.hear() == #"{"event":"closed"}"#)
    try await server.finish()
  }

  @Test(
    "a lost connection is told before the calls that it cost; what is safe to repeat is repeated")
  func lost() async throws {
    let server = try ScriptedServer(
      { peer in
        try peer.greet()
        _ = try peer.expect(.request)
        _ = try peer.expect(.request)
        try peer.send(Frames.goingAway(.serverStopping, after: 20))
      },
      { peer in
        try peer.greet()
        let (call, _) = try peer.request(.Assisters.getStanding, as: GetStandingRequest.self)
        try peer.send(Frames.response(call, Standing()))
        try peer.expectFarewell()
      })
    let stage = try Stage()
    try stage.configure(server)
    try stage.tell(#"{"do":"connect"}"#)
    #expect(await stage.hear() == Self.connected)
    try stage.tell(#"{"do":"call","id":"a","method":"Assisters/AcceptOffer","request":{}}"#)
    try stage.tell(
      #"{"do":"call","id":"b","method":"Assisters/GetStanding","request":{},"repeat":true}"#)
    #expect(
      await stage.hear()
        == #"{"event":"disconnected","code":"UNAVAILABLE","reason":"SERVER_STOPPING","retry_in_ms":20}"#
    )
    // The answer to a may come after the new connection; the one to b does.
    let rest = [await stage.hear(), await stage.hear(), await stage.hear()].sorted()
    #expect(
      rest == [
        Self.refusal("a", "UNAVAILABLE", "REASON_UNSPECIFIED", unknown: true),
        #"{"event":"answer","id":"b","response":{}}"#, Self.connected,
      ])
    try stage.tell(#"{"do":"close"}"#)
    try await server.finish()
  }

  @Test(
    "a subscription is told in order, words about the connection where they belong, and goes on")
  func subscription() async throws {
    let server = try ScriptedServer(
      { peer in
        try peer.greet()
        let (call, request) = try peer.request(.Pushes.subscribe, as: SubscribeRequest.self)
        guard request == SubscribeRequest() else { throw ScriptError("\(request)") }
        try peer.send(
          Frames.start(call, offset: 7, recovered: false)
            + Frames.item(call, .openOffer(Offer(offerId: 3)))
            + Frames.item(call, .status(AssisterStatus(name: "alice")))
            + Frames.item(call, .stateEnd(StateEnd()))
            + Frames.item(call, .push(Push(offset: 8, atUs: 5)))
            + Frames.item(call, .collapsed(PushesCollapsed(firstOffset: 9, lastOffset: 11)))
            + Frames.goingAway(.slowConsumer, after: 10))
      },
      { peer in
        try peer.greet()
        let (call, request) = try peer.request(.Pushes.subscribe, as: SubscribeRequest.self)
        guard request == SubscribeRequest(epoch: "e1", offset: 11) else {
          throw ScriptError("\(request)")
        }
        try peer.send(Frames.start(call, offset: 11, recovered: true))
        guard try peer.expect(.cancel).header.call == call else { throw ScriptError("CANCEL") }
        try peer.send(Frames.status(call, .callCancelled))
        try peer.send(Frames.goingAway(.credentialExpired, permanent: true))
      })
    let stage = try Stage()
    try stage.configure(server)
    try stage.tell(#"{"do":"subscribe"}"#)
    let expected = [
      Self.connected,
      #"{"event":"position","epoch":"e1","offset":"7","recovered":false}"#,
      #"{"event":"state","items":[{"open_offer":{"offer_id":"3"}},{"status":{"name":"alice"}}]}"#,
      #"{"event":"push","push":{"offset":"8","at_us":"5"}}"#,
      #"{"event":"collapsed","first_offset":"9","last_offset":"11"}"#,
      #"{"event":"disconnected","code":"RESOURCE_EXHAUSTED","reason":"SLOW_CONSUMER","retry_in_ms":10}"#,
      Self.connected,
      #"{"event":"position","epoch":"e1","offset":"11","recovered":true}"#,
    ]
    for line in expected { #expect(await stage.hear() == line) }
    try stage.tell(#"{"do":"unsubscribe"}"#)
    #expect(
      await stage.hear()
        == #"{"event":"ended","code":"UNAUTHENTICATED","reason":"CREDENTIAL_EXPIRED"}"#)
    try await server.finish()
  }

  @Test("a subscription that is refused ends, and the connection does not")
  func subscriptionRefused() async throws {
    let server = try ScriptedServer { peer in
      try peer.greet()
      let (call, request) = try peer.request(.Pushes.subscribe, as: SubscribeRequest.self)
      guard request == SubscribeRequest(epoch: "e0", offset: 4) else {
        throw ScriptError("\(request)")
      }
      try peer.send(Frames.status(call, .roleNotAllowed))
      try peer.expectFarewell()
    }
    let stage = try Stage()
    try stage.configure(server)
    try stage.tell(#"{"do":"subscribe","epoch":"e0","offset":"4"}"#)
    #expect(await stage.hear() == Self.connected)
    #expect(
      await stage.hear()
        == #"{"event":"ended","code":"PERMISSION_DENIED","reason":"ROLE_NOT_ALLOWED"}"#)
    try stage.tell(#"{"do":"close"}"#)
    #expect(await stage.hear() == #"{"event":"closed"}"#)
    try await server.finish()
  }

  @Test("a renewed token is told before the session is put under it")
  func renewal() async throws {
    let (told, tell) = AsyncStream.makeStream(of: String.self)
    let server = try ScriptedServer { peer in
      try peer.greet(
        Frames.welcome(serverTimeUs: 1_000_000, expiresAtUs: 1_400_000))
      let (first, _) = try peer.request(
        .Credentials.renewCredential, as: RenewCredentialRequest.self)
      try peer.send(
        Frames.response(first, RenewedCredential(token: "kod1.second", expiresAtUs: 900_000_000)))
      let (second, refresh) = try peer.request(
        .Credentials.refreshSession, as: RefreshSessionRequest.self)
      tell.yield(refresh.token)
      try peer.send(Frames.response(second, SessionCredential(expiresAtUs: 900_000_000)))
      try peer.expectFarewell()
    }
    let stage = try Stage()
    try stage.configure(server, renews: true)
    try stage.tell(#"{"do":"connect"}"#)
    #expect(await stage.hear() == Self.connected)
    #expect(await stage.hear() == #"{"event":"token","token":"kod1.second"}"#)
    var tokens = told.makeAsyncIterator()
    #expect(await tokens.next() == "kod1.second")
    try stage.tell(#"{"do":"close"}"#)
    #expect(await stage.hear() == #"{"event":"closed"}"#)
    try await server.finish()
  }

  @Test("a call can be cancelled, and one can run out of time")
  func cancelled() async throws {
    let (told, tell) = AsyncStream.makeStream(of: UInt32.self)
    let server = try ScriptedServer { peer in
      try peer.greet()
      let call = try peer.expect(.request).header.call
      tell.yield(call)
      guard try peer.expect(.cancel).header.call == call else { throw ScriptError("CANCEL") }
      try peer.send(Frames.status(call, .callCancelled))
      let slow = try peer.expect(.request).header
      guard slow.timeoutMilliseconds <= 500 else { throw ScriptError("the timeout") }
      _ = try peer.expect(.cancel)
      _ = try peer.expect(.ping)
      try peer.expectFarewell()
    }
    let stage = try Stage()
    try stage.configure(server)
    try stage.tell(#"{"do":"connect"}"#)
    #expect(await stage.hear() == Self.connected)
    try stage.tell(#"{"do":"call","id":"x","method":"Assisters/AcceptOffer","request":{}}"#)
    var calls = told.makeAsyncIterator()
    #expect(await calls.next() == 1)
    try stage.tell(#"{"do":"cancel","id":"x"}"#)
    #expect(
      await stage.hear()
        == Self.refusal("x", "CANCELLED", "CALL_CANCELLED", unknown: true)
    )
    try stage.tell(
      #"{"do":"call","id":"y","method":"Assisters/GetStanding","request":{},"timeout_ms":500}"#)
    #expect(
      await stage.hear()
        == Self.refusal("y", "DEADLINE_EXCEEDED", "CALL_DEADLINE", unknown: false)
    )
    try stage.tell(#"{"do":"close"}"#)
    try await server.finish()
  }

  @Test("what can't be asked is answered without asking")
  func nonsenseCalls() async throws {
    let server = try ScriptedServer()
    let stage = try Stage()
    try stage.configure(server)
    for (method, request) in [
      ("Nobody/Nothing", "{}"), ("Assisters/AcceptOffer", #"{"offer":1}"#),
      ("Pushes/Subscribe", "{}"),
    ] {
      try stage.tell(#"{"do":"call","id":"x","method":"\#(method)","request":\#(request)}"#)
      #expect(
        await stage.hear()
          == Self.refusal("x", "INVALID_ARGUMENT", "REASON_UNSPECIFIED", unknown: false)
      )
    }
    try await server.finish()
  }

  @Test(
    "a line that makes no sense is named",
    arguments: [
      ("nonsense", "not JSON, 1:1"), (#"{"do":"dance"}"#, "there is no command 'dance'"),
      ("{}", "'do' is missing"), (#"{"do":"call","id":1}"#, "'id' is not a text"),
      (#"{"do":"configure","address":"a:1"}"#, "'ca' is missing"),
      (#"{"do":"subscribe","epoch":"e","offset":"-1"}"#, "'offset' is not a whole number"),
      (
        #"{"do":"call","id":"x","method":"m","repeat":1}"#, "'repeat' is neither true nor false"
      ),
    ])
  func nonsense(line: String, words: String) {
    let error = #expect(throws: CommandError.self) { try Command(line) }
    #expect(error?.description.hasPrefix(words) == true, "\(String(describing: error))")
  }

  @Test("nothing goes before 'configure', and it comes once")
  func order() async throws {
    let stage = try Stage()
    #expect(throws: CommandError("'configure' comes first")) {
      try stage.tell(#"{"do":"connect"}"#)
    }
    let server = try ScriptedServer()
    try stage.configure(server)
    #expect(throws: CommandError("configured already")) { try stage.configure(server) }
    try await server.finish()
  }
}
