internal import FoundationEssentials

/// Base64 as portals, people and services write it.
enum Base64Text {
    /// - Parameter text: with or without padding, of either alphabet (RFC 4648 §4, §5), blanks and line ends anywhere.
    /// - Returns: `nil` when it is none.
    static func octets(of text: some StringProtocol) -> [UInt8]? {
        if let data = Data(base64Encoded: String(text)) { return Array(data) }
        var octets: [UInt8] = []
        octets.reserveCapacity(text.utf8.count + 4)
        for octet in text.utf8 {
            switch octet {
            case 0x20, 0x09, 0x0A, 0x0D: continue
            case 0x2D: octets.append(0x2B)
            case 0x5F: octets.append(0x2F)
            case 0x3D: continue
            default: octets.append(octet)
            }
        }
        while octets.count % 4 != 0 { octets.append(0x3D) }
        return Data(base64Encoded: Data(octets)).map { Array($0) }
    }

    static func text(of octets: some Sequence<UInt8>) -> String {
        Data(octets).base64EncodedString()
    }
}
