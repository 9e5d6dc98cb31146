import Glibc
import KODEngine

/// How the engine's costs grow with the number of assisters and with history. Prints tables;
/// `--quick` makes fewer repetitions and a tenth of the history.
@main
struct Main {
  static func main() {
    let isQuick = CommandLine.arguments.dropFirst().contains("--quick")
    print(Machine.line)
    // First, while the process's memory is its own and nobody else's leftovers.
    history(isQuick ? 100_000 : 1_000_000)
    let sizes = [1_000, 10_000, 100_000]
    print("\nnanoseconds, by number of assisters:")
    print(row("", sizes.map(String.init)))
    var rows: [(name: String, cells: [String])] = []
    for size in sizes {
      let cells =
        routing(size, isQuick) + mass(size, isQuick) + arrivals(size, isQuick)
        + cycle(size, isQuick) + policyChange(size)
      if rows.isEmpty { rows = cells.map { ($0.name, []) } }
      for index in cells.indices { rows[index].cells.append(cells[index].value) }
    }
    for (name, cells) in rows { print(row(name, cells)) }
  }

  typealias Cell = (name: String, value: String)

  /// A referral submitted and offered to the first candidate; one referral at a time is open.
  private static func routing(_ size: Int, _ isQuick: Bool) -> [Cell] {
    var bench = Bench(assisters: size)
    let count = isQuick ? 2_000 : 20_000
    let fresh = routed(&bench, count)
    for _ in 0..<(isQuick ? 0 : size) { _ = routed(&bench, 1) }
    let inTurn = routed(&bench, count)
    // A mass opening now and then changes the number of Offers today of many.
    bench.perform(.setPolicy(.oneShot))
    var mixed: [Int64] = []
    for _ in 0..<20 {
      openMass(&bench)
      bench.perform(.setPolicy(.phase15))
      mixed += routed(&bench, count / 20)
      bench.perform(.setPolicy(.oneShot))
    }
    return [
      ("routing, nobody had an Offer, p50", "\(fresh.percentile(50))"),
      ("routing, nobody had an Offer, p99", "\(fresh.percentile(99))"),
      ("routing in turn, p50", "\(inTurn.percentile(50))"),
      ("routing in turn, p99", "\(inTurn.percentile(99))"),
      ("routing between mass openings, p50", "\(mixed.percentile(50))"),
      ("routing between mass openings, p99", "\(mixed.percentile(99))"),
    ]
  }

  private static func routed(_ bench: inout Bench, _ count: Int) -> [Int64] {
    var spans: [Int64] = []
    for _ in 0..<count {
      bench.pass(500)
      let submission = bench.population.submission()
      let start = Machine.nanoseconds()
      bench.perform(.submit(bench.partner, submission))
      spans.append(Machine.nanoseconds() - start)
      if let (offer, assister) = bench.generalOffer {
        bench.perform(.accept(assister, offer))
        let referral = bench.engine.offer(offer)!.referral
        bench.perform(.close(assister, referral, .bothDone))
      }
    }
    return spans
  }

  /// Under `oneShot`: one general Offer, rejected, then everybody; taken by the first.
  @discardableResult
  private static func openMass(_ bench: inout Bench) -> (span: Int64, recipients: Int, bytes: Int) {
    bench.pass(1000)
    bench.perform(.submit(bench.partner, bench.population.submission(language: "en")))
    guard let (offer, assister) = bench.generalOffer else { return (0, 0, 0) }
    let start = Machine.processorNanoseconds()
    bench.perform(.reject(assister, offer, reason: ""))
    let span = Machine.processorNanoseconds() - start
    let result = (span, bench.massRecipients, bench.logBytes)
    let referral = bench.engine.offer(offer)!.referral
    bench.perform(.cancel(bench.partner, referral))
    return result
  }

  private static func mass(_ size: Int, _ isQuick: Bool) -> [Cell] {
    var bench = Bench(assisters: size, policy: .oneShot)
    var spans: Int64 = 0
    var recipients = 0
    var bytes = 0
    let openings = isQuick ? 20 : 100
    for _ in 0..<openings {
      let opening = openMass(&bench)
      spans += opening.span
      recipients += opening.recipients
      bytes += opening.bytes
    }
    return [
      ("recipients of a mass opening", "\(recipients / openings)"),
      ("mass opening, per recipient", "\(spans / Int64(max(recipients, 1)))"),
      ("log bytes per recipient, x 100", "\(bytes * 100 / max(recipients, 1))"),
    ]
  }

  /// Everybody comes in while 1,000 referrals wait: such that nobody serves; then such that each who
  /// comes accepts the first Offer there is.
  private static func arrivals(_ size: Int, _ isQuick: Bool) -> [Cell] {
    let nobody = arrival(Bench(assisters: size), language: "qaa")
    let taken = arrival(Bench(assisters: size), language: nil)
    return [
      ("arrival, 1,000 wait whom nobody serves", "\(nobody.span)"),
      ("arrival, 1,000 wait and are taken", "\(taken.span)"),
      ("  of them Offers made, per arrival x 100", "\(taken.offers)"),
    ]
  }

  private static func arrival(
    _ start: consuming Bench, language: String?
  ) -> (span: Int64, offers: Int) {
    var bench = start
    for number in 1...UInt32(bench.assisters) {
      bench.perform(.setAvailability(PrincipalID(number), .off))
    }
    for _ in 0..<1000 {
      bench.pass(1000)
      bench.perform(.submit(bench.partner, bench.population.submission(language: language)))
    }
    let offers = bench.engine.counts.offers
    let began = Machine.processorNanoseconds()
    for number in 1...UInt32(bench.assisters) {
      bench.pass(10)
      bench.perform(.setAvailability(PrincipalID(number), .on))
      if let offer = bench.engine.openOffers(of: PrincipalID(number)).first {
        bench.perform(.accept(PrincipalID(number), offer))
      }
    }
    let span = (Machine.processorNanoseconds() - began) / Int64(bench.assisters)
    return (span, (bench.engine.counts.offers - offers) * 100 / bench.assisters)
  }

