internal import Agent
internal import FoundationEssentials
internal import RTPMedia

/// How a service writes sound in its messages.
enum SoundCoding: Sendable, Hashable {
    /// G.711, 8 000 Hz.
    case companded(SpeechFormat.Companding)
    /// Linear, 16 bits, the low octet first.
    case linear(sampleRate: Int)

    var sampleRate: Int {
        switch self {
        case .companded: 8_000
        case .linear(let rate): rate
        }
    }

    func octets(of samples: [Int16]) -> [UInt8] {
        switch self {
        case .companded(let law): return G711(law.law).encode(samples)
        case .linear:
            var octets: [UInt8] = []
            octets.reserveCapacity(samples.count * 2)
            for sample in samples {
                let bits = UInt16(bitPattern: sample)
                octets.append(UInt8(truncatingIfNeeded: bits))
                octets.append(UInt8(truncatingIfNeeded: bits >> 8))
            }
            return octets
        }
    }

    func base64(of samples: [Int16]) -> String { Data(octets(of: samples)).base64EncodedString() }
}

/// Reads a stream of sound that is cut anywhere, even within a sample.
struct SoundReader: Sendable {
    let coding: SoundCoding
    private var half: UInt8?

    init(_ coding: SoundCoding) {
        self.coding = coding
    }

    mutating func samples(of octets: [UInt8]) -> [Int16] {
        switch coding {
        case .companded(let law):
            var samples: [Int16] = []
            G711(law.law).decode(octets.span, into: &samples)
            return samples
        case .linear:
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
    }

    /// `nil` when it is no Base64.
    mutating func samples(ofBase64 text: String) -> [Int16]? {
        Data(base64Encoded: text).map { samples(of: Array($0)) }
    }
}

extension SpeechFormat.Companding {
    var law: G711.Law {
        switch self {
        case .muLaw: .mu
        case .aLaw: .a
        }
    }
}
