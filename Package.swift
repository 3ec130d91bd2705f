// swift-tools-version: 6.2
import PackageDescription

/// Every target of ours: Swift 6 mode, strict memory safety, a warning is an error.
let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .strictMemorySafety(),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

let package = Package(
    name: "trunkline",
    products: [
        .library(name: "TelephonyPrimitives", targets: ["TelephonyPrimitives"]),
    ],
    targets: [
        .target(name: "TelephonyPrimitives", swiftSettings: strict),
        .testTarget(
            name: "TelephonyPrimitivesTests", dependencies: ["TelephonyPrimitives"], swiftSettings: strict),
    ]
)
