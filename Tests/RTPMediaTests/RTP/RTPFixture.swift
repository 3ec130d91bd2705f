import Foundation

/// Test data of the package, by its path under `Fixtures`.
enum RTPFixture {
    static func load<Content: Decodable>(_ path: String, as type: Content.Type = Content.self) throws -> Content {
        let data = try Data(contentsOf: url(path))
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try decoder.decode(type, from: data)
    }

    /// The octets of a file.
    static func file(_ path: String) throws -> [UInt8] {
        [UInt8](try Data(contentsOf: url(path)))
    }

    private static func url(_ path: String) -> URL {
        var root = URL(fileURLWithPath: #filePath)
        repeat { root.deleteLastPathComponent() } while root.lastPathComponent != "Tests" && root.path != "/"
        root.deleteLastPathComponent()
        return root.appendingPathComponent("Fixtures").appendingPathComponent(path)
    }

    /// The octets of hexadecimal text.
    static func octets(_ hex: String) -> [UInt8] {
        let digits = hex.compactMap(\.hexDigitValue)
        return stride(from: 0, to: digits.count - 1, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
    }
}
