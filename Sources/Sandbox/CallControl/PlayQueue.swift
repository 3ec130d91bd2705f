/// Sound that waits to be heard, with marks in it; at 8 kHz.
struct PlayQueue: Sendable {
    private enum Item: Sendable {
        case sound(ArraySlice<Int16>)
        case mark(String)
    }

    private var items: [Item] = []
    /// What of `items` is over.
    private var first = 0
    /// Samples that wait.
    private(set) var samples = 0
    private(set) var marks = 0

    static let samplesPerFrame = 160
    /// Ten minutes.
    static let maximumSamples = 4_800_000
    static let maximumMarks = 1_000

    var isEmpty: Bool { first == items.count }

    mutating func append(_ sound: [Int16]) {
        guard !sound.isEmpty else { return }
        items.append(.sound(sound[...]))
        samples += sound.count
    }

    mutating func append(mark: String) {
        items.append(.mark(mark))
        marks += 1
    }

    /// The next 20 ms, filled with silence where it ends, and the marks whose sound is over with them. No frame: nothing waits.
    mutating func next() -> (frame: [Int16]?, marks: [String]) {
        var frame: [Int16] = []
        var passed: [String] = []
        while first < items.count {
            switch items[first] {
            case .mark(let name):
                passed.append(name)
                marks -= 1
            case .sound(let sound):
                let wanted = Self.samplesPerFrame - frame.count
                guard wanted > 0 else { return finish(frame, passed) }
                frame += sound.prefix(wanted)
                samples -= min(wanted, sound.count)
                if sound.count > wanted {
                    items[first] = .sound(sound.dropFirst(wanted))
                    return finish(frame, passed)
                }
            }
            first += 1
        }
        return finish(frame, passed)
    }

    private mutating func finish(_ frame: [Int16], _ marks: [String]) -> (frame: [Int16]?, marks: [String]) {
        if first == items.count || first > 512 {
            items.removeFirst(first)
            first = 0
        }
        guard !frame.isEmpty else { return (nil, marks) }
        return (frame + [Int16](repeating: 0, count: Self.samplesPerFrame - frame.count), marks)
    }

    /// Forgets all of it.
    ///
    /// - Returns: the marks that waited.
    mutating func clear() -> [String] {
        defer { self = PlayQueue() }
        return items[first...].compactMap { if case .mark(let name) = $0 { name } else { nil } }
    }
}
