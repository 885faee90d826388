import BackendTestSupport
import Testing

@Suite("The backend contract")
struct BackendConformanceTests {
  @Test("A backend", arguments: BackendKind.allCases, ConformanceCheck.all)
  func keepsPromise(kind: BackendKind, check: ConformanceCheck) throws {
    try check.run(on: kind.makeFixture())
  }
}
