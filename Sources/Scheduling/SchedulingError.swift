/// A text that can't be understood or can't be written where it is needed: one sentence for the user.
package struct SchedulingError: Error, Hashable, CustomStringConvertible {
  /// What is wrong, and what would be right.
  package let description: String

  package init(_ description: String) { self.description = description }
}
