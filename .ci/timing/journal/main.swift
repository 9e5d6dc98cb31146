// How fast the journal stages and syncs, beside `wal_limit` of the shared limits. Run by `./run
// DIR`.
import Glibc
import KODJournal

func nanoseconds() -> UInt64 {
  var time = timespec()
  clock_gettime(CLOCK_MONOTONIC, &time)
  return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
}

func percentile(_ sorted: [UInt64], _ part: Double) -> Double {
  Double(sorted[min(sorted.count - 1, Int(Double(sorted.count) * part))]) / 1000
}

func run(in directory: String) throws {
  let seconds = 2.0
  let payload = [UInt8](repeating: 7, count: 128)

  var started = nanoseconds()
  let storage = try FileStorage(path: "\(directory)/data", creating: true)
  let configuration = JournalConfiguration(newIdentity: 1)
  var journal = try Journal.open(storage, configuration) { _, _ in }
  print("first opening \((nanoseconds() - started) / 1000) us")

  do {
    let count = 20_000
    let rounds = 20
    var spent: UInt64 = 0
    for _ in 0..<rounds {
      let begin = nanoseconds()
      for _ in 0..<count { _ = try journal.stage(payload.span.bytes) }
      spent += nanoseconds() - begin
      try journal.sync()
    }
    print("stage \(Double(spent) / Double(count * rounds)) ns per record of 128 bytes")
  }

  print("batch\trecords/s\tp50us\tp99us\tmaxus")
  for batch in [1, 16, 256] {
    var latencies: [UInt64] = []
    let begin = nanoseconds()
    var now = begin
    while Double(now - begin) < seconds * 1e9 {
      for _ in 0..<batch { _ = try journal.stage(payload.span.bytes) }
      let staged = nanoseconds()
      try journal.sync()
      now = nanoseconds()
      latencies.append(now - staged)
      // The server runs these on another thread; here their time is not counted.
      if journal.needsPreparation {
        try journal.finishPreparation(journal.beginPreparation().run())
      }
    }
    let busy = latencies.reduce(0, +)
    latencies.sort()
    let rate = Double(latencies.count * batch) / (Double(busy) / 1e9)
    print(
      "\(batch)\t\(Int(rate))\t\(percentile(latencies, 0.5))\t\(percentile(latencies, 0.99))\t"
        + "\(percentile(latencies, 1))")
  }
  let records = journal.durableSequence
  let bytes = journal.bytesSinceSnapshot
  try journal.close()

  started = nanoseconds()
  var count = 0
  let again = try Journal.open(storage, configuration) { _, _ in count += 1 }
  let spent = Double(nanoseconds() - started) / 1e9
  print(
    "recovery \(count) records, \(bytes >> 20) MiB in \(spent) s; epoch \(again.epoch), \(records)")
  try again.close()
}

try run(in: CommandLine.arguments[1])
