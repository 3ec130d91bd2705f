// swift-tools-version: 6.2
import PackageDescription

/// A package of its own, so that the product's manifest knows nothing of benchmarks.
let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

let core: [Target.Dependency] = ["TelephonyPrimitives", "SDP", "SIPCore"].map {
    .product(name: $0, package: "trunkline")
}

let package = Package(
    name: "benchmarks",
    dependencies: [
        .package(name: "trunkline", path: ".."),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
    ],
    targets: [
        .target(name: "CHeap"),
        .target(name: "SIPBenchmarks", dependencies: core + ["CHeap"], swiftSettings: settings),
        .executableTarget(name: "sip-bench-core", dependencies: ["SIPBenchmarks"], swiftSettings: settings),
        .executableTarget(
            name: "sip-bench",
            dependencies: core + [
                "SIPBenchmarks", .product(name: "SIPNIO", package: "trunkline"),
                .product(name: "NIOCore", package: "swift-nio"), .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: settings),
    ]
)
