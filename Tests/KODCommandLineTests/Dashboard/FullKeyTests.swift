import Testing

@testable import kod

/// The decoder's keys that only a full screen needs; the others are in `KeyDecoderTests`.
@Suite struct FullKeyTests {
  @Test(
    arguments: [
      ("\u{1b}[C\u{1b}[D", [Key.right, .left]), ("\u{1b}[H\u{1b}OF", [.home, .end]),
      ("\u{1b}[5~\u{1b}[6~", [.pageUp, .pageDown]), ("\u{1b}[3~", [.delete]),
      ("\t\u{1b}[Z", [.tab, .backTab]), ("\u{7f}\u{8}", [.backspace, .backspace]),
      ("\u{15}", [.control("u")]), ("é語", [.character("é"), .character("語")]),
      // Nothing of these acts as the letters it is made of.
      ("\u{1b}[200;5Ha", [.character("a")]), ("\u{1b}]0;title\u{7}a", [.character("a")]),
      ("\u{1b}P1$r0m\u{1b}\\a", [.character("a")]), ("\u{1b}a", []),
      ("\u{1b}[<0;3;4Ma", [.character("a")]),
      // Control-C gets through whatever was begun.
      ("\u{1b}[12\u{3}", [.interrupt]), ("\u{1b}]x\u{3}", [.interrupt]),
      ("\u{c3}\u{3}", [.character("Ã"), .interrupt]),
      ("\u{1b}[200~ja\u{1b}[Bn\u{1b}[201~q", [.paste("ja\u{1b}[Bn"), .character("q")]),
    ] as [(String, [Key])])
  func `bytes become keys, whole or in pieces`(text: String, keys: [Key]) {
    var whole = KeyDecoder()
    #expect(whole.decode(text.utf8) == keys)
    #expect(!whole.isWaiting)
    var pieces = KeyDecoder()
    #expect(text.utf8.flatMap { pieces.decode([$0]) } == keys)
  }

  @Test func `bytes that are no UTF-8 are skipped, one by one`() {
    var decoder = KeyDecoder()
    #expect(
      decoder.decode([0xff, 0x80, 0xc0, 0xaf, 0xe2, 0x28, 0x61]) == [
        .character("("), .character("a"),
      ])
  }

  @Test func `a lone escape is the Escape key after a moment, not before`() {
    var decoder = KeyDecoder()
    #expect(decoder.decode([0x1b]) == [])
    #expect(decoder.quiet(milliseconds: 10) == [])
    #expect(decoder.quiet(milliseconds: 50) == [.escape])
    #expect(decoder.decode("a".utf8) == [.character("a")])
  }

  @Test func `a sequence that a slow line tore at its escape does no harm`() {
    var decoder = KeyDecoder()
    _ = decoder.decode([0x1b])
    #expect(decoder.quiet(milliseconds: 60) == [.escape])
    #expect(decoder.decode("[3~a".utf8) == [.delete, .character("a")])
  }

  @Test func `an unfinished sequence is dropped, an unfinished paste is taken as it is`() {
    var decoder = KeyDecoder()
    _ = decoder.decode("\u{1b}[12".utf8)
    #expect(decoder.quiet(milliseconds: 60) == [])
    #expect(decoder.quiet(milliseconds: 1_000) == [])
    #expect(decoder.decode("a".utf8) == [.character("a")])
    #expect(decoder.decode("\u{1b}[200~half".utf8) == [])
    #expect(decoder.quiet(milliseconds: 1_000) == [.paste("half")])
    #expect(decoder.decode("a".utf8) == [.character("a")])
  }

  @Test func `a paste without an end takes no more than its limit`() {
    var decoder = KeyDecoder()
    _ = decoder.decode("\u{1b}[200~".utf8)
    for _ in 0..<100 { _ = decoder.decode([UInt8](repeating: 0x61, count: 4_096)) }
    guard case .paste(let text) = decoder.decode("\u{1b}[201~".utf8).first else {
      Issue.record("no paste")
      return
    }
    #expect(text.utf8.count == KeyDecoder.pasteLimit)
  }
}

@Suite struct TextFieldTests {
  private func typed(_ keys: [Key], _ text: String = "", limit: Int = 100) -> (String, Int) {
    var field = TextField(text, limit: limit)
    for key in keys { _ = field.press(key) }
    return (field.text, field.cursor)
  }

  @Test func `text is edited where the cursor stands`() {
    #expect(typed([.left, .character("x")], "ab") == ("axb", 2))
    #expect(typed([.home, .delete, .end, .backspace], "abc") == ("b", 1))
    #expect(typed([.control("w")], "one two") == ("one ", 4))
    #expect(typed([.left, .control("u")], "abc") == ("c", 0))
  }

  @Test func `a mark joins the letter before it`() {
    #expect(typed([.character("e"), .character("\u{301}"), .backspace]) == ("", 0))
  }

  @Test func `a paste is text: its line breaks are blanks, its control characters visible`() {
    #expect(typed([.paste("call\nafter \u{1b}5")]).0 == "call after ·5")
  }

  @Test func `no more bytes than the server takes`() {
    #expect(typed([.paste("aéb語")], limit: 4) == ("aéb", 3))
  }

  @Test func `the window follows the cursor`() {
    let field = TextField("abcdefghij", limit: 100)
    #expect(field.window(5).text == "ghij")
    #expect(field.window(5).cursor == 4)
  }
}
