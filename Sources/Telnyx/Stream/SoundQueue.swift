internal import DequeModule
internal import RTPMedia
internal import TelephonyPrimitives

/// What is still to be sent on a stream: pieces of sound, and the marks between them; bounded.
struct SoundQueue: Sendable {
    enum Item: Sendable, Hashable {
        case sound([UInt8], Duration)
        case mark(String)
    }

    /// Milliseconds of a piece: Telnyx takes no less.
    static let pieceMs = 20
    static let maximumMarks = 1_000

    let format: StreamFormat
    let capacity: Duration
    /// How long all that is in it sounds.
    private(set) var duration = Duration.zero
    private var items: Deque<Item> = []
    private var marks = 0
    /// Less than a piece, at the end.
    private var rest: [UInt8] = []

    init(_ format: StreamFormat, capacity: Duration) {
        self.format = format
        self.capacity = capacity
    }

    var isEmpty: Bool { items.isEmpty && rest.isEmpty }
    /// Whether only less than a piece is left.
    var hasOnlyRest: Bool { items.isEmpty && !rest.isEmpty }

    private var pieceOctets: Int? {
        format.octetsPerSecond.map { rate in
            let octets = rate * Self.pieceMs / 1_000
            // Whole samples, and never less than a piece.
            return format.encoding == .l16 ? (octets + 1) / 2 * 2 : octets
        }
    }

    private func duration(of octets: Int) -> Duration {
        format.octetsPerSecond.map { .nanoseconds(Int64(octets) * 1_000_000_000 / Int64(max(1, $0))) } ?? .zero
    }

    /// - Returns: how much of it there was no room for, or `nil` when it is no sound of this format.
    mutating func add(_ payload: [UInt8]) -> Duration? {
        guard let size = pieceOctets, size > 0 else { return addPacket(payload) }
        guard format.encoding != .l16 || payload.count.isMultiple(of: 2) else { return nil }
        let room = capacity - duration
        let whole = duration(of: payload.count)
        guard whole <= room else { return whole }
        duration += whole
        rest += payload
        var head = 0
        while rest.count - head >= size {
            items.append(.sound(Array(rest[head..<(head + size)]), duration(of: size)))
            head += size
        }
        rest.removeFirst(head)
        return .zero
    }

    /// One packet of a codec whose packets have any size.
    private mutating func addPacket(_ payload: [UInt8]) -> Duration? {
        var length = Duration.milliseconds(Self.pieceMs)
        if format.encoding == .opus {
            guard let packet = OpusPacket(parsing: payload.span), packet.sampleCount > 0 else { return nil }
            length = .microseconds(Int64(packet.sampleCount) * 1_000 / 48)
        }
        guard !payload.isEmpty else { return nil }
        guard length <= capacity - duration else { return length }
        duration += length
        items.append(.sound(payload, length))
        return .zero
    }

    /// - Returns: whether there was room.
    mutating func add(mark: String) -> Bool {
        guard marks < Self.maximumMarks else { return false }
        fill()
        marks += 1
        items.append(.mark(mark))
        return true
    }

    /// Makes a piece of what is less than one, with silence.
    mutating func fill() {
        guard !rest.isEmpty, let size = pieceOctets else { return }
        let own = duration(of: rest.count)
        let piece = rest + format.silence(max(0, size - rest.count))
        rest = []
        let length = duration(of: piece.count)
        duration += length - own
        items.append(.sound(piece, length))
    }

    mutating func popFirst() -> Item? {
        guard let item = items.popFirst() else { return nil }
        switch item {
        case .sound(_, let length): duration = max(.zero, duration - length)
        case .mark: marks -= 1
        }
        if isEmpty { duration = .zero }
        return item
    }

    var first: Item? { items.first }

    /// - Returns: the marks that were in it.
    mutating func clear() -> [String] {
        let names = items.compactMap { item in
            if case .mark(let name) = item { name } else { nil }
        }
        self = SoundQueue(format, capacity: capacity)
        return names
    }
}

extension StreamFormat {
    /// Octets of silence; none where octets alone are no sound.
    func silence(_ count: Int) -> [UInt8] {
        switch encoding {
        case .pcmu: return Array(repeating: 0xFF, count: count)
        case .pcma: return Array(repeating: 0xD5, count: count)
        case .l16: return Array(repeating: 0, count: count)
        case .g722:
            var encoder = G722Encoder()
            var octets: [UInt8] = []
            encoder.encode(Array(repeating: Int16(0), count: count * 2).span, into: &octets)
            return octets
        default: return []
        }
    }
}
