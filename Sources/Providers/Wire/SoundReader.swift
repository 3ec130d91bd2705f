internal import FoundationEssentials
internal import RTPMedia

/// Reads a stream of sound that is cut anywhere, even within a sample.
struct SoundReader: Sendable {
    let encoding: WireEncoding
    private var half: UInt8?

    init(_ encoding: WireEncoding) {
        self.encoding = encoding
    }

    mutating func samples(of octets: [UInt8]) -> [Int16] {
        switch encoding {
        case .muLaw: return G711(.mu).decode(octets[...])
        case .aLaw: return G711(.a).decode(octets[...])
        case .linear16: return linear(octets)
        }
    }

    private mutating func linear(_ octets: [UInt8]) -> [Int16] {
        var samples: [Int16] = []
        samples.reserveCapacity(octets.count / 2 + 1)
        for octet in octets {
            if let low = half {
                samples.append(Int16(bitPattern: UInt16(octet) << 8 | UInt16(low)))
                half = nil
            } else {
                half = octet
            }
        }
        return samples
    }

    /// `nil` when it is no Base64.
    mutating func samples(ofBase64 text: String) -> [Int16]? {
        Data(base64Encoded: text).map { samples(of: Array($0)) }
    }
}
