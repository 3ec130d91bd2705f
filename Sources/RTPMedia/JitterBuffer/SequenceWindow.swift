/// Which of the last 512 sequence numbers of a stream have come, over the wrap of the 16-bit number.
struct SequenceWindow: Sendable {
    static let span: Int64 = 512

    /// The highest number so far, counted on over wraps.
    private(set) var highest: Int64
    private var words = [UInt64](repeating: 0, count: Int(span) / 64)

    init(first: UInt16) {
        highest = Int64(first)
        mark(highest)
    }

    /// The unwrapped number that is nearest to the highest so far.
    func unwrap(_ number: UInt16) -> Int64 {
        highest &+ Int64(Int16(bitPattern: number &- UInt16(truncatingIfNeeded: highest)))
    }

    /// Notes that `number` came.
    mutating func insert(_ number: Int64) {
        if number > highest {
            if number &- highest >= Self.span {
                for index in words.indices { words[index] = 0 }
            } else {
                var skipped = highest &+ 1
                while skipped < number {
                    clear(skipped)
                    skipped &+= 1
                }
            }
            highest = number
            mark(number)
        } else if highest &- number < Self.span {
            mark(number)
        }
    }

    /// Whether `number` has come; `false` for numbers that are too old to be remembered.
    func contains(_ number: Int64) -> Bool {
        guard number <= highest, highest &- number < Self.span else { return false }
        let (word, bit) = place(number)
        return words[word] & bit != 0
    }

    /// How many numbers strictly between two never came.
    func missing(after first: Int64, before last: Int64) -> Int {
        guard last > first &+ 1 else { return 0 }
        if last &- first > Self.span { return Int(clamping: last &- first &- 1) }
        var count = 0
        var number = first &+ 1
        while number < last {
            if !contains(number) { count += 1 }
            number &+= 1
        }
        return count
    }

    private func place(_ number: Int64) -> (word: Int, bit: UInt64) {
        let slot = Int(truncatingIfNeeded: number & (Self.span - 1))
        return (slot >> 6, 1 << UInt64(slot & 63))
    }

    private mutating func mark(_ number: Int64) {
        let (word, bit) = place(number)
        words[word] |= bit
    }

    private mutating func clear(_ number: Int64) {
        let (word, bit) = place(number)
        words[word] &= ~bit
    }
}
