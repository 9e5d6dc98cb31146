import Foundation
import KODJSON
import Testing

@testable import KODConformance

@Suite struct CaseFileTests {
  private func read(_ files: [String: String]) throws -> CaseFolder {
    let folder = try TestFolder()
    try folder.makeProtocol(files)
    return try CaseFolder(path: folder.path)
  }

  private func reason(_ steps: String, each: String = "", side: String = "server") -> String? {
    do {
      _ = try read(["\(side)/sample.json": caseFile(steps, each: each)])
      return nil
    } catch {
      return "\(error)"
    }
  }

  @Test("The real files are read, and every case has its requirements")
  func realFiles() throws {
    let folder = try CaseFolder(path: protocolFolder)
    #expect(folder.cases.count > 40)
    #expect(folder.cases.allSatisfy { !$0.requirements.isEmpty })
  }

  @Test(
    "A step that is not understood is refused by file, case and step",
    arguments: [
      (#"[{"dance": "a"}]"#, "step 1: unknown step"),
      (
        #"[{"connect": "a"}, {"send": "a", "type": "PING", "colour": 1}]"#,
        "step 2: 'send' has no member 'colour'"
      ),
      (#"[{"set": {"x": 1}}, {"check": "$y", "is": 1}]"#, "step 2: there is no variable y"),
      (#"[{"check": 1}]"#, "step 1: 'check' needs 'is'"),
      (#"[{"call": "a", "method": "Assisters/Dance"}]"#, "step 1: unknown method Assisters/Dance"),
      (#"[{"send": "a", "type": "PONGG"}]"#, "step 1: unknown frame type PONGG"),
      (#"[{"send": "a"}]"#, "step 1: 'send' takes a type or bytes"),
      (#"[{"expect": "a", "type": "PONG", "end": true}]"#, "step 1: 'expect' takes one of"),
      (
        #"[{"expect": "a", "frames": [{"type": "PONG", "colour": 1}]}]"#,
        "step 1: a frame has no member 'colour'"
      ),
      (#"[{"open": "a"}]"#, "step 1: 'open' takes 'as' or 'token'"),
      (#"[{"tell": {"do": "connect"}}]"#, "step 1: 'tell' is a step of client cases"),
      (#"[{"check": {"$made": 1}, "is": 1}]"#, "step 1: there is no function $made"),
      (#"[{"check": 1, "is": {"$like": 1}}]"#, "step 1: there is no pattern $like"),
      (#"[{"use": "nothing"}]"#, "step 1: unknown macro"),
      (
        #"[{"repeat": 2, "steps": [{"check": "$y", "is": 1}]}]"#, "step 1.1: there is no variable y"
      ),
      (
        #"[{"no_push": "a", "body": {"offer_opend": {}}}]"#,
        "step 1: Push has no field offer_opend"
      ),
      (
        #"[{"call": "a", "method": "Assisters/AcceptOffer", "request": {"offer": 1}}]"#,
        "step 1: AcceptOfferRequest has no field offer"
      ),
      (
        #"[{"answer": "a", "call": 1, "status": {"reason": {"$any_of": ["OFFER_GONE"]}}}]"#,
        "step 1: Reason has no value OFFER_GONE"
      ),
      (
        #"[{"subscribe": "a", "state": {"$contains": [{"open_offer": {"stat": 1}}]}}]"#,
        "step 1: Offer has no field stat"
      ),
      (
        #"[{"expect": "a", "type": "GOING_AWAY", "message": {"$not": {"reasons": 1}}}]"#,
        "step 1: GoingAway has no field reasons"
      ),
      (
        #"[{"expect": "a", "frames": [{"type": "STATUS", "message": {"cod": 1}}]}]"#,
        "step 1: Status has no field cod"
      ),
      ("[]", "no steps"),
      ("[7]", "step 1: a step is an object, not 7"),
    ])
  func strictSteps(steps: String, expected: String) throws {
    let reason = try #require(self.reason(steps))
    #expect(reason.hasPrefix("server/sample.json: sample: "), "\(reason)")
    #expect(reason.contains(expected), "\(reason)")
  }

  @Test("A step of server cases is refused in a client case")
  func sides() {
    #expect(
      reason(#"[{"connect": "a"}]"#, side: "client")?.contains("is a step of server cases") == true)
    #expect(
      reason(
        #"[{"hear": {"event": "connected"}}, {"check": "$token", "is": "$address"}]"#,
        side: "client") == nil)
  }

  @Test("What a step saves is there for the steps after it")
  func definitions() {
    #expect(
      reason(
        """
        [{"open": "a", "as": "partner1"}, {"check": "$a.welcome.version", "is": {"$save": "v"}},
         {"check": "$v", "is": 1}, {"repeat": 2, "steps": [{"check": "$i", "is": {"$range": [0, 1]}}]},
         {"call": "a", "method": "Intake/GetReferral", "request": {"referral_id": 1}, "save": "r"},
         {"check": "${r.referral_id} of ${run} in ${language}", "is": {"$any": true}}]
        """) == nil)
  }

  /// A file of one case with these members and a step.
  private static func file(_ members: String) -> String {
    #"{"about": "x", "cases": [{\#(members), "steps": [{"sleep_ms": 1}]}]}"#
  }

  @Test(
    "Case, title, requirements and members are checked",
    arguments: [
      (
        file(#""name": "a b", "title": "t", "requirements": ["KOD-1.1-1"]"#),
        "a name is made of"
      ),
      (file(#""name": "a", "title": "t", "requirements": []"#), "at least one requirement"),
      (file(#""name": "a", "title": "t", "requirements": ["4.3-2"]"#), "is not a requirement"),
      (
        file(#""name": "a", "title": "t", "requirements": ["KOD-1.1-1"], "tags": []"#),
        "unknown member 'tags'"
      ),
      (file(#""name": "a", "requirements": ["KOD-1.1-1"]"#), "no 'title'"),
      (#"{"cases": []}"#, "no 'about'"), (#"{"about": "x", "cases": [}"#, "sample.json: 1:"),
    ])
  func strictCases(text: String, expected: String) {
    let error = #expect(throws: CaseError.self) { try read(["server/sample.json": text]) }
    #expect(error?.description.contains(expected) == true, "\(String(describing: error))")
  }

  @Test("A name is unique among all files")
  func uniqueNames() {
    let file = caseFile(#"[{"sleep_ms": 1}]"#)
    #expect(throws: CaseError.self) { try read(["server/a.json": file, "server/b.json": file]) }
    let twice = #"[{"_": "x"}, {"_": "x"}]"#
    #expect(
      reason(#"[{"sleep_ms": 1}]"#, each: twice)?.contains("there is a case of this name") == true)
  }

  @Test("A case is expanded to one for each object, whose members are variables")
  func expansion() throws {
    let steps = #"[{"check": "$token", "is": {"$any": true}}]"#
    let each = #"[{"_": "nonsense", "token": "abc"}, {"_": "empty", "token": ""}, {"token": 1}]"#
    let cases = try read(["server/sample.json": caseFile(steps, each: each)]).cases
    #expect(cases.map(\.name) == ["sample/nonsense", "sample/empty", "sample/2"])
    #expect(cases.map { $0.variables["token"] } == ["abc", "", 1])
    // A variable that one of them lacks is missed in that one.
    #expect(
      reason(steps, each: #"[{"_": "a", "token": 1}, {"_": "b"}]"#)?.contains(
        "sample/b: step 1: there is no variable token") == true)
  }

  @Test("A case is expanded over the golden vectors of requests and of frames")
  func vectors() throws {
    let folder = try TestFolder()
    let steps = #"[{"check": "$method $role $principal $hex $reason", "is": {"$any": true}}]"#
      .replacingOccurrences(
        of: "$method $role $principal $hex $reason",
        with: "${method} ${role} ${principal} ${hex} ${reason}")
    try folder.makeProtocol([
      "server/a.json": caseFile(
        steps, each: #"{"vectors": "messages", "malformed": true, "requests": true}"#, name: "a"),
      "server/b.json": caseFile(
        #"[{"send": "x", "bytes": "$hex"}, {"send": "x", "bytes": "$before"}]"#,
        each: #"{"vectors": "frames", "malformed": true, "where": {"when": "established"}}"#,
        name: "b"),
    ])
    try folder.write(
      """
      {"message": "AcceptOfferRequest", "methods": ["Assisters/AcceptOffer"], "good": [],
       "malformed": [{"name": "cut off: one", "hex": "08", "reason": "PAYLOAD_MALFORMED"}]}
      """,
      "vectors/messages/AcceptOfferRequest.json")
    try folder.write(
      #"{"message": "Offer", "good": [], "malformed": [{"name": "x", "hex": "08", "reason": "x"}]}"#,
      "vectors/messages/Offer.json")
    try folder.write(
      """
      {"good": [], "malformed": [{"name": "long", "when": "established", "hex_head": "01",
       "repeat": {"byte": "78", "count": 3}}, {"name": "early", "when": "no", "hex": "00"}]}
      """,
      "vectors/frames.json")
    let cases = try CaseFolder(path: folder.path).cases
    #expect(cases.map(\.name) == ["a/AcceptOfferRequest/cut-off-one", "b/long"])
    #expect(cases[0].variables["principal"] == "assister1")
    #expect(cases[0].variables["role"] == "ASSISTER")
    #expect(cases[1].variables["hex"] == "01787878")
    #expect(cases[1].variables["before"] == "")
  }

  @Test("No vectors where some are asked for is an error, not a case less")
  func noVectors() {
    let each = #"{"vectors": "messages", "malformed": true, "requests": true}"#
    #expect(
      reason(#"[{"sleep_ms": 1}]"#, each: each)?.contains("there are no such vectors") == true)
  }

  @Test("A macro is checked with the variables that it is given, which go when it ends")
  func macros() throws {
    let macros =
      #"{"twice": {"about": "x", "steps": [{"check": "$value", "is": {"$save": "$name"}}]}}"#
    let good = #"[{"use": "twice", "value": 1, "name": "kept"}, {"check": "$kept", "is": 1}]"#
    _ = try read(["macros.json": macros, "server/a.json": caseFile(good)])
    let bad = #"[{"use": "twice", "value": 1, "name": "kept"}, {"check": "$value", "is": 1}]"#
    #expect(throws: CaseError.self) {
      try read(["macros.json": macros, "server/a.json": caseFile(bad)])
    }
    let less = #"[{"use": "twice", "name": "kept"}]"#
    let error = #expect(throws: CaseError.self) {
      try read(["macros.json": macros, "server/a.json": caseFile(less)])
    }
    #expect(error?.message == "step 1 (twice) 1: there is no variable value")
  }

  @Test("A case knows the assisters whose state it depends on")
  func assisters() throws {
    let macros = #"""
      {"ready": {"about": "x", "steps": [
        {"open": "$session", "as": "$principal"},
        {"call": "$session", "method": "Assisters/SetAvailability", "request": {"override": 1}}]}}
      """#
    func assisters(_ steps: String) throws -> Set<String>? {
      try read(["macros.json": macros, "server/a.json": caseFile(steps)]).cases.first?.assisters
    }
    #expect(
      try assisters(
        """
        [{"use": "ready", "session": "a", "principal": "assister1"}, {"open": "b", "as": "assister2"},
         {"subscribe": "b"}, {"open": "c", "as": "assister3"}]
        """) == ["assister1", "assister2"])
    let reading =
      #"[{"open": "a", "as": "assister1"}, {"call": "a", "method": "Assisters/GetStanding"}]"#
    #expect(try assisters(reading) == [])
    #expect(try assisters(#"[{"open": "p", "as": "partner1"}, {"subscribe": "p"}]"#) == [])
  }

  @Test("A case that sets the policy runs alone, one that expects a PING answers none before")
  func marks() throws {
    func sample(_ steps: String) throws -> Case? {
      try read(["server/a.json": caseFile(steps)]).cases.first
    }
    let policy = #"[{"open": "s", "as": "supervisor1"}, {"call": "s", "method": "Desk/SetPolicy"}]"#
    #expect(try sample(policy)?.isAlone == true)
    #expect(try sample(policy.replacing("SetPolicy", with: "GetPolicy"))?.isAlone == false)
    let ping = #"[{"connect": "a"}, {"expect": "a", "frames": [{"type": "PING"}]}]"#
    #expect(try sample(ping)?.expectsPings == true)
    #expect(try sample(ping.replacing("PING", with: "PONG"))?.expectsPings == false)
  }
}
