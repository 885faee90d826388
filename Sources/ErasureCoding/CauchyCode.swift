internal import CISAL

/// The Reed-Solomon code of one group over GF(256) with the polynomial 0x11d: parity row `r` is the sum of the data
/// columns `j`, each times `1 / ((200 + r) ^ j)`.
///
/// Every square part of that matrix can be inverted, so any `n` parity sectors bring back any `n` data sectors, and a group
/// with fewer columns or rows simply uses fewer of them.
struct CauchyCode: Sendable {
  private static let bytesPerFactor = 32

  let rowCount: Int
  private let tables: [UInt8]

  /// The code with so many parity rows.
  init(rowCount: Int) {
    precondition(StripeLayout.rowCounts.contains(rowCount))
    self.rowCount = rowCount
    tables = Self.tables(Self.matrix(rows: Array(0..<rowCount), columns: Array(0..<StripeLayout.columnCount)))
  }

  /// A matrix by rows, with its number of rows and columns.
  typealias Matrix = (factors: [UInt8], rows: Int, columns: Int)

  /// The part of the matrix in some rows and columns.
  static func matrix(rows: [Int], columns: [Int]) -> Matrix {
    let factors = rows.flatMap { row in columns.map { gf_inv(UInt8(StripeLayout.columnCount + row) ^ UInt8($0)) } }
    return (factors, rows.count, columns.count)
  }

  /// The inverse of a square part of the matrix.
  static func inverse(rows: [Int], columns: [Int]) -> Matrix {
    precondition(rows.count == columns.count)
    var matrix = matrix(rows: rows, columns: columns).factors
    var inverse = [UInt8](repeating: 0, count: matrix.count)
    let failure = gf_invert_matrix(&matrix, &inverse, Int32(rows.count))
    precondition(failure == 0, "every square part of a Cauchy matrix has an inverse")
    return (inverse, rows.count, columns.count)
  }

  /// Adds a data sector, as that of one column, to the parity sectors of all rows. They follow one another.
  func add(_ sector: UnsafeRawBufferPointer, column: Int, to parity: UnsafeMutableRawBufferPointer) {
    precondition(parity.count == rowCount * sector.count && column < StripeLayout.columnCount)
    guard let source = sector.baseAddress, let target = parity.baseAddress else { return }
    withUnsafeTemporaryAllocation(of: UnsafeMutablePointer<UInt8>?.self, capacity: rowCount) { rows in
      for row in 0..<rowCount {
        rows.initializeElement(at: row, to: (target + row * sector.count).assumingMemoryBound(to: UInt8.self))
      }
      // The library reads tables and source only.
      tables.withUnsafeBufferPointer { tables in
        ec_encode_data_update(
          Int32(sector.count), Int32(StripeLayout.columnCount), Int32(rowCount), Int32(column),
          UnsafeMutablePointer(mutating: tables.baseAddress),
          UnsafeMutablePointer(mutating: source.assumingMemoryBound(to: UInt8.self)), rows.baseAddress)
      }
    }
  }

  /// Multiplies a matrix with sectors: each target becomes the sum of the sources times the factors of its row.
  static func multiply(
    _ matrix: Matrix, _ sources: [UnsafeMutableRawPointer], into targets: [UnsafeMutableRawPointer], length: Int
  ) {
    precondition(sources.count == matrix.columns && targets.count == matrix.rows)
    var tables = tables(matrix)
    var sources: [UnsafeMutablePointer<UInt8>?] = sources.map { $0.assumingMemoryBound(to: UInt8.self) }
    var targets: [UnsafeMutablePointer<UInt8>?] = targets.map { $0.assumingMemoryBound(to: UInt8.self) }
    ec_encode_data(Int32(length), Int32(matrix.columns), Int32(matrix.rows), &tables, &sources, &targets)
  }

  private static func tables(_ matrix: Matrix) -> [UInt8] {
    var factors = matrix.factors
    var tables = [UInt8](repeating: 0, count: bytesPerFactor * factors.count)
    ec_init_tables(Int32(matrix.columns), Int32(matrix.rows), &factors, &tables)
    return tables
  }
}