  private static func cycle(_ size: Int, _ isQuick: Bool) -> [Cell] {
    var bench = Bench(assisters: size)
    let count = isQuick ? 5_000 : 50_000
    let submissions = (0..<count).map { _ in bench.population.submission() }
    var commands = 0
    let start = Machine.processorNanoseconds()
    for submission in submissions {
      bench.pass(100)
      bench.perform(.submit(bench.partner, submission))
      commands += 1
      guard let (offer, assister) = bench.generalOffer else { continue }
      bench.perform(.accept(assister, offer))
      let referral = ReferralID(UInt64(bench.engine.counts.referrals))
      bench.perform(.close(assister, referral, .bothDone))
      commands += 2
    }
    let span = Machine.processorNanoseconds() - start
    return [
      ("submit, accept, close: commands/s", "\(Int64(commands) * 1_000_000_000 / span)")
    ]
  }

  private static func policyChange(_ size: Int) -> [Cell] {
    var bench = Bench(assisters: size)
    let start = Machine.processorNanoseconds()
    bench.perform(.setPolicy(.serial))
    return [("change of policy", "\(Machine.processorNanoseconds() - start)")]
  }

  /// Referrals that came and went: four in five accepted at once, the others by the second asked.
  private static func history(_ count: Int) {
    let before = Machine.residentBytes()
    var bench = Bench(assisters: 100_000, seed: 2)
    let registered = Machine.residentBytes()
    let start = Machine.processorNanoseconds()
    for number in 0..<count {
      bench.pass(2_000_000)
      bench.perform(.submit(bench.partner, bench.population.submission()))
      let referral = ReferralID(UInt64(number + 1))
      if number % 5 == 0, let (offer, assister) = bench.generalOffer {
        bench.perform(.reject(assister, offer, reason: ""))
      }
      guard let (offer, assister) = bench.generalOffer else { continue }
      bench.perform(.accept(assister, offer))
      bench.perform(.close(assister, referral, .bothDone))
    }
    let built = Machine.processorNanoseconds() - start
    let resident = Machine.residentBytes()
    let offers = bench.engine.counts.offers
    print("\n100,000 assisters and \(count) referrals of history with \(offers) Offers:")
    print(row("built in, ms", ["\(built / 1_000_000)"]))
    print(row("resident, assisters alone, MB", ["\((registered - before) >> 20)"]))
    print(row("resident, history, MB", ["\((resident - registered) >> 20)"]))
    print(row("  the same, bytes per referral", ["\((resident - registered) / count)"]))
    let encoding = Machine.processorNanoseconds()
    let state = bench.engine.encodeState()
    let decoding = Machine.processorNanoseconds()
    print(row("encode the state, ms", ["\((decoding - encoding) / 1_000_000)"]))
    print(row("size of the state, MB", ["\(state.count >> 20)"]))
    let decoded = try? Engine(decodingState: state.span.bytes)
    let end = Machine.processorNanoseconds()
    print(row("decode the state, ms", ["\((end - decoding) / 1_000_000)"]))
    print(
      row("counts after decoding", [decoded?.counts == bench.engine.counts ? "equal" : "DIFFER"]))
  }

  private static func row(_ name: String, _ cells: [String]) -> String {
    let padded = name + String(repeating: " ", count: max(0, 40 - name.count))
    return cells.reduce(padded) { line, cell in
      line + String(repeating: " ", count: max(1, 12 - cell.count)) + cell
    }
  }
}

extension [Int64] {
  func percentile(_ percent: Int) -> Int64 {
    isEmpty ? 0 : sorted()[Swift.min(count - 1, count * percent / 100)]
  }
}

/// What the program reads of the machine it runs on.
enum Machine {
  /// Cheap to read: for single commands.
  static func nanoseconds() -> Int64 { read(CLOCK_MONOTONIC) }

  /// Of this process alone, whatever else the machine does: for longer work.
  static func processorNanoseconds() -> Int64 { read(CLOCK_PROCESS_CPUTIME_ID) }

  private static func read(_ clock: clockid_t) -> Int64 {
    var time = timespec()
    clock_gettime(clock, &time)
    return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
  }

  /// The processor's name and the number of cores that are up.
  static var line: String {
    let name = value(after: "model name", in: "/proc/cpuinfo") ?? "unknown processor"
    return "\(name), \(sysconf(Int32(_SC_NPROCESSORS_ONLN))) cores"
  }

  static func residentBytes() -> Int {
    let kilobytes = value(after: "VmRSS", in: "/proc/self/status")?.prefix { $0.isNumber }
    return (kilobytes.flatMap { Int($0) } ?? 0) * 1024
  }

  /// What follows the colon in the first line that begins with `key`.
  private static func value(after key: String, in path: String) -> String? {
    guard let file = fopen(path, "r") else { return nil }
    defer { fclose(file) }
    var buffer = [UInt8](repeating: 0, count: 4096)
    let count = fread(&buffer, 1, buffer.count, file)
    let text = String(decoding: buffer[..<count], as: UTF8.self)
    let line = text.split(separator: "\n").first { $0.hasPrefix(key) }
    guard let line, let colon = line.firstIndex(of: ":") else { return nil }
    return String(line[line.index(after: colon)...].drop { $0 == " " || $0 == "\t" })
  }
}
