import FoundationEssentials
import Synchronization
import Testing

@testable import Commands

@Suite("Progress")
struct ProgressTests {
  /// A clock that tests move and what was drawn.
  private final class Stage: Sendable {
    let time = Mutex(Duration.zero)
    let drawn = Mutex<[String]>([])

    func line(_ style: ProgressLine.Style, framesPerSecond: Double = 10) -> ProgressLine {
      ProgressLine(style, framesPerSecond: framesPerSecond) {
        self.time.withLock { $0 }
      } sink: { bytes in
        self.drawn.withLock { $0.append(String(decoding: bytes, as: UTF8.self)) }
      }
    }

    func advance(_ duration: Duration) { time.withLock { $0 += duration } }
    var frames: [String] { drawn.withLock { $0 } }
  }

  @Test("draws at most as often as asked, and makes no status that isn't drawn")
  func frameRate() {
    let stage = Stage()
    let line = stage.line(.terminal { 80 })
    let made = Mutex(0)
    for _ in 0..<2000 {
      line.report {
        made.withLock { $0 += 1 }
        return ProgressStatus(phase: "backup")
      }
      stage.advance(.milliseconds(1))
    }
    #expect(stage.frames.count == 20)
    #expect(made.withLock { $0 } == 20)
  }

  @Test(
    "is drawn once a day at least, however seldom it is wanted",
    arguments: [1e-10, .leastNonzeroMagnitude] as [Double])
  func slowest(framesPerSecond: Double) {
    let stage = Stage()
    let line = stage.line(.jsonLines, framesPerSecond: framesPerSecond)
    for _ in 0..<3 {
      line.report { ProgressStatus(phase: "backup") }
      stage.advance(.seconds(86_400))
    }
    #expect(stage.frames.count == 3)
  }

  @Test("shows rate, percentage and time left")
  func content() {
    let stage = Stage()
    let line = stage.line(.terminal { 200 })
    for second in 0...4 {
      line.report {
        ProgressStatus(
          phase: "backup", files: UInt64(second) * 500, bytes: UInt64(second) * 10 << 20, totalFiles: 5000,
          totalBytes: 100 << 20, errors: 1)
      }
      stage.advance(.seconds(1))
    }
    #expect(
      stage.frames.last
        == "\rbackup  4.0 s  40.0%  40.0 MiB of 100 MiB  2,000 of 5,000 files  10.0 MiB/s  ETA 6.0 s  1 error\u{1B}[K"
    )
  }

  @Test("follows what happens now rather than since the start")
  func slidingRate() {
    var meter = RateMeter(start: .zero)
    for second in 1...100 { meter.add(UInt64(second) * 1000, at: .seconds(second)) }
    for second in 101...111 { meter.add(100_000 + UInt64(second - 100) * 10, at: .seconds(second)) }
    let measure = meter.measure(ProgressStatus(phase: "x", bytes: 100_110, totalBytes: 100_210), at: .seconds(111))
    #expect(measure.rate == 10)
    #expect(measure.remaining == .seconds(10))
  }

  @Test("knows no time left before anything moved")
  func stalled() {
    var meter = RateMeter(start: .zero)
    meter.add(0, at: .seconds(5))
    let measure = meter.measure(ProgressStatus(phase: "x", totalBytes: .max), at: .seconds(5))
    #expect(measure.remaining == nil)
    meter.add(1, at: .seconds(6))
    #expect(meter.measure(ProgressStatus(phase: "x", bytes: 1, totalBytes: .max), at: .seconds(6)).remaining == nil)
  }

  @Test("never fills the last column, and is gone when finished")
  func width() throws {
    let stage = Stage()
    let line = stage.line(.terminal { 20 })
    line.report { ProgressStatus(phase: "日本日本日本日本日本日本") }
    let frame = try #require(stage.frames.first)
    #expect(frame.dropFirst().dropLast(3).description.displayWidth <= 19)
    line.finish()
    line.finish()
    stage.advance(.seconds(1))
    line.report { ProgressStatus(phase: "backup") }
    #expect(stage.frames.count == 2)
    #expect(stage.frames.last == "\r\u{1B}[K")
  }

  @Test("is one JSON object a line for programs")
  func jsonLines() throws {
    struct Line: Decodable, Equatable {
      var message_type: String
      var bytes_done: UInt64
      var total_bytes: UInt64?
    }
    let stage = Stage()
    let line = stage.line(.jsonLines, framesPerSecond: 1)
    line.report { ProgressStatus(phase: "backup", bytes: 5) }
    line.finish()
    #expect(stage.frames.count == 1)
    let frame = try #require(stage.frames.first)
    #expect(frame.hasSuffix("}\n"))
    #expect(
      try JSONDecoder().decode(Line.self, from: Data(frame.utf8))
        == Line(message_type: "status", bytes_done: 5, total_bytes: nil))
  }

  @Test("is shown only to those who want it")
  func audience() throws {
    let nobody = Terminal(descriptor: -1)
    #expect(ProgressLine.standard(json: false, environment: Environment([:]), terminal: nobody) == nil)
    #expect(
      ProgressLine.standard(json: true, environment: Environment(["FIRN_PROGRESS_FPS": "0"]), terminal: nobody) == nil)
    #expect(
      ProgressLine.standard(json: false, environment: Environment(["FIRN_PROGRESS_FPS": "2"]), terminal: nobody) != nil)
    #expect(ProgressLine.standard(json: true, environment: Environment([:]), terminal: nobody) != nil)
  }
}
