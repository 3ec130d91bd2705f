// swift-tools-version: 6.2
import PackageDescription

/// Swift 6 mode, strict memory safety, a warning is an error; without the rule that finds the members of `sockaddr_in`
/// in a module that NIO keeps to itself.
let strictWithSockets: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .strictMemorySafety(),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
]

/// Nearly every target of ours.
let strict: [SwiftSetting] = strictWithSockets + [.enableUpcomingFeature("MemberImportVisibility")]

/// What a user would write in a package of their own.
let example: [SwiftSetting] = [.swiftLanguageMode(.v6), .treatAllWarnings(as: .error)]

/// Tests call Foundation and C in ways that strict memory safety would only make noisier.
let testing: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

let nioCore: Target.Dependency = .product(name: "NIOCore", package: "swift-nio")
let nioPosix: Target.Dependency = .product(name: "NIOPosix", package: "swift-nio")
let nioTLS: Target.Dependency = .product(name: "NIOTLS", package: "swift-nio")
let nioHTTP1: Target.Dependency = .product(name: "NIOHTTP1", package: "swift-nio")
let nioWebSocket: Target.Dependency = .product(name: "NIOWebSocket", package: "swift-nio")
let nioSSL: Target.Dependency = .product(name: "NIOSSL", package: "swift-nio-ssl")
let crypto: Target.Dependency = .product(name: "Crypto", package: "swift-crypto")
let deque: Target.Dependency = .product(name: "DequeModule", package: "swift-collections")
let heap: Target.Dependency = .product(name: "HeapModule", package: "swift-collections")
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let metrics: Target.Dependency = .product(name: "Metrics", package: "swift-metrics")
let coreMetrics: Target.Dependency = .product(name: "CoreMetrics", package: "swift-metrics")
let hummingbird: Target.Dependency = .product(name: "Hummingbird", package: "hummingbird")
let hummingbirdCore: Target.Dependency = .product(name: "HummingbirdCore", package: "hummingbird")
let grdb: Target.Dependency = .product(name: "GRDB", package: "GRDB.swift")
let yams: Target.Dependency = .product(name: "Yams", package: "Yams")
let asyncHTTPClient: Target.Dependency = .product(name: "AsyncHTTPClient", package: "async-http-client")
let argumentParser: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")

