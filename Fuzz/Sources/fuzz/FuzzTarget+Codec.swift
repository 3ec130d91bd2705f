import RTPMedia
import TelephonyPrimitives

/// What codecs, keys and recordings are read from.
extension FuzzTarget {
    /// The first octet says what the rest is: an Opus packet, a file of them, `a=crypto`, `a=fmtp`, comfort noise.
    static func codec(_ octets: [UInt8]) {
        guard let kind = octets.first else { return }
        let rest = Array(octets.dropFirst())
        switch kind % 5 {
        case 0: opus(rest)
        case 1:
            guard let file = try? OggOpusFile(parsing: rest) else { return }
            for packet in file.packets where OpusPacket(parsing: packet.span) == nil {
                fatalError("a file holds what is no Opus packet")
            }
        case 2:
            guard let crypto = try? SDESCrypto(parsing: String(decoding: rest, as: UTF8.self)) else { return }
            guard let again = try? SDESCrypto(parsing: crypto.attributeValue), again == crypto else {
                fatalError("an a=crypto reads as something else")
            }
        case 3:
            let parameters = OpusParameters(parsing: String(decoding: rest, as: UTF8.self))
            guard OpusParameters(parsing: parameters.serialized) == parameters else {
                fatalError("an a=fmtp reads as something else")
            }
        default:
            guard let noise = ComfortNoise(parsing: rest.span) else { return }
            guard ComfortNoise(parsing: noise.serialized.span) == noise else {
                fatalError("comfort noise reads as something else")
            }
        }
    }

    private static func opus(_ octets: [UInt8]) {
        for frame in OpusPacket.frames(in: octets.span) where frame.lowerBound < 1 || frame.upperBound > octets.count {
            fatalError("a frame lies outside of its packet")
        }
        // A decoder for each would hide what is parsed behind what is allocated: only what may have redundancy.
        _ = OpusPacket.hasRedundancy(octets.span)
        guard let packet = OpusPacket(parsing: octets.span) else { return }
        guard packet.sampleCount <= 5760, packet.frameCount <= 48 else { fatalError("a packet lasts too long") }
    }
}
