import Foundation

@main
struct Main {
  static func main() async {
    let words = Array(CommandLine.arguments.dropFirst())
    exit(await Program.run(words, environment: ProcessInfo.processInfo.environment).rawValue)
  }
}

/// The whole program but its process: words in, exit status out.
enum Program {
  static func run(_ words: [String], environment: [String: String]) async -> ExitStatus {
    // Before the words are understood: also a mistyped command line answers in the form that was asked for.
    let output = Output(isJSON: words.contains("--json"), environment: environment)
    do {
      let invocation = try ArgumentParser.parse(words, commands: Command.descriptions)
      return try await run(invocation, output, environment)
    } catch let usage as UsageError {
      output.fail(Failure(usage))
      if !output.isJSON, usage.exit == .usage { hint(usage.command) }
      return usage.exit
    } catch let failure as Failure {
      output.fail(failure)
      return failure.exit
    } catch {
      output.fail(Failure(exit: .failed, message: "\(error)"))
      return .failed
    }
  }

  private static func run(
    _ invocation: Invocation, _ output: Output, _ environment: [String: String]
  ) async throws -> ExitStatus {
    if invocation.has("version") {
      output.say(Version.text)
      output.emit(["version": .string(Version.text)])
      return .done
    }
    guard let command = Command.named(invocation.command) else {
      let overview = HelpText.overview(Command.descriptions, topics: HelpTopic.all)
      if invocation.has("help") {
        Output.write(overview)
        return .done
      }
      Output.write(overview.map { $0 + "\n" }.joined(), to: STDERR_FILENO)
      return .usage
    }
    if invocation.has("help") {
      Output.write(HelpText.command(command.description))
      return .done
    }
    let context = Context(
      invocation: invocation, output: output, clock: .local, environment: environment)
    do {
      try await command.run(context)
    } catch var usage as UsageError {
      // Words and files are read by code that does not know for which command.
      usage.command = usage.command ?? invocation.command
      throw usage
    }
    return .done
  }

  private static func hint(_ command: String?) {
    let line = command.map { "Try: kod \($0) --help" } ?? "Try: kod --help"
    Output.write(line + "\n", to: STDERR_FILENO)
  }
}
