import Foundation
import Synchronization

/// ^C ends a run early and in order: general offers of the set-up are withdrawn. A second ^C ends
/// it at once.
enum Interruption {
  private static let flag = Atomic<Bool>(false)

  static var isRaised: Bool { flag.load(ordering: .relaxed) }

  static func listen() {
    // Touched here, so that the handler never has to initialise it.
    flag.store(false, ordering: .relaxed)
    signal(SIGINT) { _ in
      Interruption.flag.store(true, ordering: .relaxed)
      signal(SIGINT, SIG_DFL)
    }
  }
}
