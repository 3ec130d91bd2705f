import Foundation
import RTPMedia
import Testing

private enum Peer {
    static let ffmpeg = "/usr/bin/ffmpeg"
    /// Prompts that somebody else's encoder made.
    static let speech = "/usr/share/asterisk/sounds/en_US_f_Allison/demo-instruct.g722"

    static var isThere: Bool {
        FileManager.default.isExecutableFile(atPath: ffmpeg) && FileManager.default.fileExists(atPath: speech)
    }
}

/// Real speech through another G.722, where its program and the speech are installed.
@Suite("G.722 beside ffmpeg", .enabled(if: Peer.isThere))
struct G722PeerTests {
    private func convert(_ arguments: [String], _ input: [UInt8]) throws -> [UInt8] {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
            "g722-\(UInt64.random(in: 0...(.max)))")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let (from, to) = (folder.appendingPathComponent("in"), folder.appendingPathComponent("out"))
        try Data(input).write(to: from)
        let process = Process()
        process.executableURL = URL(fileURLWithPath: Peer.ffmpeg)
        process.arguments =
            ["-v", "error", "-y"] + arguments.flatMap { $0 == "IN" ? ["-i", from.path] : [$0] } + [to.path]
        process.standardInput = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
        return [UInt8](try Data(contentsOf: to))
    }

    private func samples(_ octets: [UInt8]) -> [Int16] {
        stride(from: 0, to: octets.count - 1, by: 2).map {
            Int16(bitPattern: UInt16(octets[$0]) | UInt16(octets[$0 + 1]) << 8)
        }
    }

    @Test("Real speech decodes to the same samples, and encodes to the same octets")
    func speech() throws {
        let octets = Array([UInt8](try Data(contentsOf: URL(fileURLWithPath: Peer.speech))).prefix(120_000))
        #expect(octets.count == 120_000)
        let theirs = try convert(["-f", "g722", "IN", "-f", "s16le", "-ar", "16000"], octets)
        var decoder = G722Decoder()
        let ours = decoder.sound(of: [octets])
        #expect(ours == samples(theirs))

        let encoded = try convert(
            ["-f", "s16le", "-ar", "16000", "-ac", "1", "IN", "-c:a", "g722", "-f", "g722"], theirs)
        var encoder = G722Encoder()
        // ffmpeg fills up its last frame.
        let payload = encoder.payloads(of: ours, length: ours.count)[0]
        #expect(encoded.starts(with: payload))
    }
}
