import KODJSON
import KODWire

/// The desk's messages as JSON.

extension CoverageCell {
  /// Of a list by county, by language or by hour: only that key is there.
  func json(by key: String) -> JSON {
    let place: JSON =
      switch key {
      case "county":
        [
          "county": .count(county),
          "county_name": Counties.county(fips: county).map { .string($0.name) } ?? .null,
        ]
      case "language": ["language": .string(language)]
      default: ["hour": .count(hour)]
      }
    return place + [
      "submitted": .unsigned(submitted), "found_nobody": .unsigned(foundNobody),
      "called_in_promise": .unsigned(calledInPromise), "promise_missed": .unsigned(promiseMissed),
    ]
  }
}

extension ProgramMetrics: JSONRecord {
  var json: JSON {
    [
      "from_us": .integer(fromUs), "to_us": .integer(toUs), "submitted": .unsigned(submitted),
      "offered": .unsigned(offered), "assigned": .unsigned(assigned), "called": .unsigned(called),
      "called_in_promise": .unsigned(calledInPromise), "contacted": .unsigned(contacted),
      "closed": .unsigned(closed), "served": .unsigned(served), "cancelled": .unsigned(cancelled),
      "promise_missed": .unsigned(promiseMissed), "went_to_mass": .unsigned(wentToMass),
      "ever_waited": .unsigned(everWaited), "open": .unsigned(`open`),
      "wait_median_ms": .count(waitMedianMs), "wait_p90_ms": .count(waitP90Ms),
      "accept_median_ms": .count(acceptMedianMs), "accept_p90_ms": .count(acceptP90Ms),
      "general": (general ?? OfferCounts()).json, "mass": (mass ?? OfferCounts()).json,
      "outcomes": .array(outcomes.map(\.json)),
      "by_county": .array(byCounty.map { $0.json(by: "county") }),
      "by_language": .array(byLanguage.map { $0.json(by: "language") }),
      "by_hour": .array(byHour.map { $0.json(by: "hour") }),
      "deregistrations": .unsigned(deregistrations),
      "broken_acceptances": .unsigned(brokenAcceptances),
    ]
  }
}

extension Policy: JSONRecord {
  var json: JSON { .object(PolicyField.all.flatMap { $0.members(self) }) }
}

extension PolicyVersion: JSONRecord {
  var json: JSON {
    [
      "version": .count(version), "policy": (policy ?? Policy()).json,
      "since_us": .integer(sinceUs),
      "preset": .word(preset.rawValue, preset.word), "by": by.isEmpty ? .null : .string(by),
      "reason": .string(reason),
    ]
  }
}

extension SimulationFigures: JSONRecord {
  var json: JSON {
    [
      "requests": .unsigned(requests), "called_in_promise": .unsigned(calledInPromise),
      "went_to_mass": .unsigned(wentToMass), "misses": .unsigned(misses),
      "deregistrations": .unsigned(deregistrations), "accepted": .unsigned(accepted),
      "never_accepted": .unsigned(neverAccepted), "general_offers": .unsigned(generalOffers),
      "mass_offers": .unsigned(massOffers), "accept_median_ms": .count(acceptMedianMs),
      "accept_p90_ms": .count(acceptP90Ms),
    ]
  }
}

extension SimulationReport: JSONRecord {
  var json: JSON {
    [
      "from_us": .integer(fromUs), "to_us": .integer(toUs),
      "recorded": (recorded ?? SimulationFigures()).json,
      "baseline": (baseline ?? SimulationFigures()).json,
      "alternative": (alternative ?? SimulationFigures()).json,
      "baseline_policy": (baselinePolicy ?? Policy()).json,
      "alternative_policy": (alternativePolicy ?? Policy()).json,
    ]
  }
}
