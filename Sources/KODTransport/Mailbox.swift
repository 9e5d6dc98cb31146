/// Messages from any thread to the one that owns `waker`, crossing in batches: the mutex is taken
/// once per batch, and arrays are swapped, not copied. In the steady state the same two or three
/// arrays circulate and nothing is allocated.
public final class Mailbox<Message: Sendable>: Sendable {
  @usableFromInline let waiting = Locked<[Message]>([])
  @usableFromInline let waker: Waker

  /// - Parameter waker: the reader's; several mailboxes may share one.
  public init(waker: Waker) { self.waker = waker }

  /// Posts one message and wakes the reader.
  @inlinable public func post(_ message: Message) {
    waiting.withLock { $0.append(message) }
    waker.wake()
  }

  /// Posts the batch, in order, and wakes the reader; `batch` is left empty with capacity for the
  /// next one.
  @inlinable public func post(contentsOf batch: inout [Message]) {
    if batch.isEmpty { return }
    waiting.withLock { waiting in
      if waiting.isEmpty { swap(&waiting, &batch) } else { waiting.append(contentsOf: batch) }
    }
    batch.removeAll(keepingCapacity: true)
    waker.wake()
  }

  /// The reader: takes everything, in order of arrival. What `batch` held before is dropped, its
  /// capacity is reused.
  @inlinable public func drain(into batch: inout [Message]) {
    batch.removeAll(keepingCapacity: true)
    waiting.withLock { swap(&$0, &batch) }
  }

  /// Whether nothing waits at this moment: the reader's look between `prepareToSleep` and the wait.
  @inlinable public var isEmpty: Bool { waiting.withLock { $0.isEmpty } }
}
