/// One event of a telephone-event payload (RFC 4733 §2.3).
public struct TelephoneEvent: Sendable, Equatable {
    static let length = 4
    /// Payloads with more events than this are cut.
    static let maximumPerPayload = 4

    /// The event code; 0 to 15 are the keys (RFC 4733 §3.2).
    public var code: UInt8
    /// The E bit: the event is over and ``duration`` is all of it.
    public var isEnd: Bool
    /// The level below 0 dBm0 in dB, 0 to 63.
    public var volume: UInt8
    /// How long the event has lasted since its timestamp, in timestamp units.
    public var duration: UInt16

    /// - Parameters:
    ///   - code: the event code; 0 to 15 are the keys.
    ///   - isEnd: whether the event is over.
    ///   - volume: the level below 0 dBm0 in dB; more than 63 become 63.
    ///   - duration: since its timestamp, in timestamp units.
    public init(code: UInt8, isEnd: Bool, volume: UInt8 = 10, duration: UInt16) {
        self.code = code
        self.isEnd = isEnd
        self.volume = min(volume, 63)
        self.duration = duration
    }

    /// The four octets of the event.
    public var serialized: [UInt8] {
        var octets = [code, (isEnd ? 0x80 : 0) | volume]
        octets.append(bigEndian: duration)
        return octets
    }

    /// The events of a payload, one behind the other (RFC 4733 §2.5.1.5). Octets beyond whole events don't count; a
    /// payload without any is malformed.
    public static func events(in payload: ArraySlice<UInt8>) -> [TelephoneEvent] {
        (0..<min(payload.count / length, maximumPerPayload)).map { index in
            let start = payload.startIndex + index * length
            return TelephoneEvent(
                code: payload[start], isEnd: payload[start + 1] & 0x80 != 0, volume: payload[start + 1] & 0x3F,
                duration: payload.bigEndian16(at: start + 2))
        }
    }

    private static let keys = Array("0123456789*#ABCD")

    /// The key that is pressed; `nil` for an event that is none, such as the hook flash.
    public var key: Character? {
        Self.keys.indices.contains(Int(code)) ? Self.keys[Int(code)] : nil
    }

    /// The event code of a key; A to D may be lower case.
    public static func code(ofKey key: Character) -> UInt8? {
        key.uppercased().first.flatMap { keys.firstIndex(of: $0) }.map { UInt8($0) }
    }
}
