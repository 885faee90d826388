import Repository

extension ProgressStatus {
  /// Of a repair.
  init(repair progress: CheckProgress?) {
    guard let progress else {
      self.init(phase: "repair")
      return
    }
    switch progress.phase {
    case .index: self.init(phase: "read index", files: progress.done, totalFiles: progress.total)
    case .snapshots: self.init(phase: "look for losses", files: progress.done, totalFiles: progress.total)
    case .data: self.init(phase: "read packs", bytes: progress.done, totalBytes: progress.total)
    }
  }
}

extension Console {
  /// Lists problems with objects, for people.
  func show(_ problems: [RepairProblem], as title: String) throws(CommandError) {
    for problem in problems { try print("\(title): \(Terminal.harmless("\(problem.object): \(problem.message)"))") }
  }
}

extension JSONWriter {
  /// Problems with objects.
  mutating func problems(_ name: String, _ problems: [RepairProblem]) {
    array(name) { json in
      for problem in problems {
        json.object { json in
          json.field("object", problem.object)
          json.field("message", problem.message)
        }
      }
    }
  }
}
