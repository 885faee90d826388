import TestSupport
import Testing

@testable import Scheduling

@Suite("Files of jobs")
struct RecordTests {
  @Test("keep every byte of every argument")
  func roundTrip() throws {
    for seed in 0..<300 as Range<UInt64> {
      var generator = SeededGenerator(seed: seed)
      let arguments = (0..<generator.below(6)).map { _ in
        let count = generator.below(12)
        return generator.bytes(count).map { $0 == 0 || $0 == 0x0A ? 0x20 : $0 }
      }
      let system = [
        TimerSystem.cron, .systemd(.user, unitDirectory: Array("/u u/#".utf8)),
        .systemd(.system, unitDirectory: [0xFF]),
      ][Int(seed % 3)]
      let job = try Job.sample(
        system: system, delay: Int64(seed), variables: arguments.map { Array("A=".utf8) + $0 }, arguments: arguments)
      #expect(try Job(name: job.name, file: job.file) == job, "seed \(seed)")
    }
  }

  @Test("are refused where a line is missing or wrong")
  func damaged() throws {
    let job = try Job.sample()
    let lines = job.file.split(separator: 0x0A)
    for number in lines.indices where lines[number].starts(with: "argument".utf8) == false && number > 0 {
      var without = lines
      without.remove(at: number)
      let file = Array(without.joined(separator: [0x0A]))
      #expect(throws: SchedulingError.self, "\(String(decoding: lines[number], as: UTF8.self))") {
        try Job(name: job.name, file: file)
      }
    }
    #expect(throws: SchedulingError.self) { try Job(name: job.name, file: Array("nonsense\n".utf8)) }
  }

  @Test("refuse what no timer carries")
  func refused() {
    #expect(throws: SchedulingError.self) { try Job.sample(arguments: [Array("a\nb".utf8)]) }
    #expect(throws: SchedulingError.self) { try Job.sample(arguments: [[0x61, 0]]) }
    #expect(throws: SchedulingError.self) { try Job.sample(on: "Mon..Fri 03:00", system: .cron) }
    #expect(throws: SchedulingError.self) { try Job.sample(delay: 86_400) }
    #expect(throws: SchedulingError.self) { try Job.sample(on: "every 10m", delay: 600).checkDelay() }
    #expect(throws: Never.self) { try Job.sample(on: "every 10m", delay: 599).checkDelay() }
  }

  @Test("tell of runs that ended and of runs that did not")
  func runs() {
    for end in [nil, RunRecord.End(time: 12, seconds: 3, code: 0), .init(time: 12, seconds: 3, code: -9)] {
      let record = RunRecord(started: 9, end: end)
      #expect(RunRecord(file: record.file) == record)
    }
    #expect(RunRecord(file: []) == nil)
    #expect(RunRecord(file: Array("started x\n".utf8)) == nil)
  }
}
