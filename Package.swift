// swift-tools-version: 6.2
import PackageDescription

/// One list for every target: Swift 6 language mode, warnings are errors.
let strict: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .treatAllWarnings(as: .error),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
]

func library(
  _ name: String, _ dependencies: [Target.Dependency] = [], path: String? = nil,
  exclude: [String] = []
) -> Target {
  .target(
    name: name, dependencies: dependencies, path: path, exclude: exclude, swiftSettings: strict)
}

func executable(_ name: String, _ dependencies: [Target.Dependency], path: String? = nil) -> Target
{
  .executableTarget(name: name, dependencies: dependencies, path: path, swiftSettings: strict)
}

func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
  .testTarget(name: name, dependencies: dependencies, swiftSettings: strict)
}

let package = Package(
  name: "kynect-on-demand",
  products: [
    .library(name: "KODClient", targets: ["KODClient"]),
    .executable(name: "kod-server", targets: ["kod-server"]),
    .executable(name: "kod", targets: ["kod"]),
    .executable(name: "kod-load", targets: ["kod-load"]),
    .executable(name: "kod-conformance", targets: ["kod-conformance"]),
  ],
  targets: [
    .systemLibrary(name: "CLinux"),
    .systemLibrary(name: "COpenSSL", pkgConfig: "openssl", providers: [.apt(["libssl-dev"])]),

    // Four leaves that never see one another.
    library("KODWire"),
    library("KODEngine"),
    library("KODJournal", ["CLinux"], exclude: ["FORMAT.md"]),
    library("KODTransport", ["CLinux", "COpenSSL"]),

    // Wall-clock time: the one library below the server that uses Foundation.
    library("KODCalendar", ["KODEngine"]),
    library("KODServer", ["KODCalendar", "KODEngine", "KODJournal", "KODTransport", "KODWire"]),
    executable("kod-server", ["KODServer", "KODEngine", "KODJournal", "KODTransport", "KODWire"]),
    // JSON as ordered values: what programs read of `kod`, and messages as text.
    library("KODJSON"),
    library("KODSchema", ["KODJSON"]),
    library("KODProtogen", ["KODSchema"]),
    library("KODVectors", ["KODJSON", "KODSchema"]),
    executable("kod-protogen", ["KODProtogen", "KODSchema", "KODVectors"]),

    library("KODClient", ["KODTransport", "KODWire"], path: "Clients/KODClient"),
    executable("kod", ["KODClient", "KODJSON", "KODWire"], path: "Clients/kod"),
    executable("kod-load", ["KODClient", "KODTransport", "KODWire"], path: "Clients/kod-load"),
    library(
      "KODConformance", ["KODJSON", "KODSchema", "KODTransport", "KODWire"],
      path: "Clients/KODConformance"),
    executable("kod-conformance", ["KODConformance"], path: "Clients/kod-conformance"),

    // What several suites need.
    library("TestSupport", path: "Tests/Support"),
    tests("KODJSONTests", ["KODJSON"]),
    tests("KODSchemaTests", ["KODJSON", "KODSchema", "KODWire", "TestSupport"]),
    tests(
      "KODWireTests",
      ["KODJSON", "KODProtogen", "KODSchema", "KODVectors", "KODWire", "TestSupport"]),
    executable("kod-wire-check", ["KODWire"], path: "Tests/kod-wire-check"),
    tests("KODEngineTests", ["KODEngine", "TestSupport"]),
    executable("kod-engine-bench", ["KODEngine"], path: "Tests/kod-engine-bench"),
    tests("KODCalendarTests", ["KODCalendar", "KODEngine", "TestSupport"]),
    tests("KODJournalTests", ["CLinux", "KODJournal"]),
    tests("KODTransportTests", ["KODTransport", "TestSupport"]),
    tests(
      "KODServerTests",
      ["KODServer", "KODEngine", "KODJSON", "KODJournal", "KODTransport", "KODWire", "TestSupport"]),
    executable(
      "kod-conformance-client", ["KODClient", "KODJSON", "KODSchema", "KODWire"],
      path: "Tests/kod-conformance-client"),
    tests(
      "KODClientTests",
      ["KODClient", "KODJSON", "KODSchema", "KODTransport", "KODWire", "kod-conformance-client"]),
    tests("KODCommandLineTests", ["KODClient", "KODJSON", "KODWire", "kod"]),
    tests(
      "EndToEndTests",
      ["KODClient", "KODWire", "kod-server", "kod", "kod-load", "kod-conformance-client"]),
    tests("KODLoadTests", ["kod-load", "KODTransport", "KODWire"]),
    tests(
      "KODConformanceTests", ["KODConformance", "KODJSON", "KODSchema", "KODTransport", "KODWire"]),
    tests("TidyTests", []),
  ]
)
