internal import RTPMedia

/// Asterisk's side of AudioSocket: frames of a type, a length and a payload.
struct AudioSocketProtocol: BotProtocol {
    /// How the call is named to the bot: 16 octets.
    let identifier: [UInt8]
    let sampleRate: Int
    private var buffer: [UInt8] = []
    private var reader = SoundReader(.linear16)

    private static let rates: [UInt8: Int] = [
        0x10: 8_000, 0x11: 12_000, 0x12: 16_000, 0x13: 24_000, 0x14: 32_000, 0x15: 44_100, 0x16: 48_000,
        0x17: 96_000, 0x18: 192_000,
    ]

    /// - Parameters:
    ///   - identifier: 16 octets.
    ///   - sampleRate: 8 000, or 16 000 for newer bots.
    init(identifier: [UInt8], sampleRate: Int) {
        self.identifier = identifier
        self.sampleRate = sampleRate
    }

    func began() -> [BotMessage] { [.octets(Self.frame(0x01, identifier))] }

    func heard(_ samples: [Int16]) -> [BotMessage] {
        guard !samples.isEmpty else { return [] }
        let type: UInt8 = sampleRate == 16_000 ? 0x12 : 0x10
        return [.octets(Self.frame(type, SoundCoding.linear(sampleRate: sampleRate).octets(of: samples)))]
    }

    func pressed(_ key: Character) -> [BotMessage] {
        key.asciiValue.map { [.octets(Self.frame(0x03, [$0]))] } ?? []
    }

    func reached(_ mark: String) -> [BotMessage] { [] }
    /// Asterisk closes the connection, no more.
    func ended() -> [BotMessage] { [] }

    private static func frame(_ type: UInt8, _ payload: [UInt8]) -> [UInt8] {
        let length = UInt16(clamping: payload.count)
        return [type, UInt8(length >> 8), UInt8(length & 0xFF)] + payload.prefix(Int(length))
    }

    mutating func received(_ message: BotMessage) -> [BotWish] {
        guard case .octets(let octets) = message else { return [] }
        buffer += octets
        var wishes: [BotWish] = []
        var head = 0
        while buffer.count - head >= 3 {
            let length = Int(buffer[head + 1]) << 8 | Int(buffer[head + 2])
            guard buffer.count - head - 3 >= length else { break }
            let payload = Array(buffer[(head + 3)..<(head + 3 + length)])
            if let wish = wish(buffer[head], payload) { wishes.append(wish) }
            head += 3 + length
        }
        buffer.removeFirst(head)
        return wishes
    }

    /// A frame without octets and an unknown type are let pass, where Asterisk would end the call.
    private mutating func wish(_ type: UInt8, _ payload: [UInt8]) -> BotWish? {
        if let rate = Self.rates[type] {
            let samples = reader.samples(of: payload)
            return samples.isEmpty ? nil : .play(samples, sampleRate: rate)
        }
        switch type {
        case 0x00: return .hangUp
        case 0xFF: return .complaint("The bot told of an error: \(payload.first.map { "\($0)" } ?? "no code").")
        default: return .complaint("The bot sent a frame of an unknown type.")
        }
    }
}
