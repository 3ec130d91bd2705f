internal import FoundationEssentials

extension BodyJSON {
    /// As a message of a WebSocket.
    var line: String { String(decoding: octets, as: UTF8.self) }

    static func base64(_ octets: [UInt8]) -> BodyJSON { .text(Data(octets).base64EncodedString()) }

    /// The octets of Base64 text; `nil` for anything else.
    var base64Octets: [UInt8]? {
        guard let text, let data = Data(base64Encoded: text) else { return nil }
        return Array(data)
    }
}
