import ArgumentParser
import Retention

/// The rules of a retention policy, spelt as restic's.
struct RetentionOptions: ParsableArguments {
  @Option(
    name: [.customShort("l"), .long], parsing: .unconditional,
    help: ArgumentHelp("Keep the newest so many.", valueName: "n"), transform: RetentionOptions.count)
  var keepLast = KeepCount.none

  @Option(
    name: [.customShort("H"), .long], parsing: .unconditional,
    help: ArgumentHelp("Keep the newest of each of the last so many hours with a snapshot.", valueName: "n"),
    transform: RetentionOptions.count)
  var keepHourly = KeepCount.none

  @Option(
    name: [.customShort("d"), .long], parsing: .unconditional, help: ArgumentHelp("Likewise of days.", valueName: "n"),
    transform: RetentionOptions.count)
  var keepDaily = KeepCount.none

  @Option(
    name: [.customShort("w"), .long], parsing: .unconditional,
    help: ArgumentHelp("Likewise of weeks, which begin on Monday.", valueName: "n"), transform: RetentionOptions.count)
  var keepWeekly = KeepCount.none

  @Option(
    name: [.customShort("m"), .long], parsing: .unconditional,
    help: ArgumentHelp("Likewise of months.", valueName: "n"), transform: RetentionOptions.count)
  var keepMonthly = KeepCount.none

  @Option(
    parsing: .unconditional, help: ArgumentHelp("Likewise of quarters of a year.", valueName: "n"),
    transform: RetentionOptions.count)
  var keepQuarterly = KeepCount.none

  @Option(
    name: [.customShort("y"), .long], parsing: .unconditional, help: ArgumentHelp("Likewise of years.", valueName: "n"),
    transform: RetentionOptions.count)
  var keepYearly = KeepCount.none

  @Option(
    help: ArgumentHelp(
      "Keep all that are not older than this before the newest of the group: years, months, days and hours.",
      valueName: "2y5m7d3h"), transform: RetentionOptions.duration)
  var keepWithin: CalendarDuration?

  @Option(
    help: ArgumentHelp("Of those within a duration, keep the newest of each hour.", valueName: "2y5m7d3h"),
    transform: RetentionOptions.duration)
  var keepWithinHourly: CalendarDuration?

  @Option(help: ArgumentHelp("Likewise of each day.", valueName: "2y5m7d3h"), transform: RetentionOptions.duration)
  var keepWithinDaily: CalendarDuration?

  @Option(help: ArgumentHelp("Likewise of each week.", valueName: "2y5m7d3h"), transform: RetentionOptions.duration)
  var keepWithinWeekly: CalendarDuration?

  @Option(help: ArgumentHelp("Likewise of each month.", valueName: "2y5m7d3h"), transform: RetentionOptions.duration)
  var keepWithinMonthly: CalendarDuration?

  @Option(help: ArgumentHelp("Likewise of each quarter.", valueName: "2y5m7d3h"), transform: RetentionOptions.duration)
  var keepWithinQuarterly: CalendarDuration?

  @Option(help: ArgumentHelp("Likewise of each year.", valueName: "2y5m7d3h"), transform: RetentionOptions.duration)
  var keepWithinYearly: CalendarDuration?

  @Option(
    help: ArgumentHelp(
      "Keep those with these tags, joined by commas (repeated: with any of the sets).", valueName: "tags"))
  var keepTag: [String] = []

  @Flag(
    help: ArgumentHelp(
      """
      Keep what a hosted backup service does: the newest, the first of this week, the first of last week, and the newest \
      with the tag "manual", which fills no other slot.
      """))
  var keepSlots = false

  @Option(
    name: [.customShort("g"), .long],
    help: ArgumentHelp(
      """
      Count apart for snapshots that differ in any of host, paths, tags, joined by commas (default: host,paths); '' counts \
      all together.
      """, valueName: "fields"), transform: RetentionOptions.fields)
  var groupBy: GroupFields = [.host, .paths]

  func validate() throws {
    if tagSets.contains(where: \.isEmpty) { throw ValidationError("--keep-tag needs a tag") }
  }

  /// The policy that the options describe.
  var policy: RetentionPolicy {
    var policy = RetentionPolicy()
    policy.last = keepLast
    policy.periodic = [
      .hourly: keepHourly, .daily: keepDaily, .weekly: keepWeekly, .monthly: keepMonthly, .quarterly: keepQuarterly,
      .yearly: keepYearly,
    ]
    policy.within = keepWithin
    policy.periodicWithin[.hourly] = keepWithinHourly
    policy.periodicWithin[.daily] = keepWithinDaily
    policy.periodicWithin[.weekly] = keepWithinWeekly
    policy.periodicWithin[.monthly] = keepWithinMonthly
    policy.periodicWithin[.quarterly] = keepWithinQuarterly
    policy.periodicWithin[.yearly] = keepWithinYearly
    policy.tagSets = tagSets
    policy.usesSlots = keepSlots
    return policy
  }

  private var tagSets: [[String]] { keepTag.map { $0.split(separator: ",").map(String.init) } }

  @Sendable private static func count(_ text: String) throws -> KeepCount {
    guard let count = KeepCount(text) else {
      throw ValidationError("\"\(Terminal.escaped(text.utf8))\" is neither a number nor unlimited")
    }
    return count
  }

  @Sendable private static func duration(_ text: String) throws -> CalendarDuration {
    guard let duration = CalendarDuration(text) else {
      throw ValidationError("\"\(Terminal.escaped(text.utf8))\" is no duration such as 2y5m7d3h")
    }
    return duration
  }

  @Sendable private static func fields(_ text: String) throws -> GroupFields {
    guard let fields = GroupFields(text) else {
      throw ValidationError("\"\(Terminal.escaped(text.utf8))\" is not of host, paths and tags, joined by commas")
    }
    return fields
  }
}
