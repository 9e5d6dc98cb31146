import KODJournal
import Testing

/// One run of a scenario, with one storage call of it failing.
struct FaultPlan: CustomStringConvertible {
  var call: Int
  var fault: SimulatedStorage.Fault
  var unsynced: SimulatedStorage.Unsynced

  func arm(_ storage: SimulatedStorage) { storage.fail(at: call, fault) }

  func fired(in storage: SimulatedStorage) -> Bool { storage.calls >= call }

  /// The disk as the next start finds it: after a crash of the machine, or of the process.
  func restart(_ storage: SimulatedStorage) -> SimulatedStorage { storage.afterCrash(unsynced) }

  var description: String { "call \(call), \(fault), unsynced \(unsynced)" }
}

/// Runs `scenario` with a crash at its first storage call, its second, and so on until it needs no
/// more calls, each under every policy for unsynced data. The scenario returns the storage it ran
/// on.
func forEveryCall(
  _ fault: SimulatedStorage.Fault = .crash, policies: [SimulatedStorage.Unsynced],
  _ scenario: (FaultPlan) throws -> SimulatedStorage
) throws {
  for policy in policies {
    var call = 1
    while true {
      let plan = FaultPlan(call: call, fault: fault, unsynced: policy)
      let storage = try scenario(plan)
      if !plan.fired(in: storage) { break }
      call += 1
    }
    #expect(call > 10, "the scenario reached the disk")
  }
}

extension SimulatedStorage {
  /// The process ends without closing anything; the machine goes on.
  func restarted() -> SimulatedStorage { afterCrash(.kept) }
}
