/// The sound of what is to be said: made ahead, played from the front, and kept for a while so that it can be gone back
/// in.
///
/// Positions are samples as ``Call/playedSamples()`` counts them.
struct SpeechQueue: Sendable {
    private struct Part: Sendable {
        let id: Int
        var samples: [Int16] = []
        var isComplete = false
        /// Where it begins; `nil` until its first sample was given to the call.
        var start: Int?
        /// Whether silence at its head is left out, and how much was.
        var trims: Bool
        var hasSound = false
        var trimmed = 0
    }

    /// What to give to the call next.
    struct Piece: Sendable, Equatable {
        var samples: [Int16]
        /// The sentence that begins with it.
        var begins: Int?
        /// Samples of it before its first sound.
        var lead: Int { samples.firstIndex { $0.magnitude >= SpeechQueue.faint } ?? 0 }
        /// The sentence that ends with it.
        var ends: Int?
    }

    /// What is softer than this (of 32 768) is no speech yet.
    fileprivate static let faint: UInt16 = 160
    /// Seconds of sound behind the front that are kept.
    private static let keptSeconds = 3

    private let sampleRate: Int
    private let frameLength: Int
    private var parts: [Part] = []
    private var part = 0
    private var offset = 0

    init(sampleRate: Int) {
        self.sampleRate = max(50, sampleRate)
        frameLength = self.sampleRate / 50
    }

    // MARK: Making

    /// A sentence whose sound follows. When nothing is waiting to be played, silence at its head is left out.
    mutating func begin(_ id: Int) {
        parts.append(Part(id: id, trims: !hasMore))
    }

    /// Adds sound of the sentence begun last.
    ///
    /// - Returns: whether it is the first of it.
    mutating func add(_ samples: [Int16], to id: Int) -> Bool {
        guard let index = parts.lastIndex(where: { $0.id == id }) else { return false }
        var sound = samples[...]
        if parts[index].trims, !parts[index].hasSound {
            let first = sound.firstIndex { $0.magnitude >= Self.faint } ?? sound.endIndex
            // What stays faint for a second is meant to be.
            guard first < sound.endIndex || parts[index].trimmed > sampleRate else {
                parts[index].trimmed += sound.count
                return false
            }
            // Speech begins softly: 10 ms before are part of it.
            let head = max(sound.startIndex, first - sampleRate / 100)
            parts[index].trimmed += head - sound.startIndex
            sound = sound[head...]
        }
        let isFirst = !parts[index].hasSound && !sound.isEmpty
        parts[index].hasSound = parts[index].hasSound || !sound.isEmpty
        parts[index].samples += sound
        return isFirst
    }

    /// All sound of a sentence is there: it is filled up to whole frames.
    mutating func complete(_ id: Int) {
        guard let index = parts.lastIndex(where: { $0.id == id }) else { return }
        let rest = parts[index].samples.count % frameLength
        if rest > 0 { parts[index].samples += Array(repeating: 0, count: frameLength - rest) }
        parts[index].isComplete = true
    }

    /// Milliseconds that were left out at the head of a sentence.
    func trimmedMilliseconds(of id: Int) -> Int {
        (parts.last { $0.id == id }?.trimmed ?? 0) * 1_000 / sampleRate
    }

    // MARK: Playing

    /// Whether something is there, or announced, that has not been given to the call.
    var hasMore: Bool {
        guard parts.indices.contains(part) else { return false }
        return part + 1 < parts.count || !parts[part].isComplete || offset < parts[part].samples.count
    }

    /// Whether there is something to be taken now.
    var isReady: Bool {
        guard parts.indices.contains(part) else { return false }
        return parts[part].isComplete || offset + frameLength <= parts[part].samples.count
    }

    /// Samples that are there and have not been given to the call.
    var ahead: Int {
        guard parts.indices.contains(part) else { return 0 }
        return parts[part...].reduce(0) { $0 + $1.samples.count } - offset
    }

    /// Samples that are kept in all.
    var kept: Int { parts.reduce(0) { $0 + $1.samples.count } }

    /// The next 20 ms; `nil` when they are not there yet.
    ///
    /// - Parameter position: of its first sample.
    mutating func take(at position: Int) -> Piece? {
        guard parts.indices.contains(part) else { return nil }
        let length = parts[part].samples.count
        let begins = parts[part].start == nil
        if offset + frameLength <= length {
            var piece = Piece(samples: Array(parts[part].samples[offset..<offset + frameLength]))
            if begins {
                parts[part].start = position
                piece.begins = parts[part].id
            }
            offset += frameLength
            if parts[part].isComplete, offset >= length {
                piece.ends = parts[part].id
                step()
            }
            forget(before: position - Self.keptSeconds * sampleRate)
            return piece
        }
        guard parts[part].isComplete else { return nil }
        if offset < length {
            // Whoever goes on in mid-frame has less than a frame at the end.
            let rest = parts[part].samples[offset...]
            let id = parts[part].id
            if begins { parts[part].start = position }
            step()
            return Piece(
                samples: rest + Array(repeating: 0, count: frameLength - rest.count), begins: begins ? id : nil,
                ends: id)
        }
        // It had no sound, or its end became known only after the last of it was given away.
        let id = parts[part].id
        if begins { parts[part].start = position }
        step()
        return Piece(samples: [], begins: begins ? id : nil, ends: id)
    }

    private mutating func step() {
        part += 1
        offset = 0
    }

    private mutating func forget(before position: Int) {
        while part > 0, let first = parts.first, let start = first.start, start + first.samples.count < position {
            parts.removeFirst()
            part -= 1
        }
    }

    // MARK: Going back

    /// Goes on at `point`, whose sample is now given to the call at `position`.
    mutating func resume(at point: Int, from position: Int) {
        for index in parts.indices {
            guard let start = parts[index].start else {
                part = index
                offset = 0
                break
            }
            let (end, isLast) = (start + parts[index].samples.count, index == parts.count - 1)
            if point < end || (isLast && !parts[index].isComplete) {
                part = index
                offset = max(0, min(point - start, parts[index].samples.count))
                break
            }
            part = index + 1
            offset = 0
        }
        for index in parts.indices {
            if index > part {
                parts[index].start = nil
            } else {
                parts[index].start = parts[index].start.map { $0 - point + position }
            }
        }
    }

    mutating func drop() {
        parts = []
        part = 0
        offset = 0
    }
}
