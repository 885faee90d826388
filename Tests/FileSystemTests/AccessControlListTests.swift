import FileSystem
import Testing

struct AccessControlListTests {
  /// Owner rwx, user 7 rw-, group r-x, mask rwx, others r--.
  private let bytes: [UInt8] =
    [2, 0, 0, 0]
    + [[1, 7, 255], [2, 6, 7], [4, 5, 255], [16, 7, 255], [32, 4, 255]].flatMap { entry in
      [entry[0], 0, entry[1], 0] + [UInt8](repeating: entry[2], count: 4)
    }

  @Test("what everybody may is what all but the owner may")
  func commonRights() {
    #expect(AccessControlList(bytes).commonRights == 4)
    #expect(AccessControlList(Array(bytes.dropLast(8))).commonRights == 4)
    #expect(AccessControlList([]).commonRights == 7)
    #expect(AccessControlList(bytes + [8, 0, 0]).commonRights == 4, "a piece of an entry is none")
  }

  @Test("a limited list keeps its entries and limits them by the mask, and the others")
  func limited() {
    var expected = bytes
    expected[4 + 3 * 8 + 2] = 4
    expected[4 + 4 * 8 + 2] = 4
    #expect(AccessControlList(bytes).limited(to: 4).bytes == expected)
    #expect(AccessControlList([2, 0, 0]).limited(to: 0).bytes == [2, 0, 0])
  }
}
