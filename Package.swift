// swift-tools-version: 6.2
import PackageDescription

let settings: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .treatAllWarnings(as: .error),
]

/// A layer: a library target in `Sources/` that imports only layers below it.
func layer(_ name: String, imports: [Target.Dependency] = []) -> Target {
  .target(name: name, dependencies: imports, swiftSettings: settings)
}

func tests(_ name: String, of dependencies: [Target.Dependency]) -> Target {
  .testTarget(name: name, dependencies: dependencies, swiftSettings: settings)
}

/// What the tests of several targets share.
func testSupport(_ name: String, of dependencies: [Target.Dependency] = []) -> Target {
  .target(name: name, dependencies: dependencies, path: "Tests/\(name)", swiftSettings: settings)
}

/// A program of the tests' own: one that they start as a process, or one to be run by hand for long.
func testTool(_ name: String, of dependencies: [Target.Dependency]) -> Target {
  .executableTarget(name: name, dependencies: dependencies, path: "Tests/\(name)", swiftSettings: settings)
}

func systemLibrary(_ name: String, pkgConfig: String, package: String) -> Target {
  .systemLibrary(name: name, pkgConfig: pkgConfig, providers: [.apt([package])])
}

let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")

let package = Package(
  name: "firn",
  products: [
    .executable(name: "firn", targets: ["firn"]),
    .library(
      name: "Firn",
      targets: [
        "Snapshots", "Repository", "Backend", "Format", "ErasureCoding", "FileSystem", "Patterns", "Cryptography",
      ]),
    // The codecs alone: for other readers of the format, and for the fuzzers.
    .library(name: "Format", targets: ["Format", "ErasureCoding", "Cryptography"]),
    // For Benchmarks, which measures each by itself.
    .library(
      name: "BuildingBlocks",
      targets: ["Repository", "Backend", "Format", "FileSystem", "Chunking", "Cryptography", "Compression"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2")
  ],
  targets: [
    systemLibrary("CZstd", pkgConfig: "libzstd", package: "libzstd-dev"),
    systemLibrary("COpenSSL", pkgConfig: "libcrypto", package: "libssl-dev"),
    systemLibrary("CLMDB", pkgConfig: "lmdb", package: "liblmdb-dev"),
    systemLibrary("CArgon2", pkgConfig: "libargon2", package: "libargon2-dev"),
    systemLibrary("CISAL", pkgConfig: "libisal", package: "libisal-dev"),
    systemLibrary("CSSH2", pkgConfig: "libssh2", package: "libssh2-1-dev"),
    systemLibrary("CBlkid", pkgConfig: "blkid", package: "libblkid-dev"),
    .systemLibrary(name: "CSHA256"),
    .systemLibrary(name: "CLinux"),
    .systemLibrary(name: "CProcess"),

    layer("Threads"),
    layer("FileSystem", imports: ["CLinux"]),
    layer("DeviceSignatures", imports: ["CBlkid", "FileSystem"]),
    layer("LMDB", imports: ["CLMDB"]),
    layer("Compression", imports: ["CZstd"]),
    layer("Cryptography", imports: ["COpenSSL", "CArgon2", "CSHA256"]),
    layer("Chunking"),
    layer("ErasureCoding", imports: ["CISAL"]),
    layer("Format", imports: ["Cryptography", "ErasureCoding"]),
    layer("SSH", imports: ["CSSH2", "Cryptography"]),
    layer("Backend", imports: ["FileSystem", "DeviceSignatures", "SSH", "Cryptography", "Threads"]),
    layer(
      "Repository",
      imports: ["Backend", "Format", "Chunking", "Cryptography", "Compression", "ErasureCoding", "LMDB", "Threads"]),
    layer("Patterns"),
    layer("Retention", imports: ["Format"]),
    layer("Scheduling", imports: ["Format"]),
    layer(
      "Snapshots", imports: ["Repository", "Format", "Chunking", "FileSystem", "Patterns", "Cryptography", "Threads"]),
    layer(
      "Commands",
      imports: [
        "Snapshots", "Repository", "Retention", "Scheduling", "Backend", "SSH", "Format", "FileSystem", "Patterns",
        "Cryptography",
        "DeviceSignatures", "Threads", "LMDB", "CLinux", "CProcess", argumentParser,
      ]),
    .executableTarget(name: "firn", dependencies: ["Commands"], swiftSettings: settings),

    testSupport("TestSupport"),
    tests("CompressionTests", of: ["Compression", "TestSupport"]),
    testTool("LMDBPeer", of: ["LMDB"]),
    tests("LMDBTests", of: ["LMDB", "LMDBPeer", "TestSupport"]),
    tests("ErasureCodingTests", of: ["ErasureCoding", "TestSupport"]),
    tests("CryptographyTests", of: ["Cryptography", "TestSupport"]),
    tests("ChunkingTests", of: ["Chunking", "TestSupport"]),
    tests("FileSystemTests", of: ["FileSystem", "TestSupport"]),
    tests("FormatTests", of: ["Format", "Cryptography", "ErasureCoding"]),
    testSupport("BackendTestSupport", of: ["Backend", "SSH", "Threads", "TestSupport"]),
    testTool("BackendCommit", of: ["Backend"]),
    .systemLibrary(name: "CTestCalls", path: "Tests/CTestCalls"),
    tests("PatternsTests", of: ["Patterns", "TestSupport"]),
    tests("RetentionTests", of: ["Retention", "Format", "TestSupport"]),
    tests("SchedulingTests", of: ["Scheduling", "Format", "TestSupport"]),
    tests(
      "CommandTests",
      of: ["Commands", "Repository", "Backend", "SSH", "BackendTestSupport", "TestSupport", "firn", argumentParser]),
    testSupport("RepositoryFixture", of: ["Repository", "Backend", "Format", "Cryptography", "TestSupport"]),
    testTool("DamageSoak", of: ["RepositoryFixture"]),
    tests(
      "RepositoryTests",
      of: [
        "RepositoryFixture", "Repository", "Backend", "BackendTestSupport", "Format", "Cryptography", "Compression",
        "ErasureCoding",
        "LMDB", "Threads",
        "TestSupport",
      ]),
    tests(
      "SnapshotsTests",
      of: [
        "Snapshots", "Repository", "Backend", "BackendTestSupport", "Format", "FileSystem", "Patterns", "Cryptography",
        "Threads", "CTestCalls", "TestSupport",
      ]),
    testTool("GoldenFixture", of: ["Snapshots", "Repository", "Backend", "Format", "FileSystem", "Cryptography"]),
    tests("FixtureTests", of: ["Snapshots", "Repository", "Backend", "Format", "Cryptography"]),
    testSupport(
      "Simulation",
      of: [
        "RepositoryFixture", "Snapshots", "Repository", "Backend", "Format", "Cryptography", "Threads", "TestSupport",
      ]),
    testTool("Simulate", of: ["Simulation", "Threads"]),
    tests("SimulationTests", of: ["Simulation", "Backend"]),
    tests("SSHTests", of: ["SSH", "BackendTestSupport", "TestSupport"]),
    tests("BackendConformanceTests", of: ["Backend", "SSH", "BackendTestSupport", "BackendCommit", "TestSupport"]),
    tests("BlockDeviceTests", of: ["Backend", "BackendTestSupport", "BackendCommit", "TestSupport"]),
  ],
  swiftLanguageModes: [.v6]
)
