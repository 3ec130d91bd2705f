/// The offsets of a time zone from UTC over time, as the system's time zone database has them (TZif, RFC 9636).
package struct ZoneRules: Sendable, Equatable {
    /// When each offset begins, seconds since 1970, and what it is.
    private var transitions: [(at: Int64, offset: Int)] = []
    private var first = 0
    /// What holds after the last transition.
    private var rule: YearlyRule?

    static let utc = ZoneRules()

    private init() {}

    /// - Parameter octets: a file of the time zone database.
    /// - Returns: `nil` when it is none.
    init?(_ octets: [UInt8]) {
        var reader = Reader(octets: octets[...])
        guard let header = reader.header() else { return nil }
        // The first part counts to 2037 alone.
        guard header.version >= UInt8(ascii: "2"), reader.skip(header.length(timeSize: 4)),
            let long = reader.header(), long.types > 0, long.types <= 256, long.times <= 10_000
        else { return nil }
        var times: [Int64] = []
        for _ in 0..<long.times {
            guard let time = reader.integer(8) else { return nil }
            times.append(time)
        }
        var indices: [Int] = []
        for _ in 0..<long.times {
            guard let index = reader.octet() else { return nil }
            indices.append(Int(index))
        }
        var offsets: [Int] = []
        for _ in 0..<long.types {
            guard let offset = reader.integer(4), reader.skip(2), abs(offset) <= 93_600 else { return nil }
            offsets.append(Int(offset))
        }
        guard reader.skip(long.characters + long.leaps * 12 + long.standards + long.universals) else { return nil }
        first = offsets.first ?? 0
        for (time, index) in zip(times, indices) {
            guard offsets.indices.contains(index) else { return nil }
            transitions.append((time, offsets[index]))
        }
        rule = YearlyRule(reader.footer())
    }

    package static func == (one: ZoneRules, other: ZoneRules) -> Bool {
        one.first == other.first && one.rule == other.rule
            && one.transitions.elementsEqual(other.transitions) { $0.at == $1.at && $0.offset == $1.offset }
    }

    /// Seconds that are to be added to UTC.
    ///
    /// - Parameter seconds: since 1970.
    func offset(at seconds: Int64) -> Int {
        guard let last = transitions.last else { return rule?.offset(at: seconds) ?? first }
        if seconds >= last.at { return rule?.offset(at: seconds) ?? last.offset }
        var (low, high) = (0, transitions.count)
        while low < high {
            let middle = (low + high) / 2
            if transitions[middle].at <= seconds { low = middle + 1 } else { high = middle }
        }
        return low == 0 ? first : transitions[low - 1].offset
    }

    /// Minutes after midnight there.
    func minuteOfDay(at seconds: Int64) -> Int {
        let local = seconds + Int64(offset(at: seconds))
        return Int((local % 86_400 + 86_400) % 86_400 / 60)
    }

    private struct Reader {
        var octets: ArraySlice<UInt8>

        struct Header {
            var version: UInt8
            var universals = 0
            var standards = 0
            var leaps = 0
            var times = 0
            var types = 0
            var characters = 0

            func length(timeSize: Int) -> Int {
                times * (timeSize + 1) + types * 6 + characters + leaps * (timeSize + 4) + standards + universals
            }
        }

        mutating func header() -> Header? {
            guard octets.starts(with: Array("TZif".utf8)), skip(4), let version = octet(), skip(15) else { return nil }
            var header = Header(version: version)
            for field in [
                \Header.universals, \.standards, \.leaps, \.times, \.types, \.characters,
            ] {
                guard let count = integer(4), (0...1_000_000).contains(count) else { return nil }
                header[keyPath: field] = Int(count)
            }
            return header
        }

        mutating func octet() -> UInt8? { octets.popFirst() }

        mutating func skip(_ count: Int) -> Bool {
            guard count >= 0, octets.count >= count else { return false }
            octets.removeFirst(count)
            return true
        }

        mutating func integer(_ count: Int) -> Int64? {
            guard octets.count >= count else { return nil }
            var value: UInt64 = 0
            for octet in octets.prefix(count) { value = value << 8 | UInt64(octet) }
            octets.removeFirst(count)
            return count == 4 ? Int64(Int32(truncatingIfNeeded: value)) : Int64(bitPattern: value)
        }

        func footer() -> String {
            let text = octets.drop { $0 == UInt8(ascii: "\n") }.prefix { $0 != UInt8(ascii: "\n") }.prefix(128)
            return String(decoding: text, as: UTF8.self)
        }
    }
}
