import Foundation
import Testing
import KODWire
@testable import kod
@Suite struct Scratch {
  @Test func show() {
    var m = Alice.dashboard(offers: [Alice.offer(12), Alice.offer(13, kind: .mass, left: 45)], assignments: [Alice.assignment(107)])
    print(m.screen()); print("=====")
    print(m.screen(60, 15)); print("=====")
    print(m.screen(200, 60)); print("=====")
    for tab in "2345" { m.type(String(tab)); m.catchUp(); print(m.screen()); print("=====") }
    print(m.screen(60,15)); print("=====")
    print(m.screen(60,15, glyphs: .ascii)); print("=====")
    print(m.screen(150,40)); print("=====")
    m.type("?"); print(m.screen()); print(m.screen(60,15))
    m.type("x"); m.type("2/"); print(m.screen()); _ = m.press(.escape, now: Alice.noon)
    m.type("1j"); m.type("j"); m.type("c"); print(m.screen()); print(m.screen(60,15)); _ = m.press(.escape, now: Alice.noon)
    m.type("n"); m.type("call after 5"); print(m.screen()); _ = m.press(.escape, now: Alice.noon)
    _ = m.press(.enter, now: Alice.noon); print(m.screen())
    _ = m.apply(.disconnected(nil, retryIn: .seconds(4)), now: Alice.noon); print(m.screen(now: Alice.noon + Alice.second))
  }
}
