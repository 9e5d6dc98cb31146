import Testing

@Suite struct Stub {
  @Test func stub() {}
}
