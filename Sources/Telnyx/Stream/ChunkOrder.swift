internal import TelephonyPrimitives

/// Puts the pieces of one track back in order: Telnyx does not promise any.
struct ChunkOrder: Sendable {
    /// A piece, and how many before it never came.
    struct Piece: Sendable, Hashable {
        var media: StreamMedia
        var lost: Int
    }

    /// Pieces that wait for an earlier one.
    static let maximumHeld = 8
    /// Numbers that are so far ahead or back belong to another count.
    static let maximumStep = 1_000

    /// How long a later piece waits for an earlier one.
    let patience: Duration
    /// Pieces that came after they had been given up, or twice.
    private(set) var late = 0
    private var next: Int?
    private var held: [Int: StreamMedia] = [:]
    private var heldSince: Instant?

    init(patience: Duration) {
        self.patience = patience
    }

    /// When ``tick(now:)`` is to be called.
    var deadline: Instant? { heldSince.map { $0 + patience } }

    mutating func receive(_ media: StreamMedia, now: Instant) -> [Piece] {
        // Without a number it is where it came.
        guard let chunk = media.chunk, (0..<Int.max / 2).contains(chunk) else { return [Piece(media: media, lost: 0)] }
        guard let next else { return take(chunk, media) }
        let step = chunk - next
        if step == 0 { return take(chunk, media) }
        if abs(step) > Self.maximumStep {
            let rest = release()
            return rest + take(chunk, media)
        }
        guard step > 0, held.updateValue(media, forKey: chunk) == nil else {
            late += 1
            return []
        }
        if heldSince == nil { heldSince = now }
        return held.count > Self.maximumHeld ? skip(now: now) : []
    }

    mutating func tick(now: Instant) -> [Piece] {
        guard let deadline, deadline <= now else { return [] }
        return skip(now: now)
    }

    /// Everything that waits.
    mutating func release() -> [Piece] {
        var pieces: [Piece] = []
        while !held.isEmpty { pieces += skip(now: .zero) }
        return pieces
    }

    private mutating func take(_ chunk: Int, _ media: StreamMedia) -> [Piece] {
        var pieces = [Piece(media: media, lost: 0)]
        var following = chunk + 1
        while let media = held.removeValue(forKey: following) {
            pieces.append(Piece(media: media, lost: 0))
            following += 1
        }
        next = following
        if held.isEmpty { heldSince = nil }
        return pieces
    }

    /// Gives up what is missing in front of the earliest that waits.
    private mutating func skip(now: Instant) -> [Piece] {
        guard let earliest = held.keys.min(), let media = held.removeValue(forKey: earliest) else { return [] }
        let lost = next.map { earliest - $0 } ?? 0
        var pieces = take(earliest, media)
        pieces[0].lost = lost
        heldSince = held.isEmpty ? nil : now
        return pieces
    }
}

/// Knows the numbers again that came lately, within 64 of the highest.
struct SequenceWindow: Sendable {
    private var highest: Int?
    private var seen: UInt64 = 0

    /// - Returns: whether `number` is new.
    mutating func take(_ number: Int) -> Bool {
        guard (0..<Int.max / 2).contains(number) else { return true }
        guard let top = highest else {
            highest = number
            seen = 1
            return true
        }
        let step = number - top
        if step > 0 {
            seen = step < 64 ? seen << UInt64(step) | 1 : 1
            highest = number
            return true
        }
        // What is older can't be known any more; it is let pass.
        guard step > -64 else { return true }
        let bit = UInt64(1) << UInt64(-step)
        defer { seen |= bit }
        return seen & bit == 0
    }
}
