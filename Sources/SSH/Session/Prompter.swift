import CSSH2
import Glibc

/// Asks the user on behalf of a session.
final class Prompter {
  let user: SSHUser
  /// Who asks, since what a server says may look like somebody else's question.
  private let name: String
  /// What a server wanted to know and could not be told.
  private(set) var isUnanswered = false
  /// How many questions of a server were answered.
  private(set) var answerCount = 0
  /// How many questions one server may ask, of which length.
  private static let promptLimit = 16
  private static let lengthLimit = 1_024

  init(_ user: SSHUser, for host: SSHHost) {
    self.user = user
    name = "\(host), to let \(host.user) in,"
  }

  /// An answer; nil where nobody is there to give one.
  ///
  /// - Throws: `.cancelled` if the user wants the end instead.
  func ask(_ question: String, of host: SSHHost) throws(SSHError) -> [UInt8]? {
    let answer = user.ask(question)
    if answer == nil, user.isCancelled() { throw .cancelled(host) }
    return answer
  }

  /// An answer to be given to libssh2, which frees it.
  fileprivate func answer(_ question: UnsafeRawBufferPointer) -> (text: UnsafeMutablePointer<CChar>, count: UInt32)? {
    let text = String(decoding: question.prefix(Self.lengthLimit), as: UTF8.self)
    guard !user.isCancelled(), var answer = user.ask("\(name) asks: \(text)"), let copy = malloc(max(answer.count, 1))
    else {
      isUnanswered = true
      return nil
    }
    defer { answer.wipe() }
    answerCount += 1
    answer.withUnsafeBytes { if let start = $0.baseAddress { memcpy(copy, start, $0.count) } }
    return (copy.assumingMemoryBound(to: CChar.self), UInt32(answer.count))
  }

  /// What libssh2 calls when a server asks questions.
  static let callback:
    @convention(c) (
      UnsafePointer<CChar>?, CInt, UnsafePointer<CChar>?, CInt, CInt, UnsafePointer<LIBSSH2_USERAUTH_KBDINT_PROMPT>?,
      UnsafeMutablePointer<LIBSSH2_USERAUTH_KBDINT_RESPONSE>?, UnsafeMutablePointer<UnsafeMutableRawPointer?>?
    ) -> Void = { _, _, _, _, count, prompts, responses, abstract in
      guard let abstract = abstract?.pointee, let prompts, let responses, (0...CInt(promptLimit)).contains(count) else {
        return
      }
      let prompter = Unmanaged<Prompter>.fromOpaque(abstract).takeUnretainedValue()
      for index in 0..<Int(count) {
        let question = UnsafeRawBufferPointer(start: prompts[index].text, count: Int(prompts[index].length))
        guard let answer = prompter.answer(question) else { continue }
        responses[index].text = answer.text
        responses[index].length = answer.count
      }
    }
}

extension [UInt8] {
  /// Overwrites a secret.
  mutating func wipe() {
    withUnsafeMutableBytes { if let start = $0.baseAddress { explicit_bzero(start, $0.count) } }
  }
}
