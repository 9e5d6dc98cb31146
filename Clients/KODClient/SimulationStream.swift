public import KODWire

/// A simulation while it runs: `progress` now and then, `report` at the end.
///
/// It does not outlive its session: a lost connection ends it with UNAVAILABLE, and asking again is harmless.
public struct SimulationStream: AsyncSequence, Sendable {
  public typealias Element = SimulationItem.Item
  public typealias Failure = ClientError

  let stream: CallStream

  /// Reads the items one by one.
  public struct AsyncIterator: AsyncIteratorProtocol {
    let stream: CallStream

    /// The next item; nil at the end, or when the task is cancelled.
    public mutating func next() async throws(ClientError) -> SimulationItem.Item? {
      try await stream.nextOfSimulation()
    }

    /// The next item; nil at the end, or when the task is cancelled.
    public mutating func next(
      isolation actor: isolated (any Actor)?
    ) async throws(ClientError) -> SimulationItem.Item? {
      try await stream.nextOfSimulation()
    }
  }

  public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(stream: stream) }
}

extension CallStream {
  func nextOfSimulation() async throws(ClientError) -> SimulationItem.Item? {
    while let event = await buffer.next() {
      switch event {
      case .item(let payload):
        let item: SimulationItem
        do {
          item = try SimulationItem(decoding: payload)
        } catch {
          throw .violation("an item of the simulation does not decode: \(error)")
        }
        if let item = item.item { return item }
      case .ended(let error?): throw error
      case .ended(nil), .began, .connected, .disconnected: break
      }
    }
    return nil
  }
}
