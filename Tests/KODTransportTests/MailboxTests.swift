import TestSupport
import Testing

@testable import KODTransport

@Suite struct MailboxTests {
  @Test func `A batch arrives in order and leaves the poster's array empty`() throws {
    let mailbox = Mailbox<Int>(waker: try Waker())
    #expect(mailbox.isEmpty)
    var batch = [1, 2, 3]
    mailbox.post(contentsOf: &batch)
    #expect(batch.isEmpty && !mailbox.isEmpty)
    batch = [4, 5]
    mailbox.post(contentsOf: &batch)
    mailbox.post(6)
    #expect(batch.isEmpty)
    var drained = [99]
    mailbox.drain(into: &drained)
    #expect(drained == [1, 2, 3, 4, 5, 6])
    mailbox.drain(into: &drained)
    #expect(drained.isEmpty && mailbox.isEmpty)
  }

  @Test func `Arrays circulate: the capacity comes back in place of new memory`() throws {
    let mailbox = Mailbox<Int>(waker: try Waker())
    var batch: [Int] = []
    var drained: [Int] = []
    batch.reserveCapacity(1000)
    drained.reserveCapacity(1000)
    for _ in 0..<3 {
      for number in 0..<1000 { batch.append(number) }
      mailbox.post(contentsOf: &batch)
      mailbox.drain(into: &drained)
    }
    var addresses = Set<UInt>()
    for _ in 0..<20 {
      for number in 0..<1000 { batch.append(number) }
      batch.withUnsafeBytes { _ = addresses.insert(UInt(bitPattern: $0.baseAddress)) }
      mailbox.post(contentsOf: &batch)
      mailbox.drain(into: &drained)
    }
    #expect(addresses.count <= 3)
  }

  @Test func `A wake costs a system call only while the owner sleeps`() throws {
    let waker = try Waker()
    let poller = try Poller()
    try poller.add(waker, token: 1)
    waker.wake()
    #expect(try poller.wait(timeoutMilliseconds: 0) == 0)
    waker.prepareToSleep()
    for _ in 0..<3 { waker.wake() }
    #expect(try poller.wait(timeoutMilliseconds: 0) == 1)
    waker.awake()
    waker.wake()
    // The eventfd was never read, and yet it is quiet: it is watched for edges.
    #expect(try poller.wait(timeoutMilliseconds: 0) == 0)
    waker.prepareToSleep()
    waker.wake()
    #expect(try poller.wait(timeoutMilliseconds: 0) == 1)
  }

  @Test func `A level-triggered poller is quiet after a drain`() throws {
    let waker = try Waker()
    let poller = try Poller()
    try poller.add(waker.descriptor, token: 1, interest: .read)
    waker.prepareToSleep()
    waker.wake()
    #expect(try poller.wait(timeoutMilliseconds: 0) == 1)
    #expect(try poller.wait(timeoutMilliseconds: 0) == 1)
    waker.drain()
    #expect(try poller.wait(timeoutMilliseconds: 0) == 0)
  }

  @Test func `No wake-up is lost between two threads that answer each other`() throws {
    // Each side sleeps for ever unless it is woken: a lost wake-up would end neither thread, so the
    // patience is long but finite, and using it up is the failure.
    let rounds = 20_000
    let left = try Side()
    let right = try Side()
    let thread = try OSThread.spawn(name: "right") {
      var received = 0
      while received < rounds, let messages = right.next() {
        received += messages.count
        for message in messages { left.mailbox.post(message + 1) }
      }
    }
    right.mailbox.post(0)
    var sum = 0
    var expected = 1
    while expected < 2 * rounds, let messages = left.next() {
      for message in messages {
        #expect(message == expected)
        sum += 1
        expected += 2
        if expected < 2 * rounds { right.mailbox.post(message + 1) }
      }
    }
    thread.join()
    #expect(sum == rounds)
  }

  @Test func `No message is lost or reordered when several threads post batches`() throws {
    let (posters, each) = (4, 50_000)
    let reader = try Side()
    var threads: [OSThread] = []
    for poster in 0..<posters {
      threads.append(
        try OSThread.spawn(name: "poster \(poster)") {
          var random = SeededNumbers(state: UInt64(poster))
          var batch: [Int] = []
          for number in 0..<each {
            batch.append(number * posters + poster)
            if Int.random(in: 0..<8, using: &random) == 0 || number == each - 1 {
              reader.mailbox.post(contentsOf: &batch)
            }
          }
        })
    }
    var next = [Int](repeating: 0, count: posters)
    var received = 0
    while received < posters * each, let messages = reader.next() {
      for message in messages {
        let poster = message % posters
        if message / posters != next[poster] {
          Issue.record("poster \(poster): \(message / posters) in place of \(next[poster])")
        }
        next[poster] += 1
      }
      received += messages.count
    }
    for thread in threads { thread.join() }
    #expect(received == posters * each)
  }

  /// One thread's mailbox and the loop that waits for it. `@unchecked`: only `mailbox` is used by
  /// other threads; the poller and the array belong to the one that calls `next`.
  private final class Side: @unchecked Sendable {
    let mailbox: Mailbox<Int>
    private let waker: Waker
    private let poller: Poller
    private var messages: [Int] = []

    init() throws {
      waker = try Waker()
      mailbox = Mailbox(waker: waker)
      poller = try Poller()
      try poller.add(waker, token: 0)
    }

    /// The next batch; nil when nothing came for 20 seconds.
    func next() -> [Int]? {
      while true {
        mailbox.drain(into: &messages)
        if !messages.isEmpty { return messages }
        waker.prepareToSleep()
        let events = mailbox.isEmpty ? try? poller.wait(timeoutMilliseconds: 20_000) : -1
        waker.awake()
        if events == 0, mailbox.isEmpty { return nil }
      }
    }
  }
}
