public import KODEngine

/// What a clock and a calendar on the wall show.
public struct LocalTime: Hashable, Sendable {
  public var year: Int
  /// 1 to 12.
  public var month: Int
  /// 1 to 31.
  public var day: Int
  /// 0 to 23.
  public var hour: Int
  /// 0 to 59.
  public var minute: Int
  public var weekday: Weekday

  public init(year: Int, month: Int, day: Int, hour: Int, minute: Int, weekday: Weekday) {
    self.year = year
    self.month = month
    self.day = day
    self.hour = hour
    self.minute = minute
    self.weekday = weekday
  }

  /// `local` is in seconds since 1970-01-01 00:00 on the same clock.
  init(local: Int64) {
    let (days, second) = local.dividedRoundingDown(by: 86_400)
    let date = CivilDate(days: days)
    self.init(
      year: date.year, month: date.month, day: date.day, hour: Int(second / 3600),
      minute: Int(second / 60 % 60), weekday: CivilDate.weekday(ofDay: days))
  }
}

/// A date of the Gregorian calendar, and days counted from 1970-01-01.
struct CivilDate: Hashable {
  var year: Int
  var month: Int
  var day: Int

  // Both directions count years from the first of March, so that the leap day is a year's last; an era is the 400
  // years, 146,097 days, after which the calendar repeats.

  init(days: Int64) {
    let (era, dayOfEra) = (days + 719_468).dividedRoundingDown(by: 146_097)
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let monthFromMarch = (5 * dayOfYear + 2) / 153
    day = Int(dayOfYear - (153 * monthFromMarch + 2) / 5 + 1)
    month = Int(monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9)
    year = Int(era * 400 + yearOfEra + (month <= 2 ? 1 : 0))
  }

  /// Months past the year's end and days past the month's are carried over.
  static func days(year: Int, month: Int, day: Int) -> Int64 {
    let (yearsOver, monthFromMarch) = Int64(month - 3).dividedRoundingDown(by: 12)
    let (era, yearOfEra) = (Int64(year) + yearsOver).dividedRoundingDown(by: 400)
    let dayOfYear = (153 * monthFromMarch + 2) / 5
    let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
    return era * 146_097 + dayOfEra - 719_468 + Int64(day) - 1
  }

  /// The Monday that `day` is in the week of.
  static func monday(ofDay day: Int64) -> Int64 {
    // 1970-01-01 was a Thursday.
    day - (day + 3).dividedRoundingDown(by: 7).remainder
  }

  static func weekday(ofDay day: Int64) -> Weekday {
    Weekday.allCases[Int(day - monday(ofDay: day))]
  }
}

extension Int64 {
  /// The remainder is never negative; the divisor is positive.
  func dividedRoundingDown(by divisor: Int64) -> (quotient: Int64, remainder: Int64) {
    let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
    return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
  }
}
