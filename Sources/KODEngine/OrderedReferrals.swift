/// Referrals in ascending order, made for very many: they lie in chunks, so that neither inserting
/// nor removing moves more than one chunk.
struct OrderedReferrals: Equatable {
  /// Of a chunk; a full one is cut in two.
  private static let most = 1024
  /// None is empty.
  private var chunks: [[UInt32]] = []
  private(set) var count = 0

  mutating func insert(_ index: Int) {
    let value = UInt32(index)
    guard let last = chunks.last?.last else {
      chunks.append([value])
      count += 1
      return
    }
    if last < value {
      append(value)
      count += 1
      return
    }
    let chunk = chunk(of: value)
    let position = chunks[chunk].position(of: value)
    guard chunks[chunk][position] != value else { return }
    chunks[chunk].insert(value, at: position)
    count += 1
    guard chunks[chunk].count > Self.most else { return }
    let upper = Array(chunks[chunk][(Self.most / 2)...])
    chunks[chunk].removeSubrange((Self.most / 2)...)
    chunks.insert(upper, at: chunk + 1)
  }

  private mutating func append(_ value: UInt32) {
    if chunks[chunks.count - 1].count < Self.most {
      chunks[chunks.count - 1].append(value)
    } else {
      chunks.append([value])
    }
  }

  mutating func remove(_ index: Int) {
    let value = UInt32(index)
    let chunk = chunk(of: value)
    guard chunk < chunks.count else { return }
    let position = chunks[chunk].position(of: value)
    guard chunks[chunk][position] == value else { return }
    chunks[chunk].remove(at: position)
    if chunks[chunk].isEmpty { chunks.remove(at: chunk) }
    count -= 1
  }

  /// Up to `limit` of those behind `index`, or of all.
  func page(after index: Int?, limit: Int) -> [Int] {
    var page: [Int] = []
    let first = index.map { UInt32($0 + 1) } ?? 0
    for chunk in chunk(of: first)..<max(chunks.count, chunk(of: first)) {
      for value in chunks[chunk][chunks[chunk].position(of: first)...] {
        guard page.count < limit else { return page }
        page.append(Int(value))
      }
    }
    return page
  }

  /// The first chunk whose last member is not less; `chunks.count`: none.
  private func chunk(of value: UInt32) -> Int {
    var low = 0
    var high = chunks.count
    while low < high {
      let middle = (low + high) / 2
      if chunks[middle][chunks[middle].count - 1] < value {
        low = middle + 1
      } else {
        high = middle
      }
    }
    return low
  }
}

extension [UInt32] {
  /// Of the first member of an ascending array that is not less.
  fileprivate func position(of value: UInt32) -> Int {
    var low = 0
    var high = count
    while low < high {
      let middle = (low + high) / 2
      if self[middle] < value { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
