import Foundation
import RTPMedia
import Testing

/// The sound of SIPp: what it hears it sends back (`-rtp_echo`), and it plays files (`rtp_stream`). Debian's SIPp has no
/// SRTP.
@Suite(.serialized)
struct SIPpMediaTests {
    struct Codec: Sendable, CustomTestStringConvertible {
        var kind: AudioCodecKind
        /// The one that we offer for Opus.
        var payloadType: UInt8 { kind.staticPayloadType ?? 96 }
        var name: String { "\(kind.name)/\(kind.clockRate)" + (kind.channels > 1 ? "/\(kind.channels)" : "") }
        var testDescription: String { kind.name }
    }

    @Test(
        "SIPp sends back what we say in PCMU, PCMA, G.722 and Opus, and we hear what we said",
        arguments: [AudioCodecKind.pcmu, .pcma, .g722, .opus()].map { Codec(kind: $0) })
    func echo(codec: Codec) async throws {
        let workspace = try Workspace("sipp-echo-\(codec.kind.name)")
        let sound = try Sound.speechAndSweep(sampleRate: codec.kind.sampleRate)
        // Silence behind it, for the call to last until the end of it has come back.
        let played = sound + Array(repeating: 0, count: codec.kind.sampleRate)
        let (playing, recording) = (workspace.path("played.wav"), workspace.path("recorded.wav"))
        try Data(WAVFile(samples: played, sampleRate: codec.kind.sampleRate).octets).write(to: URL(filePath: playing))
        let sipp = try await SIPp(
            in: workspace, "uas-echo", calls: 1,
            ["-rtp_echo", "-mi", "127.0.0.1", "-key", "payload", "\(codec.payloadType)", "-key", "codec", codec.name])
        let capture = try await Capture(in: workspace, filter: "udp port \(sipp.port)")
        let call = try Program(
            Workspace.product("trunkline"),
            ["call", sipp.uri(), "--play", playing, "--record", recording, "--bind", "127.0.0.1"])
        #expect(try await call.end() == 0, "\(call.output)")
        try await sipp.succeeds()
        try expect(sound, heardIn: recording, codec, "\(call.output)")
        try await capture.audit()
        workspace.remove()
    }

    @Test(
        "SIPp plays a file in PCMU, PCMA and G.722, and the agent hears it",
        arguments: [AudioCodecKind.pcmu, .pcma, .g722].map { Codec(kind: $0) })
    func stream(codec: Codec) async throws {
        let workspace = try Workspace("sipp-stream-\(codec.kind.name)")
        let sound = try Sound.speechAndSweep(sampleRate: codec.kind.sampleRate)
        var encoder = codec.kind.makeEncoder()
        var octets: [UInt8] = []
        encoder.encode(sound.span, into: &octets)
        try Data(octets).write(to: URL(filePath: workspace.path("sound.raw")))
        let template = Workspace.root.appending(path: "Fixtures/sipp/uac-rtpstream.xml")
        try workspace.write(
            String(contentsOf: template, encoding: .utf8).replacingOccurrences(
                of: "PAYLOAD", with: "\(codec.payloadType)"
            ).replacingOccurrences(of: "CODEC", with: codec.name), to: "scenario.xml")

        let server = try await Server(in: workspace, agent: "echo")
        let port = try #require(server.ports["udp"])
        let capture = try await Capture(in: workspace, filter: "udp port \(port)")
        let sipp = try await SIPp(
            in: workspace, workspace.path("scenario.xml"), calls: 1, to: port, ["-mi", "127.0.0.1"])
        try await sipp.succeeds()
        let call = try #require(try await server.calls().first)
        let quality = try #require(call["quality"] as? [String: Any])
        #expect((quality["codec"] as? String)?.uppercased() == codec.kind.name)
        #expect(try await server.stop() == 0)
        let recordings = URL(filePath: workspace.path("recordings"))
        let files = try FileManager.default.contentsOfDirectory(atPath: recordings.path).filter { $0.hasSuffix(".wav") }
        let file = try #require(files.first)
        try expect(sound, heardIn: recordings.appending(path: file).path, codec, "\(quality)")
        try await capture.audit()
        workspace.remove()
    }

    /// - Parameter path: a recording of ours: left is what was heard.
    private func expect(
        _ sound: [Int16], heardIn path: String, _ codec: Codec, _ context: Comment,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let file = try WAVFile(parsing: [UInt8](Data(contentsOf: URL(filePath: path))))
        #expect(file.sampleRate == codec.kind.sampleRate, sourceLocation: sourceLocation)
        let heard = try #require(file.channels.first, sourceLocation: sourceLocation)
        let similarity = Similarity(of: heard, to: sound, sampleRate: codec.kind.sampleRate)
        #expect(
            similarity.coefficient >= Similarity.bound(of: codec.kind), "\(similarity)\n\(context)",
            sourceLocation: sourceLocation)
    }
}
