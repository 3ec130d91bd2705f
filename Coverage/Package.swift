// swift-tools-version: 6.2
import PackageDescription

// A package of its own, so that measuring coverage neither builds the whole product a second time nor slows its tests
// down. The sources are those of the product, by symbolic links.
let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

let testing: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

let package = Package(
    name: "coverage",
    dependencies: [
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
    ],
    targets: [
        .target(name: "TelephonyPrimitives", swiftSettings: settings),
        .target(name: "SDP", dependencies: ["TelephonyPrimitives"], swiftSettings: settings),
        .target(
            name: "SIPCore",
            dependencies: [
                "TelephonyPrimitives", .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "DequeModule", package: "swift-collections"),
                .product(name: "HeapModule", package: "swift-collections"),
            ], swiftSettings: settings),
        .target(name: "TelephonyTesting", dependencies: ["TelephonyPrimitives"], swiftSettings: settings),
        .testTarget(name: "SDPTests", dependencies: ["SDP", "TelephonyPrimitives"], swiftSettings: testing),
        .testTarget(
            name: "SIPCoreTests", dependencies: ["SIPCore", "TelephonyPrimitives", "TelephonyTesting"],
            swiftSettings: testing),
    ]
)
