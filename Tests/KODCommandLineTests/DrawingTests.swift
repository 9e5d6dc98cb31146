import Testing

@testable import kod

@Suite struct DrawingTests {
  private func table() -> Table {
    var table = Table([
      .init(title: "ID", right: true), .init(title: "NAME", least: 5),
      .init(title: "EXTRA", rank: 1), .init(title: "STATE"),
    ])
    table.add([.init("7"), .init("a longer name"), .init("something"), .init("OPEN", .bad)])
    table.add(["12", "b", "", "gone"])
    return table
  }

  @Test func `columns are as wide as their widest cell, numbers to the right`() {
    #expect(
      table().lines() == [
        "ID  NAME           EXTRA      STATE", " 7  a longer name  something  OPEN",
        "12  b                         gone",
      ])
  }

  @Test func `where it is narrow, cells are cut first and then columns left out`() {
    #expect(table().lines(on: Paper(columns: 30))[1] == " 7  a longe~  something  OPEN")
    #expect(table().lines(on: Paper(columns: 26))[1] == " 7  a longer name  OPEN")
    #expect(table().lines(on: Paper(columns: 16))[1] == " 7  a lo~  OPEN")
  }

  @Test(arguments: 1...40)
  func `no width is exceeded, with an indent either`(columns: Int) {
    for indent in [0, 2] {
      for line in table().lines(on: Paper(columns: columns), indent: indent) {
        #expect(TerminalText.columns(line) <= max(columns, indent))
      }
    }
  }

  @Test func `colour is painted around the text, not around its padding`() {
    let lines = table().lines(on: Paper(style: Style(colour: true)))
    #expect(lines[1].hasSuffix("\u{1b}[31mOPEN\u{1b}[0m"))
  }

  @Test func `what a partner typed can't drive the terminal from a cell`() {
    var table = Table([.init(title: "NOTE")])
    table.add(["a\u{1b}[2Jb"])
    #expect(table.lines()[1] == "a\u{b7}[2Jb")
  }

  @Test func `bars have their number and share beside them`() {
    let bars = Bars([
      .init(label: "accepted", value: 3), .init(label: "missed", value: 1),
      .init(label: "none", value: 0),
    ])
    #expect(
      bars.lines(on: Paper(columns: 40)) == [
        "accepted  █████████████████████  3   75%", "missed    ███████                1   25%",
        "none                             0    0%",
      ])
    #expect(bars.lines(on: Paper(columns: 40, glyphs: .ascii))[1].contains("#######"))
    for line in bars.lines(on: Paper(columns: 20)) { #expect(line.count <= 20) }
  }

  @Test func `a little is never drawn as nothing`() {
    #expect(Bars.bar(1, of: 10_000, width: 10, glyphs: .unicode) == "▏")
    #expect(Bars.bar(1, of: 10_000, width: 10, glyphs: .ascii) == "#")
    #expect(Bars.bar(0, of: 10, width: 10, glyphs: .unicode) == "")
    #expect(Bars.bar(0, of: 0, width: 10, glyphs: .unicode) == "")
    #expect(Percent.text(1, of: 1_000) == "<1%")
    #expect(Percent.text(999, of: 1_000) == "99%")
    #expect(Percent.text(0, of: 7) == "0%")
    #expect(Percent.text(7, of: 7) == "100%")
    #expect(Percent.text(0, of: 0) == "")
  }

  @Test func `a sparkline is highest at the most and a dot at nothing`() {
    #expect(Sparkline.text([0, 1, 4, 8], glyphs: .unicode) == "·▁▄█")
    #expect(Sparkline.text([0, 1, 4, 8], glyphs: .ascii) == ".148")
    #expect(Sparkline.text([0, 10, 90], glyphs: .ascii) == ".19")
    #expect(Sparkline.text([], glyphs: .unicode) == "")
    #expect(Sparkline.text([0, 0], glyphs: .unicode) == "··")
  }

  @Test func `a day is 24 or 48 columns, with the hour that is now`() {
    let hours = (0..<24).map { UInt64($0 == 9 ? 5 : 0) }
    let wide = Sparkline.day(hours, on: Paper(columns: 80), mark: 9)
    #expect(wide[0].count == 48)
    #expect(Array(wide[1])[18] == "^")
    let noon = Sparkline.day(hours, on: Paper(columns: 80), mark: 12)
    #expect(noon[1] == "0           6           ^           18")
    let narrowAtOne = Sparkline.day(hours, on: Paper(columns: 40), mark: 13)
    #expect(narrowAtOne[1] == "0     6      ^    18")
    let narrow = Sparkline.day(hours, on: Paper(columns: 40))
    #expect(narrow == ["·········█··············", "0     6     12    18"])
    #expect(Sparkline.day([], on: Paper(columns: 40))[0].count == 24)
  }

  @Test(
    arguments: [
      ([:], Glyphs.unicode), (["LANG": "en_US.UTF-8"], .unicode), (["LANG": "C"], .ascii),
      (["LC_ALL": "C.utf8", "LANG": "C"], .unicode),
      (["LC_ALL": "POSIX", "LANG": "de.UTF-8"], .ascii),
      (["LC_ALL": "", "LANG": "C"], .ascii), (["TERM": "dumb"], .ascii),
    ] as [([String: String], Glyphs)])
  func `the locale says which characters there are`(environment: [String: String], glyphs: Glyphs) {
    #expect(Glyphs.fitting(environment: environment) == glyphs)
  }

  @Test func `a terminal's width counts, then COLUMNS, and a pipe has none`() {
    #expect(Paper.columns(terminal: 100, environment: ["COLUMNS": "60"]) == 100)
    #expect(Paper.columns(terminal: nil, environment: ["COLUMNS": "60"]) == 60)
    #expect(Paper.columns(terminal: nil, environment: [:]) == Paper.unlimited)
    #expect(Paper.columns(terminal: nil, environment: ["COLUMNS": "wide"]) == Paper.unlimited)
  }

  @Test func `sentences hang under their label`() {
    #expect(
      Paper(columns: 27).wrapped("Label  one two three four", hanging: 7, indent: 2) == [
        "  Label  one two three four"
      ])
    #expect(
      Paper(columns: 26).wrapped("Label  one two three four five", hanging: 7, indent: 0).count == 2
    )
  }
}
