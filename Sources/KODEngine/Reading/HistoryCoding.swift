// The rows that are kept for nothing but reading later, as bytes of the state.

extension Engine {
  func encodeHistory(to encoder: inout ByteEncoder) {
    encoder.count(stages.count)
    for stage in stages {
      encoder.unsigned(UInt64(stage.referral))
      encoder.unsigned(UInt64(stage.offersBefore))
      encoder.byte(stage.waiting?.rawValue ?? 0)
      encoder.instant(stage.at)
    }
    encoder.count(deregistrations.count)
    for row in deregistrations {
      encoder.unsigned(UInt64(row.assister))
      encoder.unsigned(UInt64(row.offer))
      encoder.instant(row.at)
    }
  }

  /// Referrals and Offers were decoded before: every row refers to ones that are there.
  mutating func decodeHistory(
    _ bytes: RawSpan, _ decoder: inout ByteDecoder
  ) throws(EngineCodingError) {
    for _ in 0..<(try decoder.count(bytes)) {
      let referral = try decoder.index(bytes, of: referrals.count)
      let offersBefore = try decoder.unsigned(bytes, atMost: UInt64(offers.count))
      let stage = try decoder.byte(bytes)
      let waiting = WaitingCause(rawValue: stage)
      guard stage == 0 || waiting != nil else { throw decoder.error(.invalidValue) }
      stages.append(
        StageRow(
          referral: UInt32(referral), offersBefore: UInt32(offersBefore), waiting: waiting,
          at: try decoder.instant(bytes)))
      linkStage(stages.count - 1)
    }
    for _ in 0..<(try decoder.count(bytes)) {
      deregistrations.append(
        DeregistrationRow(
          assister: UInt32(try decoder.index(bytes, of: assisters.count)),
          offer: UInt32(try decoder.unsigned(bytes, atMost: UInt64(offers.count))),
          at: try decoder.instant(bytes)))
    }
  }
}
