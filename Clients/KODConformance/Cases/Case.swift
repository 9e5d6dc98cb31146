import KODJSON

/// Who is tested.
enum Side: String, Sendable, CaseIterable {
  case server, client
}

/// One case, expanded: what it checks and the steps that check it.
struct Case: Sendable {
  /// `hello.token/nonsense`.
  var name: String
  var title: String
  var requirements: [String]
  /// `server/hello.json`, for messages and reports.
  var file: String
  var side: Side
  var isSlow: Bool
  /// Of its `each`.
  var variables: Variables
  var steps: [JSON]
  /// Principals of assisters whose registration, availability or pushes it depends on: no other case
  /// may do the same meanwhile.
  var assisters: Set<String> = []
  /// It changes the policy, for everybody: nothing else runs meanwhile.
  var isAlone = false
  /// It takes PINGs with a step of its own, so that they are not answered before.
  var expectsPings = false
}

/// Something is wrong with a file of cases, macros or vectors: which file, which case, what.
struct CaseError: Error, Equatable, CustomStringConvertible {
  var file: String
  var name: String?
  var message: String

  var description: String { "\(file): " + (name.map { "\($0): " } ?? "") + message }
}

/// Steps that several cases use, by name.
typealias Macros = [String: [JSON]]
