import Testing

@testable import KODEngine

@Suite("Languages") struct LanguageTests {
  @Test(
    "R37: tags match when equal, or when one goes on at a hyphen where the other ends",
    arguments: [
      ("es", "es", true), ("es", "es-MX", true), ("es-MX", "es", true), ("ES-mx", "es-MX", true),
      ("en", "EN-us", true), ("zh-Hant", "zh-Hant-TW", true), ("zh", "zh-Hant-TW", true),
      ("es-MX", "es-ES", false), ("es", "est", false), ("e", "es", false), ("es", "en", false),
      ("zh-Hant-TW", "zh-TW", false), ("es-M", "es-MX", false), ("és", "ÉS", false),
    ] as [(String, String, Bool)])
  func matching(left: String, right: String, isMatch: Bool) {
    #expect(Interner.isMatch(left, right) == isMatch)
    #expect(Interner.isMatch(right, left) == isMatch)
  }

  /// Who is asked first about a referral in `wanted`, and who once everybody is.
  private func asked(_ wanted: String, _ spoken: [String]) throws -> (first: Int?, all: [Int]) {
    var script = Script(policy: .oneShot)
    for (index, languages) in spoken.enumerated() {
      _ = script.run("09:0\(index) p\(index) registers kynector \(languages) whole")
    }
    _ = script.run("10:00 portal submits application \(wanted) 21067")
    guard let offer = script.engine.offer(OfferID(1)) else { return (nil, []) }
    // After a restart it must be the same.
    let decoded = try Engine(decodingState: script.engine.encodeState().span.bytes)
    #expect(decoded.candidate(0, .midnight + .minutes(601)) != offer.assister.index)
    let others = decoded.massRecipients(0)
    #expect(others == script.engine.massRecipients(0))
    return (offer.assister.index, (others + [offer.assister.index]).sorted())
  }

  @Test("R37 R38: an assister with `es` serves `es-MX` and the reverse, also under a new tag")
  func serving() throws {
    let spoken = ["en", "es-ES", "es-MX", "es", "ES-mx+en"]
    for (wanted, served) in [
      ("es", [1, 2, 3, 4]), ("es-MX", [2, 3, 4]), ("es-mx", [2, 3, 4]), ("es-AR", [3]),
      ("es-MX-x-home", [2, 3, 4]), ("EN-us", [0, 4]), ("fr", []),
    ] {
      let (first, all) = try asked(wanted, spoken)
      #expect(first == served.first && all == served, "\(wanted)")
    }
  }

  @Test("R11: an assister with a wider or narrower tag joins a referral that waits")
  func joining() {
    var script = Script(policy: .phase15)
    _ = script.run("09:00 portal submits application es-MX 21067")
    _ = script.run("09:01 ann registers kynector es-ES whole")
    #expect(script.engine.referral(ReferralID(1))?.state == .waiting(.noOneAvailable))
    let lines = script.run("09:02 bob registers kynector es whole")
    #expect(lines.contains("09:02 bob: offer 1 of referral 1, general until 09:17"))
    _ = script.run("09:03 portal submits application ru 21067")
    _ = script.run("09:04 cid registers kynector en+RU-ru whole")
    #expect(script.engine.offer(OfferID(2))?.referral == ReferralID(2))
  }

  @Test("Languages are shown as they were given, whatever they match")
  func spelling() {
    var script = Script(policy: .phase15)
    _ = script.run("09:00 ann registers kynector ES+es-mx whole")
    _ = script.run("09:01 portal submits application es-MX 21067")
    let assister = script.engine.principal(named: "ann")!.id
    #expect(script.engine.standing(of: assister)?.languages == ["ES", "es-mx"])
    #expect(script.engine.offer(OfferID(1))?.language == "es-MX")
  }
}
