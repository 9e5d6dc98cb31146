/// The command line, or the configuration it names, makes no sense: exit status 2, nothing was sent.
struct UsageError: Error, Equatable {
  var message: String
  /// The command whose help would tell more.
  var command: String?

  init(_ message: String, command: String? = nil) {
    self.message = message
    self.command = command
  }
}
