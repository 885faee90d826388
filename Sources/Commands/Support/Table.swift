/// Rows of text in aligned columns, for people. Cells are printed as they are: names are to be escaped before.
struct Table: Sendable {
  /// On which side of its column a cell stands.
  enum Alignment: Sendable { case left, right }

  /// One column.
  struct Column: Sendable {
    let title: String
    let alignment: Alignment

    init(_ title: String, _ alignment: Alignment = .left) {
      self.title = title
      self.alignment = alignment
    }
  }

  private let columns: [Column]
  private var rows: [[String]] = []

  init(_ columns: [Column]) { self.columns = columns }

  /// Adds a row at the end, with a cell for each column.
  mutating func append(_ row: [String]) {
    precondition(row.count == columns.count, "a row has a cell for each column")
    rows.append(row)
  }

  /// The lines of the table, each ended by a newline and without spaces before it.
  func rendered(withTitles: Bool = true) -> String {
    let lines = withTitles ? [columns.map(\.title)] + rows : rows
    let widths = columns.indices.map { column in lines.map { $0[column].displayWidth }.max() ?? 0 }
    return lines.reduce(into: "") { text, line in
      var rendered = ""
      for (number, cell) in line.enumerated() {
        if number > 0 { rendered += "  " }
        let padding = String(repeating: " ", count: widths[number] - cell.displayWidth)
        rendered += columns[number].alignment == .left ? cell + padding : padding + cell
      }
      while rendered.last == " " { rendered.removeLast() }
      text += rendered + "\n"
    }
  }
}
