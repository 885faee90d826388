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

/// A program that tests start as a process of its own.
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
    .library(name: "Firn", targets: ["Snapshots", "Repository", "Backend"]),
    // The codecs alone: for other readers of the format, and for the fuzzers.
    .library(name: "Format", targets: ["Format", "Cryptography"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2")
  ],
  targets: [
    systemLibrary("CZstd", pkgConfig: "libzstd", package: "libzstd-dev"),
    systemLibrary("COpenSSL", pkgConfig: "libcrypto", package: "libssl-dev"),
    systemLibrary("CLMDB", pkgConfig: "lmdb", package: "liblmdb-dev"),
    .systemLibrary(name: "CLinux"),
    .systemLibrary(name: "CProcess"),

    layer("Threads"),
    layer("FileSystem", imports: ["CLinux"]),
    layer("LMDB", imports: ["CLMDB"]),
    layer("Compression", imports: ["CZstd"]),
    layer("Cryptography", imports: ["COpenSSL"]),
    layer("Chunking"),
    layer("Format", imports: ["Cryptography"]),
    layer("Backend", imports: ["FileSystem"]),
    layer(
      "Repository",
      imports: ["Backend", "Format", "Chunking", "Cryptography", "Compression", "LMDB", "Threads"]),
    layer("Patterns"),
    layer(
      "Snapshots", imports: ["Repository", "Format", "Chunking", "FileSystem", "Patterns", "Cryptography", "Threads"]),
    layer(
      "Commands",
      imports: [
        "Snapshots", "Repository", "Backend", "Format", "FileSystem", "Patterns", "Cryptography", "Threads", "LMDB",
        "CLinux", "CProcess", argumentParser,
      ]),
    .executableTarget(name: "firn", dependencies: ["Commands"], swiftSettings: settings),

    tests("CompressionTests", of: ["Compression"]),
    testTool("LMDBPeer", of: ["LMDB"]),
    tests("LMDBTests", of: ["LMDB", "LMDBPeer"]),
    tests("CryptographyTests", of: ["Cryptography"]),
    tests("ChunkingTests", of: ["Chunking"]),
    tests("FileSystemTests", of: ["FileSystem"]),
    tests("FormatTests", of: ["Format", "Cryptography"]),
    .target(
      name: "BackendTestSupport", dependencies: ["Backend"], path: "Tests/BackendTestSupport", swiftSettings: settings),
    testTool("BackendCommit", of: ["Backend"]),
    .systemLibrary(name: "CTestCalls", path: "Tests/CTestCalls"),
    tests("PatternsTests", of: ["Patterns"]),
    tests("CommandTests", of: ["Commands", "firn"]),
    .target(
      name: "RepositoryFixture", dependencies: ["Repository", "Backend", "Format", "Cryptography"],
      path: "Tests/RepositoryFixture", swiftSettings: settings),
    .executableTarget(
      name: "damage-soak", dependencies: ["RepositoryFixture"], path: "Tests/DamageSoak", swiftSettings: settings),
    tests(
      "RepositoryTests",
      of: ["RepositoryFixture", "Repository", "Backend", "Format", "Cryptography", "Compression", "LMDB", "Threads"]),
    tests(
      "SnapshotsTests",
      of: [
        "Snapshots", "Repository", "Backend", "BackendTestSupport", "Format", "FileSystem", "Patterns", "Cryptography",
        "Threads", "CTestCalls",
      ]),
    .executableTarget(
      name: "golden-fixture",
      dependencies: ["Snapshots", "Repository", "Backend", "Format", "FileSystem", "Cryptography"],
      path: "Tests/GoldenFixture", swiftSettings: settings),
    tests("FixtureTests", of: ["Snapshots", "Repository", "Backend", "Format", "Cryptography"]),
    tests("BackendConformanceTests", of: ["Backend", "BackendTestSupport", "BackendCommit"]),
  ],
  swiftLanguageModes: [.v6]
)
