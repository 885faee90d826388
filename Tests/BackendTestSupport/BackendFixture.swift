public import Backend
public import Testing

/// A fresh, empty backend for one test; what it stands on goes away with it.
public protocol BackendFixture: AnyObject {
  /// The backend.
  var backend: any Backend { get }

  /// Whether damaged objects other than packs can be replaced too.
  var replacesRecords: Bool { get }

  /// The same storage, opened anew. Its configuration has been published by then.
  func reopen() throws -> any Backend
}

extension BackendFixture {
  /// As most storage can.
  public var replacesRecords: Bool { true }
}

/// One promise of the `Backend` contract and how it is tried.
public struct ConformanceCheck: Sendable, CustomTestStringConvertible {
  /// The promise, as a sentence about backends.
  public let testDescription: String
  private let body: @Sendable (any BackendFixture) throws -> Void

  init(_ promise: String, _ body: @escaping @Sendable (any BackendFixture) throws -> Void) {
    testDescription = promise
    self.body = body
  }

  /// Tries it; every broken promise is recorded as an issue of the running test.
  public func run(on fixture: any BackendFixture) throws {
    try body(fixture)
  }

  /// The whole contract.
  public static let all = naming + publishing + reading + listing + deleting + healing + spending
}
