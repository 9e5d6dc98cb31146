import Dispatch
import Foundation

/// Signals as a stream of their numbers, delivered outside of any handler.
/// Lasts as long as the object: whoever reads the stream elsewhere holds on to both.
final class Signals {
  let received: AsyncStream<Int32>
  private let sources: [any DispatchSourceSignal]

  /// From now on these signals do nothing but appear in the stream.
  init(_ numbers: [Int32]) {
    let (stream, continuation) = AsyncStream<Int32>.makeStream()
    received = stream
    let queue = DispatchQueue(label: "kod.signals")
    sources = numbers.map { number in
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
      source.setEventHandler { continuation.yield(number) }
      source.resume()
      return source
    }
  }

  deinit {
    for source in sources { source.cancel() }
  }
}
