/// How far long work has come.
struct ProgressStatus: Sendable, Equatable {
  /// What the work is doing, in a word: "backup".
  var phase: String
  var files: UInt64 = 0
  var bytes: UInt64 = 0
  /// How many there will be; nil until that is known.
  var totalFiles: UInt64?
  var totalBytes: UInt64?
  var errors = 0
  /// What `files` counts, in a word.
  var unit = "file"
}
