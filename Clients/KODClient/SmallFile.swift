internal import Glibc

/// Reads the few small files a client is configured with.
enum SmallFile {
  /// - Throws: `INVALID_ARGUMENT`, naming the file and the system's reason.
  static func read(_ path: String, maximumBytes: Int) throws(ClientError) -> [UInt8] {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw failure(path, errno) }
    defer { close(descriptor) }
    // One byte more than allowed tells a file that is too long from one that just fits.
    var bytes = [UInt8](repeating: 0, count: maximumBytes + 1)
    var count = 0
    while count < bytes.count {
      let got = bytes.withUnsafeMutableBytes {
        Glibc.read(descriptor, $0.baseAddress! + count, $0.count - count)
      }
      if got < 0 {
        if errno == EINTR { continue }
        throw failure(path, errno)
      }
      if got == 0 { break }
      count += got
    }
    guard count <= maximumBytes else {
      throw .invalid("\(path): longer than \(maximumBytes) bytes")
    }
    return Array(bytes.prefix(count))
  }

  private static func failure(_ path: String, _ code: Int32) -> ClientError {
    .invalid("\(path): \(String(cString: strerror(code)))")
  }
}
