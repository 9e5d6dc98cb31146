import KODWire
import Testing

@testable import kod

/// The screens as they are seen, line by line; what changes here changes for people.
@Suite struct DashboardScreenTests {
  @Test func `Quick Updates: what is open, whom to call, what came today (R70)`() {
    let model = Alice.dashboard(
      offers: [Alice.offer(12), Alice.offer(13, kind: .mass, left: 45)],
      assignments: [Alice.assignment(107)])
    let screen = model.screen(80, 24, now: Alice.noon + 7 * Alice.second)
    #expect(
      screen == """
         kynect On Demand   alice (kynector)                                  12:00 EDT
        [1 Quick Updates] 2 Referrals  3 Metrics  4 Contact  5 Availability
         ● AVAILABLE until 17:00   ! 1 missed in a row; at 3 you are de-registered

         Open: 1 general, 1 mass   To call: 1   Missed today: 1
         Received today: 7  ················▂▂██▄▄··························
                            0           6           ^           18

         OPEN OFFERS
           LEFT  KIND     HELP         LANGUAGE  COUNTY       AGE  OFFER
        > 14:53  general  application  Spanish   Fayette ET  0:35     12
           0:38  mass     application  Spanish   Fayette ET  0:35     13
         TO CALL
          in 29:25  +16065550123  Maria Lopez  application  Spanish  McCrack~      #107
         RECEIVED TODAY
          10:40    mass     application  Spanish   Fayette ET  taken at 10:42:07
          09:30    general  application  Spanish   Fayette ET  MISSED at 09:45
          09:00    by hand  plan         English   Pike ET     closed: plan enrolled
          4 older ones today: page 2 has them.




         a accept  r reject  n note  Enter detail  o off  j k move  ? help  q quit
        """)
  }

  @Test func `the same at 60x15`() {
    let model = Alice.dashboard(
      offers: [Alice.offer(12), Alice.offer(13, kind: .mass, left: 45)],
      assignments: [Alice.assignment(107)])
    let screen = model.screen(60, 15)
    #expect(
      screen == """
         kynect On Demand   alice (kynector)              12:00 EDT
        [1 Updates] 2 Ref  3 Metr  4 Cont  5 Avail
         ● AVAILABLE until 17:00   ! 1 missed in a row; at 3 you ar~
         Open: 1 general, 1 mass   To call: 1   Missed today: 1
         Received today: 7  ········▂█▄·············
                            0     6     ^     18

         OPEN OFFERS
           LEFT  KIND     HELP         LANGU~  COUNTY    AGE  OFFER
        > 15:00  general  application  Spani~  Fayett~  0:28     12
           0:45  mass     application  Spani~  Fayett~  0:28     13
         TO CALL
           ... 6 more below

         a accept  r reject  n note  Enter detail  ? help  q quit
        """)
  }

  @Test func `won, with whom to call, and what was lost, with when`() {
    var model = Alice.dashboard(offers: [Alice.offer(12), Alice.offer(13)])
    model.type("a")
    _ = model.apply(
      Alice.closed(13, .offerWasTaken, at: Alice.noon + 2 * Alice.second), now: Alice.noon)
    _ = model.receive(
      .accept(12), .success(.assignment(Alice.assignment(112))), now: Alice.noon + 3 * Alice.second)
    let screen = model.screen(80, 24, now: Alice.noon + 3 * Alice.second)
    #expect(
      screen == """
         kynect On Demand   alice (kynector)                                  12:00 EDT
        [1 Quick Updates] 2 Referrals  3 Metrics  4 Contact  5 Availability
         ● AVAILABLE until 17:00   ! 1 missed in a row; at 3 you are de-registered

         Open: 0 general, 0 mass   To call: 1   Missed today: 1
         Received today: 7  ················▂▂██▄▄··························
                            0           6           ^           18

         OPEN OFFERS
          No open offers. They appear here the moment they are made.
         TO CALL
        > in 29:29  +16065550123  Maria Lopez  application  Spanish  McCrack~      #112
         RECEIVED TODAY
          10:40    mass     application  Spanish   Fayette ET  taken at 10:42:07
          09:30    general  application  Spanish   Fayette ET  MISSED at 09:45
          09:00    by hand  plan         English   Pike ET     closed: plan enrolled
          4 older ones today: page 2 has them.



         12:00:03 ✓ offer 12: WON, referral 112. Call Maria Lopez +16065550123 by 12:29
                    (11:29 CT). Notes: Deaf: text first.
         12:00:02 ! offer 13: taken by somebody else at 12:00:02
         t called  c close  n note  x give back  Enter detail  o off  ? help  q quit
        """)
  }

  @Test func `Referral Manager: everything that ever came (R71)`() {
    var model = Alice.dashboard(offers: [Alice.offer(12)])
    model.type("2")
    model.catchUp()
    model.type("j")
    let screen = model.screen(80, 24)
    #expect(
      screen == """
         kynect On Demand   alice (kynector)                                  12:00 EDT
         1 Updates [2 Referral Manager] 3 Metrics  4 Contact  5 Availability
         1 OPEN OFFER, 15:00 left: press 1   ● AVAILABLE until 17:00   ! 1 missed in a ~

         Search: everything   (/ searches)
          OFFERED  KIND     HELP         LANGUAGE  COUNTY      STATUS
          10:40    mass     application  Spanish   Fayette ET  taken at 10:42:07
        > 09:30    general  application  Spanish   Fayette ET  MISSED at 09:45
          09:00    by hand  plan         English   Pike ET     closed: plan enrolled
          3 in all













         / search  n note  Enter detail  j k move  o off  ? help  q quit
        """)
  }

  @Test func `the search over it`() {
    var model = Alice.dashboard()
    model.type("2")
    model.catchUp()
    model.type("/twice")
    _ = model.press(.down, now: Alice.noon)
    _ = model.press(.right, now: Alice.noon)
    let screen = model.screen(80, 24)
    #expect(
      screen == """
         kynect On Demand   alice (kynector)                                  12:00 EDT
         1 Updates [2 Referral Manager] 3 Metrics  4 Contact  5 Availability
         ● AVAILABLE until 17:00   ! 1 missed in a row; at 3 you are de-registered

         Search: everything   (/ searches)
          OFFERED  KIND     HELP         LANGUAGE  COUNTY      STATUS
        > 10:40    mass     application  Spanish   Fayette ET  taken at 10:42:07
          09┌─ Search ─────────────────────────────────────────────────────────────┐
          09│   Note has    twice                                                  │
          3 │ > Status    < pending >                                              │
            │   Kind        any                                                    │
            │   Help        any                                                    │
            │   County      any                                                    │
            │   Offered     any                                                    │
            │ Enter searches, Esc leaves it as it was                              │
            └──────────────────────────────────────────────────────────────────────┘







         Enter search  up down field  left right choose  Esc back
        """)
  }

  @Test func `View Metrics: numbers, shares, outcomes (R72)`() {
    var model = Alice.dashboard()
    model.type("3")
    model.catchUp()
    let screen = model.screen(80, 24)
    #expect(
      screen == """
         kynect On Demand   alice (kynector)                                  12:00 EDT
         1 Updates  2 Referrals [3 View Metrics] 4 Contact  5 Availability
         ● AVAILABLE until 17:00   ! 1 missed in a row; at 3 you are de-registered

         Period  [today]  7 days   30 days   90 days   left right change it
         OFFERS   ALL  ACCEPTED  REJECTED  MISSED  TAKEN  EXPIRED  BACK  WITHDRAWN  OPEN
         general   12         7         2       1      1        0     0          0     1
         mass      20         3         0       0     15        0     0          2     0

         Acceptance      ████████████████████······  76.9 %
         Called in time  ███████████████████████▍··  9 of 10  90%
         Time to answer  median 72 s, p90 6 min
         To first call   median 3 min, p90 12 min
         OFFERS BY HOUR OF THE DAY
           ················▂▂▆▆██▄▄··▅▅▃▃··················
           0           6           12          18
         OUTCOMES
           application submitted  ████████████████████████████████████████  6   67%
           plan enrolled          █████████████▍                            2   22%
           unreachable            ██████▋                                   1   11%



         left right period  j k scroll  o off  ? help  q quit
        """)
  }

  @Test func `Preferred Contact, with the server's word at the field (R73)`() {
    var model = Alice.dashboard()
    model.type("4")
    var failure = Alice.failure("FIELD_INVALID", "")
    failure.violations = [FieldViolation(path: "contact.email", description: "has no @")]
    _ = model.receive(.saveContact(model.contact.request), .failure(failure), now: Alice.noon)
    let screen = model.screen(80, 24)
    #expect(
      screen == """
         kynect On Demand   alice (kynector)                                  12:00 EDT
         1 Updates  2 Referrals  3 Metrics [4 Preferred Contact] 5 Availability
         ● AVAILABLE until 17:00   ! 1 missed in a row; at 3 you are de-registered

          KOD phone            +16065550100
        > KOD email            alice@example.org
                               ✗ has no @
          Notices go first to  phone  Enter changes it
          Preferred languages  English, Spanish

          Registration         active
          Counties             Fayette ET
          Notices of offers go here while no session of yours is open. They may differ
          from the profile kynect has of you.









         Enter edit  s save  Esc undo  j k move  W withdraw  ? help  q quit
        """)
  }

  @Test func `My Availability: the week as a grid, breaks and nights (R74)`() {
    var model = Alice.dashboard()
    model.type("5jjj")
    let screen = model.screen(80, 24)
    #expect(
      screen == """
         kynect On Demand   alice (kynector)                                  12:00 EDT
         1 Updates  2 Referrals  3 Metrics  4 Contact [5 My Availability]
         ● AVAILABLE until 17:00   ! 1 missed in a row; at 3 you are de-registered

          Time zone         America/Kentucky/Louisville
          Around the clock  no  Enter changes it
               0     3     6     9     12    15    18    21
          Mon  ················████████▒█████████··············  8-17 (12-12:30)
        > Tue  ················████████▒█████████··············  8-17 (12-12:30)
          Wed  ················████████▒█████████··············  8-17 (12-12:30)
          Thu  ················████████▒█████████··············  8-17 (12-12:30)
          Fri  ················████████▒█████████··············  8-17 (12-12:30)
          Sat  ············································████  22-2
          Sun  ████············································  off
         OUT OF OFFICE
          away  2026-03-19 00:00 to no end
          add     2026-03-10 to 2026-03-14, or now to no end






         o off  Enter edit  s save  f follow hours  d delete  Esc undo  ? help  q quit
        """)
  }

  @Test func `the detail of a referral that is held`() {
    let attempts = [Attempt(atUs: Alice.noon, result: .noAnswer, counts: true)]
    let held = Alice.assignment(107, attempts: attempts)
    var model = Alice.dashboard(assignments: [held])
    _ = model.press(.enter, now: Alice.noon)
    var row = Alice.row(107, .offerAccepted, at: Alice.noon - 60 * Alice.second)
    row.isHolder = true
    row.state = .referralAssigned
    row.attempts = 1
    row.callbackDueUs = held.callbackDueUs
    row.note = "call after 5"
    let offer = OfferRecord(offer: row.offer, endedAtUs: Alice.noon)
    _ = model.receive(
      .record(107),
      .success(.record(ReferralRecord(row: row, assignment: held, offers: [offer]))),
      now: Alice.noon)
    let screen = model.screen(80, 24)
    #expect(
      screen == """
         kynect On Demand   alice (kynector)                                  12:00 EDT
        [1 Quick Updates] 2 Referrals  3 Metrics  4 Contact  5 Availability
         ● AVAILABLE until 17:00   ! 1 missed in a row; at 3 you are de-registered

         Referral 107   application, Spanish, McCracken CT
         Submitted  11:59, 28 s ago
         Status     YOURS: called once
         Call       Maria Lopez   +16065550123
         By         12:29 (11:29 CT)   tried 1x
         THE RESIDENT'S NOTES
           Deaf: text first.
         YOUR NOTE
           call after 5
         YOUR CALLS
           12:00  no answer
         OFFERS TO YOU
           11:59  general  offer 7  accepted at 12:00






         Esc back  t called  c close  n note  x give back  w why  ? help  q quit
        """)
  }

  @Test func `the outcomes to choose from`() {
    var model = Alice.dashboard(assignments: [Alice.assignment(107)])
    model.type("cj")
    let screen = model.screen(80, 24)
    #expect(
      screen == """
         kynect On Demand   alice (kynector)                                  12:00 EDT
        [1 Quick Updates] 2 Referrals  3 Metrics  4 Contact  5 Availability
         ● AVAILABLE until 17:00   ! 1 missed in a row; at 3 you are de-registered

         Open: 0 general, 0 mass   To call: 1   Missed today: 1
         Received toda┌─ Close referral 107: how did it end? ────────────┐··
                      │    1  application submitted                      │
                      │ >  2  plan enrolled                              │
         OPEN OFFERS  │    3  both done                                  │
          No open offe│    4  question answered                          │
         TO CALL      │    5  follow up elsewhere                        │
        > in 29:32  +1│    6  already helped                             │ck~      #107
         RECEIVED TODA│    7  resident declined                          │
          10:40    mas│    8  unreachable                                │:42:07
          09:30    gen│    9  wrong number                               │9:45
          09:00    by │   10  duplicate                                  │n enrolled
          4 older ones│   11  not eligible                               │
                      └──────────────────────────────────────────────────┘





         1-9 choose  arrows Enter choose  Esc back
        """)
  }

  @Test func `the connection is lost: since when, and countdowns go on`() {
    var model = Alice.dashboard(offers: [Alice.offer(12)])
    _ = model.apply(.disconnected(nil, retryIn: .seconds(4)), now: Alice.noon)
    model.type("a")
    let screen = model.screen(80, 24, now: Alice.noon + Alice.second)
    #expect(
      screen == """
         kynect On Demand   alice (kynector)                                  12:00 EDT
        [1 Quick Updates] 2 Referrals  3 Metrics  4 Contact  5 Availability
         ✗ NOT CONNECTED since 12:00:00, next try in 3 s: the connection was lost

         Open: 1 general, 0 mass   To call: 0   Missed today: 1
         Received today: 7  ················▂▂██▄▄··························
                            0           6           ^           18

         OPEN OFFERS
           LEFT  KIND     HELP         LANGUAGE  COUNTY       AGE  OFFER
        > 14:59  general  application  Spanish   Fayette ET  0:29     12
         RECEIVED TODAY
          10:40    mass     application  Spanish   Fayette ET  taken at 10:42:07
          09:30    general  application  Spanish   Fayette ET  MISSED at 09:45
          09:00    by hand  plan         English   Pike ET     closed: plan enrolled
          4 older ones today: page 2 has them.




         ! not connected: nothing was sent


         a accept  r reject  n note  Enter detail  o off  j k move  ? help  q quit
        """)
  }

  @Test func `help`() {
    var model = Alice.dashboard()
    model.type("?")
    let screen = model.screen(80, 24)
    #expect(
      screen == """
         kynect On Demand   alice (kynector)                                  12:00 EDT
        [1 Quick Updates] 2 Referrals  3 Metrics  4 Contact  5 Availability
         ● AVAILABLE until 17:00   ! 1 missed in a row; at 3 you are de-registered

         O┌─ Keys ───────────────────────────────────────────────────────────────────┐
         R│ Everywhere                          On a referral, on pages              │
          │ 1-5 Tab     pages                   a           accept the offer         │
          │ j k arrows  move                    r           reject the offer         │
         O│ g G         first, last             t           you called: how it went  │
          │ Enter       open, edit              c           close, with an outcome   │
         R│ Esc         back                    n           your note                │
        > │ o           availability on, off    x           give back, with a reason │
          │ ?           this help               w           detail: why you          │
          │ Ctrl-L      draw again              /           Referrals: search        │
          │ Ctrl-Z      to the shell            left right  Metrics: period          │
          │ q Ctrl-C    quit                    s           forms: save              │
          │                                     d           hours: remove absence    │
          │                                     f           follow your hours        │
          │                                     W R         Contact: leave, register │
          └──────────────────────────────────────────────────────────────────────────┘



         Esc closes this  j k scroll
        """)
  }

  @Test func `names from strangers stay in their column`() {
    let names = ["Zo\u{eb} \u{8a9e}\u{8a9e}", "x\u{1b}[2J\u{7}\u{202e}y", "e\u{301}\u{301}ve"]
    let model = Alice.dashboard(
      assignments: names.enumerated().map {
        Alice.assignment(107 + UInt64($0), name: $1, due: 1_800 + Int64($0))
      })
    let screen = model.screen(80, 24)
    #expect(
      screen == """
         kynect On Demand   alice (kynector)                                  12:00 EDT
        [1 Quick Updates] 2 Referrals  3 Metrics  4 Contact  5 Availability
         ● AVAILABLE until 17:00   ! 1 missed in a row; at 3 you are de-registered

         Open: 0 general, 0 mass   To call: 3   Missed today: 1
         Received today: 7  ················▂▂██▄▄··························
                            0           6           ^           18

         OPEN OFFERS
          No open offers. They appear here the moment they are made.
         TO CALL
        > in 30:00  +16065550123  Zoë 語語  application  Spanish   McCracken~      #107
          in 30:01  +16065550123  x·[2J··y  application  Spanish   McCracken~      #108
          in 30:02  +16065550123  é́ve       application  Spanish   McCracken~      #109
         RECEIVED TODAY
          10:40    mass     application  Spanish   Fayette ET  taken at 10:42:07
          09:30    general  application  Spanish   Fayette ET  MISSED at 09:45
          09:00    by hand  plan         English   Pike ET     closed: plan enrolled
          4 older ones today: page 2 has them.




         t called  c close  n note  x give back  Enter detail  o off  ? help  q quit
        """)
  }

  @Test func `without Unicode`() {
    var model = Alice.dashboard()
    model.type("5")
    let screen = model.screen(80, 24, glyphs: .ascii)
    #expect(
      screen == """
         kynect On Demand   alice (kynector)                                  12:00 EDT
         1 Updates  2 Referrals  3 Metrics  4 Contact [5 My Availability]
         * AVAILABLE until 17:00   ! 1 missed in a row; at 3 you are de-registered

        > Time zone         America/Kentucky/Louisville
          Around the clock  no  Enter changes it
               0     3     6     9     12    15    18    21
          Mon  ................########=#########..............  8-17 (12-12:30)
          Tue  ................########=#########..............  8-17 (12-12:30)
          Wed  ................########=#########..............  8-17 (12-12:30)
          Thu  ................########=#########..............  8-17 (12-12:30)
          Fri  ................########=#########..............  8-17 (12-12:30)
          Sat  ............................................####  22-2
          Sun  ####............................................  off
         OUT OF OFFICE
          away  2026-03-19 00:00 to no end
          add     2026-03-10 to 2026-03-14, or now to no end






         o off  Enter edit  s save  f follow hours  d delete  Esc undo  ? help  q quit
        """)
  }
}
