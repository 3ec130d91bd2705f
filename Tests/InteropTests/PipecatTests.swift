import Agent
import Foundation
import Logging
import Providers
import RTPMedia
import SIPNIO
import Synchronization
import Telephony
import TelephonyPrimitives
import Testing
import WebSockets

/// A bot made with pipecat, behind its own serializers for Twilio and Telnyx, talks on a call over SIP.
@Suite(.serialized)
struct PipecatTests {
    private static let python = Workspace.root.appending(path: ".build-artifacts/pipecat/bin/python").path
    private static let isInstalled = FileManager.default.isExecutableFile(atPath: python)

    /// What a caller hears: the loudest of some tones, 50 ms at a time.
    private final class Ear: Sendable {
        static let tones: [Double] = [500, 800, 1_000, 1_200]
        private let state = Mutex((samples: [Int16](), heard: [Double?]()))

        func hear(_ frame: PCMFrame) {
            state.withLock { state in
                state.samples += frame.samples
                while state.samples.count >= frame.sampleRate / 20 {
                    let part = Array(state.samples.prefix(frame.sampleRate / 20))
                    state.samples.removeFirst(part.count)
                    state.heard.append(Self.tone(of: part, frame.sampleRate))
                }
            }
        }

        /// The tone of each 50 ms so far; `nil` for silence and for anything else.
        var heard: [Double?] { state.withLock { $0.heard } }

        func times(_ tone: Double) -> Int { heard.filter { $0 == tone }.count }

        /// The tone that holds at least half of the sound.
        private static func tone(of samples: [Int16], _ rate: Int) -> Double? {
            let energy = samples.reduce(0.0) { $0 + Double($1) * Double($1) }
            guard energy > Double(samples.count) * 250_000 else { return nil }
            return tones.first { tone in
                let step = 2 * Double.pi * tone / Double(rate)
                var (real, imaginary) = (0.0, 0.0)
                for (index, sample) in samples.enumerated() {
                    real += Double(sample) * cos(step * Double(index))
                    imaginary += Double(sample) * sin(step * Double(index))
                }
                return 2 * (real * real + imaginary * imaginary) / Double(samples.count) > energy / 2
            }
        }
    }

    @Test(
        "F-19 A pipecat bot on a plain SIP call hears, speaks, takes keys, cuts itself off and leaves",
        .enabled(if: isInstalled, "pipecat is not installed: scripts/install-pipecat.sh"),
        arguments: MediaStreamDialect.allCases)
    func talks(dialect: MediaStreamDialect) async throws {
        let port = try Workspace.freePort()
        let script = Workspace.root.appending(path: "Tests/InteropTests/Support/pipecat_bot.py").path
        let program = try Program(Self.python, [script, "\(port)"])
        _ = try await program.line(containing: "ready")
        let url = try #require(WebSocketURL("ws://127.0.0.1:\(port)/ws"))
        let silent = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let desk = try await Endpoint(
            configuration: EndpointConfiguration(listen: [.udp("127.0.0.1", 0)]), logger: silent)
        let phone = try await Endpoint(
            configuration: EndpointConfiguration(listen: [.udp("127.0.0.1", 0)]), logger: silent)
        let outcomes = Mutex([ConversationOutcome]())
        let serving = Task {
            await desk.serve { invitation in
                try await invitation.answer { call in
                    let outcome = await MediaStreamBot(dialect, url: url).converse(on: call) { _ in }
                    outcomes.withLock { $0.append(outcome) }
                }
            }
        }
        let target = "sip:desk@127.0.0.1:\(try #require(desk.addresses.first).address.port)"
        try await phone.call(OutgoingCall(to: target)) { call in
            let ear = Ear()
            let listening = Task { for await frame in call.audio { ear.hear(frame) } }
            _ = try await program.line(containing: "call \(dialect.rawValue)")
            _ = try await eventually("the greeting") { ear.times(500) >= 16 ? true : nil }
            try await call.sendDTMF("1")
            _ = try await program.line(containing: "key 1")
            _ = try await eventually("the answer to a key") { ear.times(800) >= 16 ? true : nil }
            // Ten seconds of a tone, of which less than three are to be heard.
            try await call.sendDTMF("2")
            _ = try await eventually("the long tone") { ear.times(1_200) >= 10 ? true : nil }
            _ = try await program.line(containing: "interrupted")
            let cut = ear.heard.count
            _ = try await eventually("silence") { ear.heard.count >= cut + 30 ? true : nil }
            #expect(ear.heard.suffix(20).allSatisfy { $0 == nil })
            #expect(ear.times(1_200) < 80)
            // What is said comes back.
            try await call.sendDTMF("4")
            _ = try await program.line(containing: "key 4")
            let rate = call.sampleRate
            for start in stride(from: 0, to: rate * 2, by: rate / 50) {
                let samples = (start..<start + rate / 50).map {
                    Int16(8_000 * sin(2 * .pi * 1_000 * Double($0) / Double(rate)))
                }
                try await call.play(PCMFrame(samples: samples, sampleRate: rate))
            }
            _ = try await eventually("the echo") { ear.times(1_000) >= 20 ? true : nil }
            try await call.sendDTMF("3")
            // The bot leaves, and the call ends.
            await listening.value
        }
        _ = try await eventually("the outcome") { outcomes.withLock { $0.first } }
        #expect(outcomes.withLock { $0 } == [ConversationOutcome(reason: .normal)])
        _ = try await program.line(containing: "over")
        await phone.shutdown()
        await desk.shutdown()
        await serving.value
        program.signal(SIGTERM)
    }
}
