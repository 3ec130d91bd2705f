import Foundation
import TelephonyPrimitives
import Testing

@testable import Telnyx

/// What is in Fixtures/telnyx.
enum TelnyxFixtures {
    static let folder: URL = {
        var folder = URL(fileURLWithPath: #filePath)
        while folder.path != "/", !FileManager.default.fileExists(atPath: folder.path + "/Fixtures/telnyx") {
            folder.deleteLastPathComponent()
        }
        return folder.appendingPathComponent("Fixtures/telnyx")
    }()

    static func octets(_ name: String) throws -> [UInt8] {
        Array(try Data(contentsOf: folder.appendingPathComponent(name)))
    }

    static func webhook(_ name: String) throws -> WebhookEvent {
        try WebhookEvent(body: octets("webhooks/\(name).json"))
    }

    static func webhookNames() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder.appendingPathComponent("webhooks").path)
            .filter { $0.hasSuffix(".json") }.map { String($0.dropLast(5)) }.sorted()
    }

    static func lines(_ name: String) throws -> [[UInt8]] {
        try octets(name).split(separator: 0x0A).map(Array.init)
    }

    /// A body, and what signs it.
    struct Signed: Sendable {
        var timestamp: String
        var signature: String
        var body: [UInt8]
    }

    static func signatures() throws -> (key: String, signed: [Signed]) {
        let json = try JSONValue(parsing: octets("signatures.json"))
        let signed = try (json["signed"]?.array ?? []).map { row in
            let body = Data(base64Encoded: row["body"]?.string ?? "")
            return Signed(
                timestamp: try #require(row["timestamp"]?.string), signature: try #require(row["signature"]?.string),
                body: Array(try #require(body)))
        }
        return (try #require(json["public_key"]?.string), signed)
    }
}

extension Instant {
    /// Milliseconds after the origin.
    static func ms(_ milliseconds: Int64) -> Instant { Instant(nanoseconds: milliseconds * 1_000_000) }
}

/// `octets` with some of them changed, left out or doubled.
func damaged(_ octets: [UInt8], by generator: inout SeededGenerator) -> [UInt8] {
    var octets = octets
    for _ in 0..<Int.random(in: 1...4, using: &generator) {
        guard !octets.isEmpty else { return octets }
        let place = Int.random(in: 0..<octets.count, using: &generator)
        switch Int.random(in: 0..<5, using: &generator) {
        case 0: octets[place] = UInt8.random(in: .min ... .max, using: &generator)
        case 1: octets.remove(at: place)
        case 2: octets.insert(octets[place], at: place)
        case 3: octets.removeSubrange(place..<min(octets.count, place + 8))
        default: octets.insert(contentsOf: Array("-99999999999999999999".utf8), at: place)
        }
    }
    return octets
}
