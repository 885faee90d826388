import Backend
import BackendTestSupport
import Testing

@Suite("Object names")
struct ObjectNameTests {
  @Test(
    "refuse everything but lower-case letters, digits and inner hyphens",
    arguments: [
      "", ".", "..", "a/b", "/", "../config", "A", "aB", "a_b", "a.b", "a b", "-", "-a", "a\0", "é", "a\n",
      String(repeating: "a", count: ObjectName.maximumLength + 1),
    ])
  func refusesBadNames(text: String) {
    for area in ObjectArea.allCases {
      expect(.invalidName) { () throws(BackendError) in _ = try ObjectName(area, text) }
    }
  }

  @Test("of packs begin with two hexadecimal digits", arguments: ["a", "g0", "0g", "0-", "xyz"])
  func refusesPackWithoutDigits(text: String) throws {
    expect(.invalidName) { () throws(BackendError) in _ = try ObjectName(.packs, text) }
    #expect(try ObjectName(.index, text).name == text)
  }

  @Test("know one configuration")
  func knowsOneConfiguration() throws {
    #expect(try ObjectName(.config, "config") == .config)
    #expect(ObjectName.config.description == "config")
    expect(.invalidName) { () throws(BackendError) in _ = try ObjectName(.config, "config2") }
  }

  @Test("are described by area and name")
  func areDescribed() throws {
    #expect(try ObjectName(.packs, "00ff").description == "packs/00ff")
  }
}
