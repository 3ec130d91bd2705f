// swift-tools-version: 6.2
import PackageDescription

/// What the sound of a call costs, beside the peers that do the same. A package of its own, as it needs little of the
/// product.
let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

let package = Package(
    name: "media-benchmarks",
    dependencies: [.package(name: "trunkline", path: "../..")],
    targets: ["media-bench-codec", "media-bench-front", "media-bench-jitter"].map { name in
        .executableTarget(
            name: name,
            dependencies: [
                .product(name: "RTPMedia", package: "trunkline"),
                .product(name: "TelephonyPrimitives", package: "trunkline"),
            ],
            swiftSettings: settings)
    } + [
        .executableTarget(
            name: "media-bench-echo",
            dependencies: [
                .product(name: "Telephony", package: "trunkline"), .product(name: "SIPNIO", package: "trunkline"),
                .product(name: "RTPMedia", package: "trunkline"),
            ],
            swiftSettings: settings)
    ]
)
