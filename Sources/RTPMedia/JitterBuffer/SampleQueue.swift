/// Audio in the order of its playing, with how each part of it came to be, and the last of what was played.
///
/// Its storage is used again: once it has grown to what a call needs, nothing is allocated.
struct SampleQueue: Sendable {
    /// What was played, then what waits.
    private var storage: [Int16] = []
    /// Where what waits begins.
    private var start = 0
    private var runs: [(origin: PCMFrame.Origin, count: Int)] = []
    /// How many samples that were played are kept.
    private let memory: Int

    init(memory: Int = 0) {
        self.memory = memory
    }

    /// How many samples wait.
    var count: Int { storage.count - start }

    /// The samples that wait, oldest first.
    var waiting: ArraySlice<Int16> { storage[start...] }

    /// The last `count` samples that were appended, played or not, or as many as are remembered.
    func recent(_ count: Int) -> ArraySlice<Int16> { storage.suffix(count) }

    mutating func append(_ new: some Collection<Int16>, origin: PCMFrame.Origin) {
        storage.append(contentsOf: new)
        note(new.count, origin)
    }

    /// Appends what `body` appends.
    mutating func append<Result>(origin: PCMFrame.Origin, _ body: (inout [Int16]) -> Result) -> Result {
        let before = storage.count
        let result = body(&storage)
        note(storage.count - before, origin)
        return result
    }

    /// Makes what was appended since `count` waited `length` samples long, with silence or by leaving out the end.
    mutating func fit(_ length: Int, since count: Int, origin: PCMFrame.Origin) {
        let excess = self.count - count - length
        if excess < 0 {
            append(repeatElement(0, count: -excess), origin: origin)
        } else if excess > 0 {
            storage.removeLast(excess)
            var left = excess
            while left > 0, let last = runs.last {
                let part = min(left, last.count)
                runs[runs.count - 1].count -= part
                left -= part
                if runs[runs.count - 1].count == 0 { runs.removeLast() }
            }
        }
    }

    /// Drops the next `count` samples that wait.
    mutating func drop(_ count: Int) {
        let length = max(0, min(count, self.count))
        _ = consume(length)
        start += length
        forget()
    }

    /// Takes `count` samples out of what was appended since `place` samples waited.
    mutating func drop(_ count: Int, after place: Int) {
        let length = max(0, min(count, self.count - place))
        storage.removeSubrange(start + place..<start + place + length)
        if let last = runs.last { runs[runs.count - 1].count = max(0, last.count - length) }
    }

    /// Moves the next `length` samples to the end of `frame`.
    ///
    /// - Returns: the origin that says most about them: concealed before stretched before real.
    mutating func pop(_ length: Int, into frame: inout [Int16]) -> PCMFrame.Origin {
        let taken = max(0, min(length, count))
        frame.append(contentsOf: storage[start..<start + taken])
        start += taken
        forget()
        return consume(taken)
    }

    mutating func removeAll() {
        storage.removeAll(keepingCapacity: true)
        runs.removeAll(keepingCapacity: true)
        start = 0
    }

    /// Now and then, so that moving the rest costs little.
    private mutating func forget() {
        guard start > 4 * memory + 2048 || (memory == 0 && start == storage.count) else { return }
        storage.removeFirst(start - memory)
        start = memory
    }

    private mutating func note(_ count: Int, _ origin: PCMFrame.Origin) {
        guard count > 0 else { return }
        if let last = runs.last, last.origin == origin {
            runs[runs.count - 1].count += count
        } else {
            runs.append((origin, count))
        }
    }

    private mutating func consume(_ count: Int) -> PCMFrame.Origin {
        var origin = PCMFrame.Origin.silence
        var left = count
        var done = 0
        while left > 0, done < runs.count {
            if Self.rank(runs[done].origin) > Self.rank(origin) { origin = runs[done].origin }
            if runs[done].count > left {
                runs[done].count -= left
                left = 0
            } else {
                left -= runs[done].count
                done += 1
            }
        }
        runs.removeFirst(done)
        return origin
    }

    private static func rank(_ origin: PCMFrame.Origin) -> Int {
        switch origin {
        case .silence: 0
        case .real: 1
        case .stretched: 2
        case .concealed: 3
        }
    }
}
