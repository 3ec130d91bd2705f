// swift-tools-version: 6.2
import PackageDescription

// A package of its own, so that the flags of the fuzzer stay out of the products. The parsers are compiled again from
// the same sources, by symbolic links, with coverage.
let fuzzed: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .unsafeFlags(["-sanitize=fuzzer,address"]),
]

let package = Package(
    name: "fuzz",
    dependencies: [
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
    ],
    targets: [
        .target(name: "CFuzz"),
        .target(name: "TelephonyPrimitives", swiftSettings: fuzzed),
        .target(name: "SDP", dependencies: ["TelephonyPrimitives"], swiftSettings: fuzzed),
        .systemLibrary(name: "CSpeexDSP", pkgConfig: "speexdsp"),
        .systemLibrary(name: "COpus", pkgConfig: "opus"),
        .systemLibrary(name: "CSRTP", pkgConfig: "libsrtp2"),
        .target(
            name: "RTPMedia", dependencies: ["TelephonyPrimitives", "CSpeexDSP", "COpus", "CSRTP"],
            swiftSettings: fuzzed),
        // Of SIPNIO only what reads certificates.
        .target(
            name: "Certificates", dependencies: ["TelephonyPrimitives"],
            swiftSettings: fuzzed + [.unsafeFlags(["-enable-testing"])]),
        .target(
            name: "SIPCore",
            dependencies: [
                "TelephonyPrimitives", .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "DequeModule", package: "swift-collections"),
                .product(name: "HeapModule", package: "swift-collections"),
            ],
            // The readers of single headers are internal.
            swiftSettings: fuzzed + [.unsafeFlags(["-enable-testing"])]),
        // Of these only what calls are replayed with.
        .target(name: "Telephony", dependencies: ["TelephonyPrimitives", "RTPMedia"], swiftSettings: fuzzed),
        .target(name: "Agent", dependencies: ["TelephonyPrimitives", "RTPMedia", "Telephony"], swiftSettings: fuzzed),
        .target(
            name: "CallReplay", dependencies: ["TelephonyPrimitives", "SIPCore", "RTPMedia", "Telephony", "Agent"],
            swiftSettings: fuzzed),
        .executableTarget(
            name: "fuzz",
            dependencies: [
                "CFuzz", "TelephonyPrimitives", "SDP", "SIPCore", "RTPMedia", "Certificates", "CallReplay",
            ],
            swiftSettings: fuzzed,
            linkerSettings: [.unsafeFlags(["-sanitize=fuzzer,address", "-use-ld=lld"])]),
    ]
)
