/// Takes out of a call's record what nobody is to read in it: what was said and pressed while the recording paused, as
/// with the number of a card, and every key where that is wished.
public struct RecordMask: Sendable, Equatable {
    /// What stands in place of a key or a digit.
    public static let sign = "•"

    private let masksKeys: Bool
    /// Milliseconds since the call began; the last may have no end yet.
    private var pauses: [(from: Int, to: Int?)] = []
    /// Pauses beyond these are one with the last.
    private static let maximum = 1_000

    /// - Parameter masksKeys: whether no key is kept at all.
    public init(masksKeys: Bool) {
        self.masksKeys = masksKeys
    }

    public static func == (one: RecordMask, other: RecordMask) -> Bool {
        one.masksKeys == other.masksKeys && one.pauses.elementsEqual(other.pauses, by: ==)
    }

    public var isPaused: Bool { pauses.last.map { $0.to == nil } ?? false }

    /// - Returns: whether that changes anything.
    public mutating func pause(at milliseconds: Int) -> Bool {
        guard !isPaused else { return false }
        if pauses.count >= Self.maximum {
            pauses[pauses.count - 1].to = nil
        } else {
            pauses.append((milliseconds, nil))
        }
        return true
    }

    /// - Returns: whether that changes anything.
    public mutating func resume(at milliseconds: Int) -> Bool {
        guard isPaused else { return false }
        pauses[pauses.count - 1].to = max(milliseconds, pauses[pauses.count - 1].from)
        return true
    }

    /// Whether any of it was while the recording paused.
    private func wasPaused(from start: Int, to end: Int) -> Bool {
        pauses.contains { $0.from <= max(start, end) && min(start, end) <= $0.to ?? .max }
    }

    /// `entry` without what is not to be kept. Its times are those of the call.
    public func masked(_ entry: CallEntry) -> CallEntry {
        switch entry {
        case .key(var key):
            guard masksKeys || wasPaused(from: key.atMs - key.durationMs, to: key.atMs) else { return entry }
            key.digit = Self.sign
            return .key(key)
        case .turn(var turn):
            // Numbers may be said as words, and by either side: none of it is kept.
            guard wasPaused(from: turn.startMs, to: turn.endMs) else { return entry }
            turn.text = Self.sign
            return .turn(turn)
        case .note(let key, let value, let at):
            guard wasPaused(from: at, to: at) else { return entry }
            return .note(key: Self.withoutDigits(key), value: Self.withoutDigits(value), at: at)
        case .event(let kind, let detail, let at):
            guard wasPaused(from: at, to: at) else { return entry }
            // What a supervisor says is masked as what the others say is.
            if kind == SupervisionRecord.note { return .event(kind: kind, detail: Self.sign, at: at) }
            return .event(kind: kind, detail: Self.withoutDigits(detail), at: at)
        default: return entry
        }
    }

    private static func withoutDigits(_ text: String) -> String {
        String(text.map { $0.isNumber ? Character(sign) : $0 })
    }
}
