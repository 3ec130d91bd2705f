import Foundation
import SDP
import TelephonyPrimitives

/// Session descriptions in Fixtures/sdp and their index.
enum SDPFixtures {
    static let folder: URL = {
        var folder = URL(fileURLWithPath: #filePath)
        while folder.path != "/", !FileManager.default.fileExists(atPath: folder.path + "/Fixtures/sdp") {
            folder.deleteLastPathComponent()
        }
        return folder.appendingPathComponent("Fixtures/sdp")
    }()

    /// A row of index.tsv.
    struct Row: Sendable, CustomStringConvertible {
        var file: String
        var columns: [String: String]
        subscript(_ name: String) -> String { columns[name] ?? "-" }
        var description: String { file }
    }

    static let rows: [Row] = {
        let text = (try? String(contentsOf: folder.appendingPathComponent("index.tsv"), encoding: .utf8)) ?? ""
        var lines = text.split(separator: "\n").map {
            $0.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
        }
        guard !lines.isEmpty else { return [] }
        let header = lines.removeFirst()
        return lines.map { cells in
            Row(file: cells[0], columns: Dictionary(zip(header, cells), uniquingKeysWith: { first, _ in first }))
        }
    }()

    static func octets(_ file: String) throws -> [UInt8] {
        [UInt8](try Data(contentsOf: folder.appendingPathComponent(file)))
    }

    static func description(_ file: String) throws -> SessionDescription {
        try SessionDescription(parsing: octets(file))
    }
}

/// Reads lines as a session description.
func sdp(_ lines: String...) throws -> SessionDescription {
    try SessionDescription(parsing: Array((lines.joined(separator: "\r\n") + "\r\n").utf8))
}

/// An offer or answer of 192.0.2.1 with these media lines.
func peer(_ media: String...) throws -> SessionDescription {
    let head = ["v=0", "o=peer 1 1 IN IP4 192.0.2.1", "s=-", "c=IN IP4 192.0.2.1", "t=0 0"]
    return try SessionDescription(parsing: Array(((head + media).joined(separator: "\r\n") + "\r\n").utf8))
}

extension AudioCodecOffer {
    static let opus = AudioCodecOffer(name: "opus", clockRate: 48_000, channels: 2, parameters: "useinbandfec=1")
    static let g722 = AudioCodecOffer(name: "G722", clockRate: 8_000, staticPayloadType: 9)
    static let ilbc = AudioCodecOffer(name: "iLBC", clockRate: 8_000)
}

/// An exchange of ours at 198.51.100.1:20000.
func exchange(
    _ codecs: [AudioCodecOffer] = [.pcmu, .pcma], telephoneEvent: Bool = true, ip: IPAddress = .v4(0xC633_6401)
) -> AudioOfferAnswer {
    AudioOfferAnswer(
        sessionID: 42, local: TransportAddress(ip: ip, port: 20_000),
        capabilities: AudioCapabilities(codecs: codecs, telephoneEvent: telephoneEvent, ptime: 20))
}
