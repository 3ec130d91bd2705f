import Foundation
import Testing

/// The digest vectors of the fixtures.
struct DigestVectors: Decodable {
    struct Vector: Decodable, CustomTestStringConvertible {
        var name: String
        var algorithm: String
        var username: String
        var realm: String
        var password: String
        var method: String?
        var uri: String
        var nonce: String
        var qop: String?
        var nc: String?
        var cnonce: String?
        var bodyHex: String?
        var ha1: String
        var response: String?
        var rspauth: String?
        var userhash: String?
        var extendedUsername: String?

        enum CodingKeys: String, CodingKey {
            case name, algorithm, username, realm, password, method, uri, nonce, qop, nc, cnonce, ha1, response, rspauth
            case userhash
            case extendedUsername = "username_ext"
            case bodyHex = "body_hex"
        }

        var testDescription: String { name }

        var body: [UInt8] {
            let digits = Array(bodyHex ?? "")
            return stride(from: 0, to: digits.count - 1, by: 2).compactMap {
                UInt8(String(digits[$0...($0 + 1)]), radix: 16)
            }
        }
    }

    struct Challenge: Decodable {
        var name: String
        var headers: [String]
    }

    var vectors: [Vector]
    var challenges: [Challenge]

    static let all: DigestVectors = {
        var folder = URL(filePath: #filePath)
        while folder.path != "/", !FileManager.default.fileExists(atPath: folder.appending(path: "Package.swift").path)
        {
            folder.deleteLastPathComponent()
        }
        let file = folder.appending(path: "Fixtures/sip/digest/vectors.json")
        guard let data = try? Data(contentsOf: file),
            let vectors = try? JSONDecoder().decode(DigestVectors.self, from: data)
        else { preconditionFailure("the fixture \(file.path) can't be read") }
        return vectors
    }()

    /// The header lines of a challenge case.
    static func challenge(_ name: String) -> [String] {
        all.challenges.first { $0.name == name }?.headers ?? []
    }
}
