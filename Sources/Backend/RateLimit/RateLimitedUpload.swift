/// An upload whose bytes pass through a bucket.
final class RateLimitedUpload: Upload {
  var length: UInt64 { wrapped.length }

  private let wrapped: any Upload
  private let bucket: TokenBucket

  init(_ wrapped: any Upload, through bucket: TokenBucket) {
    self.wrapped = wrapped
    self.bucket = bucket
  }

  func append(_ bytes: UnsafeRawBufferPointer) throws(BackendError) {
    try bucket.pass(bytes.count) { (piece) throws(BackendError) in
      try wrapped.append(UnsafeRawBufferPointer(rebasing: bytes[piece]))
    }
  }

  func commit(as name: ObjectName) throws(BackendError) -> CommitOutcome { try wrapped.commit(as: name) }

  func commit(replacing name: ObjectName) throws(BackendError) -> String { try wrapped.commit(replacing: name) }
}
