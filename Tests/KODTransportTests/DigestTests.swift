import Testing

@testable import KODTransport

@Suite struct DigestTests {
  // FIPS 180-4, examples; and the empty message.
  @Test(arguments: [
    (
      "", 0xe3b0_c442_98fc_1c14_9afb_f4c8_996f_b924 as UInt128,
      0x27ae_41e4_649b_934c_a495_991b_7852_b855 as UInt128
    ),
    (
      "abc", 0xba78_16bf_8f01_cfea_4141_40de_5dae_2223, 0xb003_61a3_9617_7a9c_b410_ff61_f200_15ad
    ),
    (
      "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
      0x248d_6a61_d206_38b8_e5c0_2693_0c3e_6039, 0xa33c_e459_64ff_2167_f6ec_edd4_19db_06c1
    ),
  ])
  func `SHA-256 of`(text: String, high: UInt128, low: UInt128) {
    let bytes = Array(text.utf8)
    #expect(Digest.sha256(bytes.span.bytes) == (high, low))
    #expect(bytes.withUnsafeBytes { Digest.sha256($0) } == (high, low))
  }

  @Test func `Random bytes differ from call to call and fill every place`() {
    #expect(SecureRandom.bytes(0).isEmpty)
    #expect(SecureRandom.bytes(32) != SecureRandom.bytes(32))
    #expect(SecureRandom.uint64() != SecureRandom.uint64())
    #expect(SecureRandom.uint128() != SecureRandom.uint128())
    // Each place is zero in 1 of 256 draws: in all of 64 draws never, in human terms.
    var union = [UInt8](repeating: 0, count: 33)
    for _ in 0..<64 {
      for (place, byte) in SecureRandom.bytes(33).enumerated() { union[place] |= byte }
    }
    #expect(!union.contains(0))
  }
}
