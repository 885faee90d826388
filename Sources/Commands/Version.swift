/// The version of the program.
enum Version {
  static let number = "0.1.0"
  /// What snapshots say they were made by.
  static let program = "firn \(number)"
}
