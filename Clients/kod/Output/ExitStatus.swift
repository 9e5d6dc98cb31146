/// How the program ends (see `kod help exit-status`).
enum ExitStatus: Int32, Sendable {
  case done = 0
  case failed = 1
  case usage = 2
  case unreachable = 69
  case notPermitted = 77
}
