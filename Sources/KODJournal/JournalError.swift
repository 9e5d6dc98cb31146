internal import Glibc

/// What the journal refuses, and where. Every case names its file.
public enum JournalError: Error, Equatable, Sendable {
  /// Another process (or another journal of this one) holds the directory.
  case locked(file: String)
  /// The operating system refused an operation.
  case io(IOFailure)
  /// What is on disk is not what was written, and starting would lose or change something. Nothing
  /// was touched. `sequence` is the record that was expected at `offset` of `file`.
  case damaged(file: String, offset: UInt64, sequence: UInt64, Damage)
  /// A file of a format this build does not know.
  case unsupportedVersion(file: String, version: UInt32)
  /// A payload larger than a segment has room for; it was not staged.
  case recordTooLarge(bytes: Int, maximumBytes: Int)
  /// The caller's replay closure refused a snapshot or a record that the journal found sound.
  case replayRefused(file: String, offset: UInt64, sequence: UInt64, reason: String)
  /// A configuration outside its limits.
  case invalidConfiguration(String)
}

/// One refused operation of the operating system.
public struct IOFailure: Error, Equatable, Sendable {
  /// The operation, by the name of its system call.
  public enum Operation: String, Sendable {
    case open, create = "open(O_CREAT)", close, read = "pread", write = "pwrite"
    case synchronize = "fdatasync", reserve = "fallocate", size = "fstat"
    case rename = "renameat2", remove = "unlinkat", list = "getdents", lock = "flock"
    case createDirectory = "mkdirat", synchronizeDirectory = "fsync"
  }

  public var operation: Operation
  /// Relative to the data directory.
  public var file: String
  /// The value of `errno`.
  public var code: Int32

  public init(_ operation: Operation, _ file: String, code: Int32) {
    self.operation = operation
    self.file = file
    self.code = code
  }
}

/// In which way bytes on disk contradict themselves or one another.
public enum Damage: String, Equatable, Sendable {
  case headerChecksum = "the record's header is unreadable"
  case payloadChecksum = "the payload does not match its checksum"
  case length = "the record runs past the end of its segment"
  case sequence = "a record of another sequence number stands here"
  case epoch = "the record's epoch does not follow the one before"
  case chain = "the record does not follow the one before it"
  case kind = "the record is of a kind this build does not know"
  case missingRecord = "the log ends before a record known to be durable"
  case segmentHeader = "the segment's header is unreadable"
  case segmentOrder = "the segment does not follow the one before it"
  case missingSegment = "a segment of the log is missing"
  case truncatedFile = "the file is shorter than it says"
  case foreignIdentity = "the file belongs to another data directory"
  case snapshotHeader = "the snapshot's header is unreadable"
  case snapshotState = "the snapshot's state does not match its checksum"
}

extension JournalError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .locked(let file):
      "\(file): the data directory is in use by another process"
    case .io(let failure):
      failure.description
    case .damaged(let file, let offset, let sequence, let damage):
      "\(file): damaged at offset \(offset), sequence \(sequence): \(damage.rawValue)"
    case .unsupportedVersion(let file, let version):
      "\(file): format version \(version) is unknown to this build"
    case .recordTooLarge(let bytes, let maximumBytes):
      "a record of \(bytes) bytes exceeds the maximum of \(maximumBytes)"
    case .replayRefused(let file, let offset, let sequence, let reason):
      "\(file): sequence \(sequence) at offset \(offset) was refused on replay: \(reason)"
    case .invalidConfiguration(let reason):
      "invalid journal configuration: \(reason)"
    }
  }
}

extension IOFailure: CustomStringConvertible {
  public var description: String {
    "\(file.isEmpty ? "data directory" : file): \(operation.rawValue) failed: "
      + "\(String(cString: strerror(code))) (errno \(code))"
  }
}
