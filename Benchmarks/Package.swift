// swift-tools-version: 6.2
import PackageDescription

let settings: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .treatAllWarnings(as: .error),
]

let package = Package(
  name: "firn-benchmarks",
  dependencies: [.package(name: "firn", path: "..")],
  targets: [
    // The C libraries and system calls as they are: what the loops are compared with.
    .systemLibrary(name: "CRaw"),
    .executableTarget(
      name: "micro", dependencies: ["CRaw", .product(name: "BuildingBlocks", package: "firn")],
      swiftSettings: settings),
    .executableTarget(
      name: "scale", dependencies: [.product(name: "BuildingBlocks", package: "firn")], swiftSettings: settings),
  ],
  swiftLanguageModes: [.v6]
)
