/// The payload types of a media section in its order, each with its meaning.
struct PayloadTypes {
    struct Entry {
        var number: UInt8
        /// `nil` for a dynamic number without `a=rtpmap`.
        var codec: AudioCodecOffer?
    }

    private(set) var entries: [Entry] = []

    /// Reads the formats of an m= line with their `a=rtpmap` and `a=fmtp`.
    ///
    /// A number counts once, its first `a=rtpmap` wins, and anything that is no number from 0 to 127 is skipped.
    init(_ media: MediaDescription) {
        var encodings: [UInt8: AudioCodecOffer] = [:]
        var parameters: [UInt8: String] = [:]
        for attribute in media.attributes where attribute.name == "rtpmap" || attribute.name == "fmtp" {
            let parts = fields(attribute.value ?? "", limit: 2)
            guard parts.count == 2, let number = Self.number(parts[0]) else { continue }
            if attribute.name == "fmtp" {
                if parameters[number] == nil { parameters[number] = parts[1] }
            } else if encodings[number] == nil, let encoding = fields(parts[1]).first {
                encodings[number] = AudioCodecOffer(encoding: encoding)
            }
        }
        var seen: Set<UInt8> = []
        for format in media.formats {
            guard let number = Self.number(format), seen.insert(number).inserted else { continue }
            var codec = encodings[number] ?? AudioCodecOffer.assigned(number)
            codec?.parameters = parameters[number]
            entries.append(Entry(number: number, codec: codec))
        }
    }

    private static func number(_ text: String) -> UInt8? {
        guard let number = decimal(text), number <= 127 else { return nil }
        return UInt8(truncatingIfNeeded: number)
    }

    /// The names in order, for telling people; a number where there is no name.
    var names: [String] {
        entries.prefix(16).map { $0.codec?.encoding ?? "payload type \($0.number)" }
    }
}

extension AudioCodecOffer {
    /// Digits as RFC 4733 events on that clock.
    static func telephoneEvent(clockRate: Int) -> AudioCodecOffer {
        AudioCodecOffer(name: "telephone-event", clockRate: clockRate, parameters: "0-15")
    }

    var isTelephoneEvent: Bool { name.lowercased() == "telephone-event" }
}
