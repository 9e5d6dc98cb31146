internal import KODServer
internal import KODTransport

/// `kod-server`: runs the server, and works on a data directory that no server is using.
@main
struct Main {
  static func main() {
    // First of all: a log line must never land in a file of the data directory, and a reader of the log that goes
    // away must not take the server along.
    ProcessSettings.openStandardStreams()
    ProcessSettings.ignoreSIGPIPE()
    let words = Array(CommandLine.arguments.dropFirst())
    do {
      switch words.first {
      case "run": try RunCommand(Array(words.dropFirst())).run()
      case "principal": try PrincipalCommand(Array(words.dropFirst())).run()
      case "--version": print(ServerVersion.text)
      case "help", "--help", "-h": print(Help.overview, terminator: "")
      case nil: throw UsageError("a command is missing")
      case .some(let word): throw UsageError("unknown command '\(word)'")
      }
    } catch let error as UsageError {
      Standard.error("kod-server: \(error.description)\nTry 'kod-server --help'.")
      ExitStatus.usage.exit()
    } catch {
      Standard.error("kod-server: \(error)")
      ExitStatus.failed.exit()
    }
  }
}
