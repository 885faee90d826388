import Testing

@testable import Scheduling

/// A time zone by its changes: from a time on, clocks are so many seconds ahead of UTC.
struct Zone: Sendable, CustomTestStringConvertible {
  let name: String
  let first: Int64
  let changes: [(time: Int64, offset: Int64)]

  var testDescription: String { name }

  var clock: LocalClock {
    let (first, changes) = (first, changes)
    return LocalClock { time in changes.last { $0.time <= time }?.offset ?? first }
  }

  // As the zone database has them.
  static let berlin = Zone(
    name: "Europe/Berlin", first: 3600,
    changes: [
      (1_774_746_000, 7200), (1_792_890_000, 3600), (1_806_195_600, 7200), (1_824_944_400, 3600),
    ])
  static let lordHowe = Zone(
    name: "Australia/Lord_Howe", first: 39600,
    changes: [(1_775_314_800, 37800), (1_791_041_400, 39600), (1_806_764_400, 37800)])
  static let nuuk = Zone(
    name: "America/Nuuk", first: -7200,
    changes: [(1_774_746_000, -3600), (1_792_890_000, -7200), (1_806_195_600, -3600)])
  static let cairo = Zone(
    name: "Africa/Cairo", first: 7200,
    changes: [(1_776_981_600, 10800), (1_793_307_600, 7200)])
  /// A whole day that never was: 30 December 2011.
  static let apia = Zone(name: "Pacific/Apia", first: -36000, changes: [(1_325_239_200, 50400)])
  static let utc = Zone(name: "UTC", first: 0, changes: [])

  static let all = [berlin, lordHowe, nuuk, cairo, apia, utc]
}
