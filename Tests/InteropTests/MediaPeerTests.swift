import Foundation
import RTPMedia
import TelephonyPrimitives
import Testing

/// Sound from and to programs that others wrote, by RTP alone: ffmpeg and GStreamer encode, encrypt and send what a
/// media session decrypts and decodes, and the other way round. A human voice and a rising tone are played; what comes
/// out has to have their wave form.
@Suite(.serialized)
struct MediaPeerTests {
    enum Direction: String, Sendable {
        case toUs = "sends to us"
        case fromUs = "hears us"
    }

    struct Row: Sendable, CustomTestStringConvertible {
        var peer: MediaPeer.Kind
        var codec: AudioCodecKind
        var suite: SRTPSuite?
        var direction: Direction

        var testDescription: String {
            "\(peer.rawValue) \(direction.rawValue), \(codec.name), \(suite?.rawValue ?? "in the clear")"
        }

        static func both(_ peer: MediaPeer.Kind, _ codec: AudioCodecKind, _ suite: SRTPSuite? = nil) -> [Row] {
            [Direction.toUs, .fromUs].map { Row(peer: peer, codec: codec, suite: suite, direction: $0) }
        }
    }

    private static let opus = AudioCodecKind.opus()
    private static let l16 = AudioCodecKind.l16(sampleRate: 16_000)

    @Test(
        "ffmpeg sends us PCMU, PCMA, G.722, Opus and L16, and hears them from us, as they were played",
        arguments: [.pcmu, .pcma, .g722, opus, l16].flatMap { Row.both(.ffmpeg, $0) })
    func ffmpeg(_ row: Row) async throws { try await check(row) }

    @Test(
        "ffmpeg sends us SRTP and hears ours, with both suites that it has",
        arguments: [SRTPSuite.aes128CMSHA1With80, .aes128CMSHA1With32].flatMap { suite in
            [.pcmu, opus].flatMap { Row.both(.ffmpeg, $0, suite) }
        })
    func ffmpegEncrypted(_ row: Row) async throws { try await check(row) }

    @Test(
        "GStreamer sends us PCMU, PCMA, Opus and L16, and hears them from us, as they were played",
        arguments: [.pcmu, .pcma, opus, l16].flatMap { Row.both(.gstreamer, $0) })
    func gstreamer(_ row: Row) async throws { try await check(row) }

    @Test(
        "GStreamer sends us SRTP and hears ours, with each of our six suites",
        arguments: zip(SRTPSuite.allCases, [.pcmu, opus, .pcma, l16, opus, .pcmu]).flatMap { suite, codec in
            Row.both(.gstreamer, codec, suite)
        })
    func gstreamerEncrypted(_ row: Row) async throws { try await check(row) }

    @Test("Who has another key is not heard, whatever program it is", arguments: [MediaPeer.Kind.ffmpeg, .gstreamer])
    func otherKey(peer: MediaPeer.Kind) async throws {
        let row = Row(peer: peer, codec: .pcmu, suite: .aes128CMSHA1With80, direction: .toUs)
        let exchange = try await Exchange(row, keyOfPeer: SRTPKeying(newKeyFor: .aes128CMSHA1With80))
        #expect(exchange.statistics.packetsReceived == 0)
        #expect(exchange.statistics.unauthenticated > 50, "\(exchange.output)")
        #expect(!exchange.heard.contains { abs(Int($0)) > 50 })
    }

    private func check(_ row: Row) async throws {
        let exchange = try await Exchange(row)
        let similarity = Similarity(
            of: exchange.heard, to: exchange.played, sampleRate: row.codec.sampleRate)
        // What Opus makes of a rising tone is not the same everywhere.
        let isOpus = if case .opus = row.codec { true } else { false }
        #expect(
            (isOpus ? similarity.coefficient : similarity.weakest) >= Similarity.bound(of: row.codec),
            "\(row.testDescription): \(similarity)\n\(exchange.statistics)\n\(exchange.output)")
        #expect(similarity.pieces.count >= 9, "\(row.testDescription): \(similarity)")
        #expect(exchange.statistics.isEncrypted == (row.suite != nil))
        if row.peer == .ffmpeg, row.direction == .toUs {
            #expect(exchange.events.contains(.goodbye), "\(row.testDescription): no goodbye by RTCP")
        }
    }

    /// One sound, one way.
    private struct Exchange {
        var played: [Int16]
        var heard: [Int16]
        var statistics: MediaStatistics
        var events: [MediaEvent]
        /// What the program said.
        var output: String

        /// - Parameter keyOfPeer: where the program is given another key than we have.
        init(_ row: Row, keyOfPeer: SRTPKeying? = nil) async throws {
            let workspace = try Workspace("media-\(row.peer.rawValue)-\(row.codec.name)")
            let codec = row.codec
            let keying = row.suite.map { SRTPKeying(newKeyFor: $0) }
            let payloadType = codec.staticPayloadType ?? 111
            let endpoint = try MediaEndpoint()
            let remote = try Workspace.freePort()
            let ssrc = UInt32.random(in: 1...UInt32.max)
            var configuration = MediaSessionConfiguration(
                codec: codec, sendPayloadType: payloadType, receivePayloadTypes: [payloadType: codec],
                keying: keying.map { MediaKeying(sending: $0, receiving: $0) },
                remote: TransportAddress(ip: .loopbackV4, port: remote), ssrc: ssrc, cname: "trunkline@127.0.0.1")
            let agreement = MediaPeer.Agreement(
                codec: codec, payloadType: payloadType, keying: keyOfPeer ?? keying)

            played = try Sound.speechAndSweep(sampleRate: codec.sampleRate)
            let file = workspace.path("sound.wav")
            switch row.direction {
            case .toUs:
                try Data(WAVFile(samples: played, sampleRate: codec.sampleRate).octets).write(to: URL(filePath: file))
                configuration.direction = .recvonly
                let peer = try MediaPeer(row.peer, sending: file, agreement, to: endpoint.port, from: remote)
                let heard = await endpoint.hear(configuration, until: { !peer.program.isRunning })
                try await peer.finish()
                self.heard = heard.samples
                (statistics, events) = (heard.statistics, heard.events)
                output = peer.program.output
            case .fromUs:
                configuration.direction = .sendonly
                // ffmpeg ends by our goodbye.
                if row.peer == .ffmpeg {
                    configuration.remoteRTCP = TransportAddress(ip: .loopbackV4, port: remote + 1)
                }
                let peer = try await MediaPeer(
                    row.peer, receivingInto: file, agreement, ssrc: ssrc, at: remote, in: workspace)
                let unheard = await endpoint.play(played, configuration)
                (statistics, events) = (unheard.statistics, unheard.events)
                try await peer.finish()
                output = peer.program.output
                heard = (try? Sound.read(file)) ?? []
            }
            workspace.remove()
        }
    }
}
