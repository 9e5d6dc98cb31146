internal import KODJournal
internal import KODTransport

/// Threads that do for the writer what would stop it: the newest of each kind.
struct Jobs {
  /// After a segment could not be made: on a full disk every try fails at once.
  private static let preparationRetryMilliseconds: Int64 = 5000

  private var threads: [String: OSThread] = [:]
  /// Monotonic milliseconds before which no segment is prepared.
  private var preparesFrom: Int64 = .min

  mutating func start(_ name: String, _ job: @escaping @Sendable () -> Void) throws {
    threads[name] = try OSThread.spawn(name: name, job)
  }

  mutating func putOffPreparation(at tick: Tick) {
    preparesFrom = tick.milliseconds + Self.preparationRetryMilliseconds
  }

  func mayPrepare(at tick: Tick) -> Bool { tick.milliseconds >= preparesFrom }

  func join() {
    for thread in threads.values { thread.join() }
  }
}

// Housekeeping.

extension CommitLoop {
  /// A snapshot (the state is copied here, in memory), the next segment.
  func startJobs() {
    guard !isStopping else { return }
    let mailbox = mailbox
    if let job = state.beginSnapshotIfNeeded() {
      start("snapshot") { mailbox.post(.snapshotFinished(job.run())) }
    }
    if jobs.mayPrepare(at: tick), let job = state.beginPreparationIfNeeded() {
      start("segment") { mailbox.post(.segmentPrepared(job.run())) }
    }
  }

  private func start(_ name: String, _ job: @escaping @Sendable () -> Void) {
    do {
      try jobs.start(name, job)
    } catch {
      // Here, then: a job that never reports back would never be begun again.
      log.warning("job-without-thread", ["job": name, "cause": "\(error)"])
      job()
    }
  }

  /// A job's second half. The log is whole without it: what failed is tried again later.
  func finish(_ job: String, _ body: () throws(JournalError) -> Void) {
    do {
      try body()
      log.info("job-finished", ["job": job])
    } catch {
      log.warning("job-failed", ["job": job, "cause": "\(error)"])
    }
  }
}
