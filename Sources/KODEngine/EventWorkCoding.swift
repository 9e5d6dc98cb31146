// The bytes of the events of work and of the desk: kinds 21 to 31.

extension Event {
  func encodeWork(to encoder: inout ByteEncoder) {
    switch self {
    case .attemptLogged(let id, let result, let counts, let at):
      encoder.instant(at)
      encoder.id(id)
      encoder.byte(result.rawValue)
      encoder.flag(counts)
    case .released(let id, let reason, let at):
      encoder.instant(at)
      encoder.id(id)
      encoder.string(reason)
    case .takenBack(let id, let principal, let reason, let at),
      .gaveUp(let id, let principal, let reason, let at):
      encoder.instant(at)
      encoder.id(id)
      encoder.id(principal)
      encoder.string(reason)
    case .reclaimed(let id, let at):
      encoder.instant(at)
      encoder.id(id)
    case .rerun(let id, let principal, let reason, let toMass, let at):
      encoder.instant(at)
      encoder.id(id)
      encoder.id(principal)
      encoder.string(reason)
      encoder.flag(toMass)
    case .assigned(let id, let assister, let principal, let reason, let at):
      encoder.instant(at)
      encoder.id(id)
      encoder.id(assister)
      encoder.id(principal)
      encoder.string(reason)
    case .noteSaved(let assister, let id, let text, let at):
      encoder.instant(at)
      encoder.id(assister)
      encoder.id(id)
      encoder.string(text)
    case .promiseMissed(let id), .callbackOverdue(let id): encoder.id(id)
    case .callbackReminded(let id, let number, let at):
      encoder.instant(at)
      encoder.id(id)
      encoder.byte(number)
    default: break
    }
  }

  init?(
    work kind: UInt64, _ bytes: RawSpan, _ decoder: inout ByteDecoder
  ) throws(EngineCodingError) {
    switch kind {
    case 29:
      self = .promiseMissed(try decoder.referral(bytes))
      return
    case 30:
      self = .callbackOverdue(try decoder.referral(bytes))
      return
    default: break
    }
    let at = try decoder.instant(bytes)
    if kind == 28 {
      self = .noteSaved(
        try decoder.principal(bytes), try decoder.referral(bytes), try decoder.string(bytes),
        at: at)
      return
    }
    let id = try decoder.referral(bytes)
    switch kind {
    case 21:
      self = .attemptLogged(id, try decoder.raw(bytes), counts: try decoder.flag(bytes), at: at)
    case 22: self = .released(id, reason: try decoder.string(bytes), at: at)
    case 23:
      self = .takenBack(
        id, by: try decoder.principal(bytes), reason: try decoder.string(bytes), at: at)
    case 24: self = .reclaimed(id, at: at)
    case 25:
      self = .rerun(
        id, by: try decoder.principal(bytes), reason: try decoder.string(bytes),
        toMass: try decoder.flag(bytes), at: at)
    case 26:
      self = .assigned(
        id, to: try decoder.principal(bytes), by: try decoder.principal(bytes),
        reason: try decoder.string(bytes), at: at)
    case 27:
      self = .gaveUp(
        id, by: try decoder.principal(bytes), reason: try decoder.string(bytes), at: at)
    case 31: self = .callbackReminded(id, number: try decoder.reminderNumber(bytes), at: at)
    default: return nil
    }
  }
}
