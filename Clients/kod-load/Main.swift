import Foundation
import KODTransport

@main
struct Main {
  static func main() async {
    ProcessSettings.openStandardStreams()
    ProcessSettings.ignoreSIGPIPE()
    let arguments = Array(CommandLine.arguments.dropFirst())
    do throws(UsageError) {
      switch try Options.parse(arguments) {
      case .help:
        print(HelpText.text, terminator: "")
        exit(0)
      case .run(let options):
        exit(try await run(options, arguments: arguments))
      }
    } catch {
      let text = "kod-load: \(error.message)\nkod-load --help lists what there is\n"
      FileHandle.standardError.write(Data(text.utf8))
      exit(2)
    }
  }

  private static func run(
    _ options: Options, arguments: [String]
  ) async throws(UsageError) -> Int32 {
    switch options.scenario {
    case .race, .fanout, .idle:
      return try LoadRun.run(options, arguments: arguments).publish(options)
    case .verify:
      return try await VerifyRun.run(options, arguments: arguments).publish(options)
    case .roster:
      let lines = Roster.lines(assisters: options.assisters, partners: options.partners)
      print(lines.joined(separator: "\n"))
      return 0
    }
  }
}
