// swift-tools-version: 6.2
// Built with `./fuzz`, never by the main package. Each library `Fuzz…` is one decoder's entry point for libFuzzer.
import PackageDescription

let decoders = [
  "Configuration", "KeySlot", "RecordHeader", "PackHeader", "PackFooter", "PackDirectory", "IndexSegment", "TreeObject",
  "ContentList", "Snapshot", "SmallRecords", "Texts", "ParityDescription",
]

let settings: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("InternalImportsByDefault"),
]

let package = Package(
  name: "fuzz",
  products: decoders.map { .library(name: "Fuzz\($0)", type: .static, targets: ["Fuzz\($0)"]) },
  dependencies: [.package(name: "firn", path: "../..")],
  targets: decoders.map {
    .target(name: "Fuzz\($0)", dependencies: [.product(name: "Format", package: "firn")], swiftSettings: settings)
  } + [
    .executableTarget(
      name: "SeedCorpus",
      dependencies: [.product(name: "Format", package: "firn")],
      swiftSettings: settings)
  ]
)
