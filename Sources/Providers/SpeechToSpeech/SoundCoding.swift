internal import Agent
internal import FoundationEssentials

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

    var encoding: WireEncoding {
        switch self {
        case .companded(let law): WireEncoding(law)
        case .linear: .linear16
        }
    }

    func octets(of samples: [Int16]) -> [UInt8] { encoding.octets(samples) }
    func base64(of samples: [Int16]) -> String { Data(octets(of: samples)).base64EncodedString() }
}
