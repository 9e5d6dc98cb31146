import Foundation

/// Which requirement is checked by which case: every one by a case, or by nothing for a reason that
/// is stated.
struct Coverage: Sendable {
  let chapters: [Chapter]
  /// Names of cases (before expansion) by requirement, in the order of the files.
  private let cases: [RequirementNumber: [String]]
  private let caseProblems: [String]
  private let unchecked: [RequirementNumber: String]
  private let uncheckedProblems: [String]

  /// - Parameters:
  ///   - chapters: name and text of each file.
  ///   - cases: of both sides.
  ///   - unchecked: the text of `unchecked.txt`.
  init(chapters: [(file: String, text: String)], cases: [Case], unchecked: String) {
    self.chapters = chapters.map { Chapter(file: $0.file, text: $0.text) }
    let known = Set(self.chapters.flatMap { $0.requirements.map(\.number) })
    var byNumber: [RequirementNumber: [String]] = [:]
    var problems: [String] = []
    for one in cases {
      let name = String(one.name.prefix { $0 != "/" })
      for number in one.requirements.compactMap({ RequirementNumber($0) }) {
        if byNumber[number]?.contains(name) == true { continue }
        byNumber[number, default: []].append(name)
        if !known.contains(number) {
          problems.append("\(one.file): \(name) checks \(number), which does not exist")
        }
      }
    }
    self.cases = byNumber
    caseProblems = problems
    (self.unchecked, uncheckedProblems) = Self.reasons(unchecked, known, byNumber)
  }

  private static func reasons(
    _ text: String, _ known: Set<RequirementNumber>, _ cases: [RequirementNumber: [String]]
  ) -> ([RequirementNumber: String], [String]) {
    var reasons: [RequirementNumber: String] = [:]
    var problems: [String] = []
    for (index, raw) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
      let line = raw.trimmingCharacters(in: .whitespaces)
      if line.isEmpty || line.hasPrefix("#") { continue }
      let place = "unchecked.txt: line \(index + 1)"
      let word = line.prefix { $0 != " " }
      let reason = line.dropFirst(word.count).trimmingCharacters(in: .whitespaces)
      guard let number = RequirementNumber(word) else {
        problems.append("\(place): '\(word)' is not the number of a requirement")
        continue
      }
      if reason.isEmpty { problems.append("\(place): no reason for \(number)") }
      if !known.contains(number) { problems.append("\(place): \(number) does not exist") }
      if let names = cases[number] {
        problems.append("\(place): \(number) is checked by \(names.joined(separator: ", "))")
      }
      if reasons.updateValue(reason, forKey: number) != nil {
        problems.append("\(place): \(number) again")
      }
    }
    return (reasons, problems)
  }

  /// Nothing is numbered yet: there is nothing to check.
  var isEmpty: Bool { chapters.allSatisfy { $0.requirements.isEmpty } }

  /// What is wrong, in the order of the chapters.
  var problems: [String] {
    if isEmpty { return [] }
    var problems: [String] = []
    var places: [RequirementNumber: String] = [:]
    for chapter in chapters {
      for one in chapter.requirements {
        if let other = places.updateValue(one.place, forKey: one.number) {
          problems.append("\(one.place): \(one.number) is used twice, also in \(other)")
        }
        if cases[one.number] == nil, unchecked[one.number] == nil {
          problems.append("\(one.place): \(one.number) has neither a case nor a reason")
        }
      }
      for (line, sentence) in chapter.unnumbered {
        problems.append("\(chapter.file):\(line): no number behind: \(Self.short(sentence))")
      }
    }
    return problems + caseProblems + uncheckedProblems
  }

  /// The text of `REQUIREMENTS.md`.
  var page: String {
    let all = chapters.flatMap(\.requirements).sorted { $0.number < $1.number }
    let checked = all.count { cases[$0.number] != nil }
    var lines = [
      "# Requirements",
      "",
      "Written by `kod-conformance coverage`; do not edit it. Every requirement of the",
      "specification with the cases that check it, or the reason why no case can.",
      "",
      "\(all.count) requirements: \(checked) checked by cases, \(all.count - checked) not.",
      "",
      "| requirement | says | checked by |",
      "|---|---|---|",
    ]
    for one in all {
      let names = cases[one.number].map { $0.map { "`\($0)`" }.joined(separator: ", ") }
      let reason = unchecked[one.number].map { "*no case:* \($0)" } ?? ""
      lines.append(
        "| [\(one.number)](\(one.place)) | \(Self.short(one.sentence)) | \(names ?? reason) |")
    }
    return lines.joined(separator: "\n") + "\n"
  }

  /// About 100 characters, cut between words.
  static func short(_ sentence: String) -> String {
    guard sentence.count > 100 else { return sentence }
    let cut = sentence.prefix(100)
    let end = cut.lastIndex(of: " ") ?? cut.endIndex
    var text = String(cut[..<end])
    // Half a piece of code would turn the rest of the line into code.
    if text.count(where: { $0 == "`" }) % 2 == 1 { text += "`" }
    return text + " …"
  }
}

extension Coverage {
  /// The real files.
  init(folder: CaseFolder) throws {
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
    let chapters = try names.filter { $0.hasSuffix(".md") && $0 != "REQUIREMENTS.md" }.map {
      (file: $0, text: try String(contentsOfFile: "\(folder.path)/\($0)", encoding: .utf8))
    }
    let unchecked = folder.path + "/conformance/unchecked.txt"
    self.init(
      chapters: chapters, cases: folder.cases,
      unchecked: FileManager.default.fileExists(atPath: unchecked)
        ? try String(contentsOfFile: unchecked, encoding: .utf8) : "")
  }

  /// What is wrong with the files of a folder, the page included.
  static func problems(in path: String) throws -> [String] {
    let coverage = try Coverage(folder: CaseFolder(path: path))
    if coverage.isEmpty { return [] }
    let page = try? String(contentsOfFile: path + "/REQUIREMENTS.md", encoding: .utf8)
    return coverage.problems
      + (page == coverage.page
        ? [] : ["REQUIREMENTS.md is out of date: run kod-conformance coverage"])
  }
}

extension Program {
  static func runCoverage(_ options: Options) throws -> ExitStatus {
    let folder = try CaseFolder(path: options.protocolFolder)
    let coverage = try Coverage(folder: folder)
    var problems = coverage.problems
    if options.checks {
      problems = try Coverage.problems(in: options.protocolFolder)
    } else {
      try write(coverage.page, options.protocolFolder + "/REQUIREMENTS.md")
    }
    for problem in problems { Output.write(problem) }
    let count = coverage.chapters.reduce(0) { $0 + $1.requirements.count }
    Output.write("\(count) requirements, \(problems.count) problems")
    return problems.isEmpty ? .passed : .failed
  }
}
