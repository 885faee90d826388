/// Where each of several chunks is stored; nothing for a chunk that is stored nowhere.
struct FoundLocations {
  private var locations: [ChunkLocation] = []
  private var ends: [Int] = []

  /// The locations of a chunk, by its place among those asked for.
  subscript(index: Int) -> ArraySlice<ChunkLocation> { locations[(index == 0 ? 0 : ends[index - 1])..<ends[index]] }

  mutating func append(_ location: ChunkLocation) { locations.append(location) }

  mutating func endChunk() { ends.append(locations.count) }

  mutating func removeAll() {
    locations.removeAll(keepingCapacity: true)
    ends.removeAll(keepingCapacity: true)
  }
}
