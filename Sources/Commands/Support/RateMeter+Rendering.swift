extension RateMeter.Measure {
  /// One line for people.
  func line(_ status: ProgressStatus) -> String {
    var parts = [status.phase, Display.duration(elapsed)]
    if let total = status.totalBytes {
      parts.append(Display.percentage(status.bytes, of: total))
      parts.append("\(Display.size(status.bytes)) of \(Display.size(total))")
    } else {
      parts.append(Display.size(status.bytes))
    }
    if let total = status.totalFiles {
      parts.append("\(Display.count(status.files)) of \(Display.count(Int(clamping: total), status.unit))")
    } else {
      parts.append(Display.count(Int(clamping: status.files), status.unit))
    }
    if let rate { parts.append("\(Display.size(UInt64(rate)))/s") }
    if let remaining { parts.append("ETA \(Display.duration(remaining))") }
    if status.errors > 0 { parts.append(Display.count(status.errors, "error")) }
    return parts.joined(separator: "  ")
  }

  /// One line of JSON, with its newline.
  func json(_ status: ProgressStatus) -> [UInt8] {
    var json = JSONWriter()
    json.object { json in
      json.field("message_type", "status")
      json.field("phase", status.phase)
      json.field("seconds_elapsed", elapsed / .seconds(1))
      if let remaining { json.field("seconds_remaining", remaining / .seconds(1)) }
      if let rate { json.field("bytes_per_second", UInt64(rate)) }
      json.field("bytes_done", status.bytes)
      if let total = status.totalBytes { json.field("total_bytes", total) }
      json.field("files_done", status.files)
      if let total = status.totalFiles { json.field("total_files", total) }
      json.field("error_count", status.errors)
    }
    json.endLine()
    return json.bytes
  }
}