let package = Package(
    name: "trunkline",
    products: [
        .library(name: "TelephonyPrimitives", targets: ["TelephonyPrimitives"]),
        .library(name: "SDP", targets: ["SDP"]),
        .library(name: "SIPCore", targets: ["SIPCore"]),
        .library(name: "SIPNIO", targets: ["SIPNIO"]),
        .library(name: "WebSockets", targets: ["WebSockets"]),
        .library(name: "RTPMedia", targets: ["RTPMedia"]),
        .library(name: "Telephony", targets: ["Telephony"]),
        .library(name: "Agent", targets: ["Agent"]),
        .library(name: "Providers", targets: ["Providers"]),
        .library(name: "Telnyx", targets: ["Telnyx"]),
        .library(name: "Doctor", targets: ["Doctor"]),
        .library(name: "ProviderDoubles", targets: ["ProviderDoubles"]),
        .library(name: "TelephonyTesting", targets: ["TelephonyTesting"]),
        .library(name: "SIPSimulation", targets: ["SIPSimulation"]),
        .library(name: "MediaSimulation", targets: ["MediaSimulation"]),
        .library(name: "Sandbox", targets: ["Sandbox"]),
        .executable(name: "trunkline", targets: ["Trunkline"]),
        .executable(name: "sip-simulation", targets: ["sip-simulation"]),
        .executable(name: "media-simulation", targets: ["media-simulation"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        // Without its traits it needs no more of Foundation than we do.
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1", traits: []),
        .package(url: "https://github.com/swiftlang/swift-docc-plugin", from: "1.5.0"),
    ],
    targets: [
        // The C libraries.
        .systemLibrary(
            name: "CSRTP", path: "Sources/CLibs/CSRTP", pkgConfig: "libsrtp2", providers: [.apt(["libsrtp2-dev"])]),
        .systemLibrary(
            name: "COpus", path: "Sources/CLibs/COpus", pkgConfig: "opus", providers: [.apt(["libopus-dev"])]),
        .systemLibrary(
            name: "CSpeexDSP", path: "Sources/CLibs/CSpeexDSP", pkgConfig: "speexdsp",
            providers: [.apt(["libspeexdsp-dev"])]),
        .systemLibrary(
            name: "CCares", path: "Sources/CLibs/CCares", pkgConfig: "libcares", providers: [.apt(["libc-ares-dev"])]),

        // Types only: the library is loaded at run time.
        .systemLibrary(name: "CSherpa", path: "Sources/CLibs/CSherpa"),

        // Cores: values, no I/O.
        .target(name: "TelephonyPrimitives", swiftSettings: strict),
        .target(name: "SDP", dependencies: ["TelephonyPrimitives"], swiftSettings: strict),
        .target(name: "SIPCore", dependencies: ["TelephonyPrimitives", crypto, deque, heap], swiftSettings: strict),
        .target(
            name: "RTPMedia", dependencies: ["TelephonyPrimitives", "CSpeexDSP", "COpus", "CSRTP"],
            swiftSettings: strict),

        .target(name: "TelephonyTesting", dependencies: ["TelephonyPrimitives"], swiftSettings: strict),
        .target(
            name: "SIPSimulation", dependencies: ["SIPCore", "SDP", "TelephonyPrimitives", "TelephonyTesting"],
            swiftSettings: strict),
        .target(
            name: "MediaSimulation", dependencies: ["RTPMedia", "TelephonyPrimitives", "TelephonyTesting"],
            swiftSettings: strict),
        // A carrier on one's desk: it shares no message builder with what it is there to try.
        .target(
            name: "Sandbox",
            dependencies: [
                "TelephonyPrimitives", "SIPCore", "SDP", "RTPMedia", "WebSockets", nioCore, nioPosix, nioHTTP1, nioSSL,
                crypto, asyncHTTPClient,
            ],
            swiftSettings: strict),
        .executableTarget(
            name: "sip-simulation", dependencies: ["SIPSimulation", "TelephonyTesting"], swiftSettings: strict),
        .executableTarget(name: "media-simulation", dependencies: ["MediaSimulation"], swiftSettings: strict),
        .target(name: "TrunklineConfiguration", dependencies: ["TelephonyPrimitives", yams], swiftSettings: strict),

        // The rim, and what stands on it.
        .target(
            name: "WebSockets", dependencies: [nioCore, nioPosix, nioHTTP1, nioWebSocket, nioSSL],
            swiftSettings: strict),
        .target(
            name: "SIPNIO",
            dependencies: [
                "TelephonyPrimitives", "SDP", "SIPCore", "WebSockets", "CCares", nioCore, nioPosix, nioTLS, nioSSL,
                logging,
            ],
            swiftSettings: strictWithSockets),
        .target(
            name: "Telephony",
            dependencies: [
                "TelephonyPrimitives", "SDP", "SIPCore", "SIPNIO", "RTPMedia", nioCore, nioPosix, nioSSL, logging,
                metrics,
            ],
            swiftSettings: strict),
        .target(
            name: "Agent",
            dependencies: ["TelephonyPrimitives", "RTPMedia", "Telephony", "CSherpa", grdb, yams, logging],
            swiftSettings: strict),
        .target(
            name: "Telnyx",
            dependencies: [
                "TelephonyPrimitives", "RTPMedia", nioCore, nioPosix, nioHTTP1, asyncHTTPClient, crypto, deque,
            ],
            swiftSettings: strict),
        // Calls without a SIP stack: a port for Telnyx's webhooks and media streams.
        .target(
            name: "CallControl",
            dependencies: [
                "TelephonyPrimitives", "RTPMedia", "SIPNIO", "Telephony", "Telnyx", "WebSockets", nioCore, nioPosix,
                nioHTTP1, logging, metrics,
            ],
            swiftSettings: strict),
        .target(
            name: "Providers",
            dependencies: [
                "TelephonyPrimitives", "RTPMedia", "Telephony", "Agent", "Telnyx", "Webhooks", "WebSockets", nioCore,
                nioPosix, nioHTTP1, nioSSL, asyncHTTPClient, logging,
            ],
            swiftSettings: strict),
        .target(
            name: "ProviderDoubles", dependencies: ["WebSockets", nioCore, nioPosix, nioHTTP1], swiftSettings: strict),
        .target(name: "Observability", dependencies: [coreMetrics], swiftSettings: strict),
        .target(
            name: "CallAPI",
            dependencies: ["TelephonyPrimitives", "SIPCore", "Telephony", "Agent", crypto, metrics, heap],
            resources: [.embedInCode("Resources/openapi.json")], swiftSettings: strict),
        // Apart from the program: Hummingbird brings modules along whose members it would have to import.
        .target(
            name: "CallAPIServer", dependencies: ["CallAPI", hummingbird, hummingbirdCore, nioCore, logging],
            swiftSettings: strict),
        .target(
            name: "Webhooks",
            dependencies: ["Agent", asyncHTTPClient, nioCore, nioHTTP1, crypto, logging, metrics], swiftSettings: strict
        ),
        .target(
            name: "CallSpans",
            dependencies: ["Agent", "Telephony", asyncHTTPClient, nioCore, nioHTTP1, logging, metrics],
            swiftSettings: strict),
        .target(
            name: "CallWatch", dependencies: ["Agent", "CallAPI", nioCore, nioHTTP1, asyncHTTPClient],
            swiftSettings: strict),
        .target(
            name: "Doctor",
            dependencies: [
                "TelephonyPrimitives", "SIPCore", "SIPNIO", "RTPMedia", "Telephony", "Agent", "Telnyx",
                "TrunklineConfiguration", nioCore, nioPosix,
                nioHTTP1, nioSSL, asyncHTTPClient, logging,
            ],
            swiftSettings: strict),
        .target(
            name: "CallReplay", dependencies: ["TelephonyPrimitives", "SIPCore", "RTPMedia", "Telephony", "Agent"],
            swiftSettings: strict),
        .target(
            name: "Rehearsal",
            dependencies: [
                "TelephonyPrimitives", "SIPCore", "SIPNIO", "RTPMedia", "Telephony", "Agent", yams, logging,
            ],
            swiftSettings: strict),
        .executableTarget(
            name: "Trunkline",
            dependencies: [
                "TelephonyPrimitives", "SIPCore", "SIPNIO", "RTPMedia", "Telephony", "Agent", "Providers", "WebSockets",
                "TrunklineConfiguration", "Observability", "CallAPI", "CallAPIServer", "Webhooks", "Doctor",
                "CallWatch", "CallSpans", "CallReplay", "Sandbox", "Rehearsal", "CallControl", "Telnyx", logging,
                metrics, argumentParser,
            ],
            resources: [.embedInCode("Resources/receptionist.yaml")], swiftSettings: strict),
        .executableTarget(
            name: "AnswerCalls", dependencies: ["SIPNIO", "SIPCore", "SDP", "TelephonyPrimitives"],
            path: "Examples/AnswerCalls", swiftSettings: example),
        .executableTarget(
            name: "PlaceCall", dependencies: ["SIPNIO", "SIPCore", "SDP", "TelephonyPrimitives"],
            path: "Examples/PlaceCall", swiftSettings: example),
        .executableTarget(
            name: "RegisterPhone", dependencies: ["SIPNIO", "SIPCore"], path: "Examples/RegisterPhone",
            swiftSettings: example),
        .executableTarget(
            name: "EchoServer", dependencies: ["Telephony"], path: "Examples/EchoServer", swiftSettings: example),
        .executableTarget(
            name: "EchoRTP", dependencies: ["RTPMedia", "TelephonyPrimitives"], path: "Examples/EchoRTP",
            swiftSettings: example),
        .executableTarget(
            name: "TranscodeFile", dependencies: ["RTPMedia"], path: "Examples/TranscodeFile", swiftSettings: example),

        // What `make bench-turns` runs.
        .executableTarget(
            name: "turn-bench",
            dependencies: [
                "Telephony", "SIPCore", "SIPNIO", "TelephonyPrimitives", "RTPMedia", "WebSockets", "ProviderDoubles",
                argumentParser,
            ],
            path: "Benchmarks/turns", swiftSettings: testing),

        .testTarget(name: "TelephonyPrimitivesTests", dependencies: ["TelephonyPrimitives"], swiftSettings: testing),
        .testTarget(
            name: "SIPCoreTests", dependencies: ["SIPCore", "TelephonyPrimitives", "TelephonyTesting"],
            swiftSettings: testing),
        .testTarget(
            name: "SIPNIOTests",
            dependencies: [
                "SIPNIO", "SIPCore", "TelephonyPrimitives", "TelephonyTesting", "WebSockets", nioCore, nioPosix, nioSSL,
                logging,
            ],
            swiftSettings: testing),
        .testTarget(name: "SDPTests", dependencies: ["SDP", "TelephonyPrimitives"], swiftSettings: testing),
        .testTarget(name: "RTPMediaTests", dependencies: ["RTPMedia", "TelephonyPrimitives"], swiftSettings: testing),
        .testTarget(
            name: "TelephonyTestingTests", dependencies: ["TelephonyTesting", "TelephonyPrimitives", "SIPCore"],
            swiftSettings: testing),
        .testTarget(
            name: "TelephonyTests",
            dependencies: [
                "Telephony", "SIPNIO", "SIPCore", "SDP", "RTPMedia", "TelephonyPrimitives", nioCore, nioPosix, logging,
            ],
            swiftSettings: testing),
        .testTarget(
            name: "SimulationTests",
            dependencies: [
                "SIPSimulation", "MediaSimulation", "SIPCore", "SDP", "RTPMedia", "TelephonyPrimitives",
                "TelephonyTesting",
            ],
            swiftSettings: testing),
        .testTarget(
            name: "SandboxTests",
            dependencies: ["Sandbox", "SIPCore", "SDP", "TelephonyPrimitives", crypto, nioSSL],
            swiftSettings: testing),
        .testTarget(
            name: "InteropTests",
            dependencies: [
                "Trunkline", "Agent", "CallReplay", "Providers", "Telephony", "SIPNIO", "SIPCore", "RTPMedia",
                "TelephonyPrimitives", "TelephonyTesting", "WebSockets", "ProviderDoubles", "Telnyx", crypto, logging,
            ],
            exclude: [
                "Support/pipecat_bot.py", "Support/pipecat_telnyx.py", "Support/telnyx_check.py",
                "Support/telnyx_sandbox.py",
                "Support/llama_server.py", "Support/webhook_receiver.py",
                "Support/span_receiver.py",
                "Support/mcp_server.py",
            ],
            swiftSettings: testing),
        .testTarget(
            name: "AgentTests",
            dependencies: ["Agent", "Telephony", "RTPMedia", "SIPCore", "SIPNIO", "TelephonyPrimitives", grdb, crypto],
            swiftSettings: testing),
        .testTarget(
            name: "ProvidersTests",
            dependencies: [
                "Providers", "ProviderDoubles", "Agent", "RTPMedia", "Telephony", "TelephonyPrimitives", "WebSockets",
                "Webhooks", nioCore, nioPosix,
            ],
            swiftSettings: testing),
        .testTarget(
            name: "CallControlTests",
            dependencies: [
                "CallControl", "Telnyx", "Telephony", "TelephonyPrimitives", "RTPMedia", "WebSockets",
                "ProviderDoubles",
                crypto, logging,
            ],
            swiftSettings: testing),
        .testTarget(
            name: "TelnyxTests",
            dependencies: ["Telnyx", "TelephonyPrimitives", "RTPMedia", "ProviderDoubles", crypto],
            swiftSettings: testing),
        .testTarget(name: "ObservabilityTests", dependencies: ["Observability", coreMetrics], swiftSettings: testing),
        .testTarget(
            name: "CallAPITests",
            dependencies: [
                "CallAPI", "Observability", "Agent", "Telephony", "RTPMedia", "TelephonyPrimitives", metrics,
            ],
            swiftSettings: testing),
        .testTarget(
            name: "CallSpansTests",
            dependencies: ["CallSpans", "Observability", "Agent", "Telephony", logging, metrics],
            swiftSettings: testing),
        .testTarget(name: "CallWatchTests", dependencies: ["CallWatch", "CallAPI"], swiftSettings: testing),
        .testTarget(
            name: "CallReplayTests",
            dependencies: [
                "CallReplay", "Agent", "Telephony", "SIPNIO", "SIPCore", "RTPMedia", "TelephonyPrimitives",
                "TelephonyTesting",
            ],
            swiftSettings: testing),
        .testTarget(
            name: "RehearsalTests", dependencies: ["Rehearsal", "Agent", "Telephony", "TelephonyPrimitives"],
            swiftSettings: testing),
        .testTarget(
            name: "DoctorTests",
            dependencies: [
                "Doctor", "Telephony", "Telnyx", "ProviderDoubles", "SIPNIO", "SIPCore", "TelephonyPrimitives",
                "TrunklineConfiguration", nioCore,
                nioPosix,
            ],
            swiftSettings: testing),
        .testTarget(
            name: "WebhooksTests",
            dependencies: ["Webhooks", "Observability", "Agent", "Telephony", logging], swiftSettings: testing),
        .testTarget(
            name: "TrunklineConfigurationTests",
            dependencies: ["TrunklineConfiguration", "SIPCore", "TelephonyPrimitives"], swiftSettings: testing),
    ]
)
