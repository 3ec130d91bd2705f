/// Why something can't be read from a journal.
package struct JournalError: Error, Hashable, Sendable, CustomStringConvertible {
    package let description: String

    package init(_ description: String) { self.description = description }
}

/// Takes out of octets what ``JournalWriting`` has put in. Whatever the octets are, it reads or throws.
package struct JournalReading: Sendable {
    private var rest: ArraySlice<UInt8>

    package init(_ octets: [UInt8]) { rest = octets[...] }

    package init(_ octets: ArraySlice<UInt8>) { rest = octets }

    package var isAtEnd: Bool { rest.isEmpty }

    package mutating func octet() throws(JournalError) -> UInt8 {
        guard let octet = rest.popFirst() else { throw JournalError("a record ends too early") }
        return octet
    }

    package mutating func truth() throws(JournalError) -> Bool { try octet() != 0 }

    package mutating func number() throws(JournalError) -> Int64 {
        var value: UInt64 = 0
        for place in stride(from: UInt64(0), to: 70, by: 7) {
            let next = try octet()
            // Of the tenth octet one bit is left.
            guard place < 63 || next <= 1 else { break }
            value |= UInt64(next & 0x7F) << place
            if next & 0x80 == 0 { return Int64(bitPattern: value >> 1) ^ -Int64(bitPattern: value & 1) }
        }
        throw JournalError("a number is too long")
    }

    package mutating func int() throws(JournalError) -> Int { Int(clamping: try number()) }

    package mutating func word() throws(JournalError) -> UInt64 {
        var value: UInt64 = 0
        for _ in 0..<8 { value = value << 8 | UInt64(try octet()) }
        return value
    }

    package mutating func duration() throws(JournalError) -> Duration {
        let seconds = try number()
        let attoseconds = try number()
        let bound = Int64(1_000_000_000_000_000_000)
        guard (-(1 << 40)...1 << 40).contains(seconds), (-bound...bound).contains(attoseconds) else {
            throw JournalError("a duration is out of bounds")
        }
        return Duration(secondsComponent: seconds, attosecondsComponent: attoseconds)
    }

    package mutating func instant() throws(JournalError) -> Instant { Instant(nanoseconds: try number()) }

    package mutating func octets() throws(JournalError) -> [UInt8] {
        let count = try int()
        guard count >= 0, count <= rest.count else { throw JournalError("a record ends too early") }
        defer { rest = rest.dropFirst(count) }
        return Array(rest.prefix(count))
    }

    package mutating func text() throws(JournalError) -> String { String(decoding: try octets(), as: UTF8.self) }

    package mutating func character() throws(JournalError) -> Character {
        guard let character = try text().first else { throw JournalError("a key is empty") }
        return character
    }

    package mutating func ip() throws(JournalError) -> IPAddress {
        switch try octet() {
        case 4: return .v4(UInt32(truncatingIfNeeded: try word()))
        case 6: return .v6(try word(), try word())
        default: throw JournalError("an address is of no known kind")
        }
    }

    package mutating func port() throws(JournalError) -> UInt16 {
        guard let port = UInt16(exactly: try int()) else { throw JournalError("a port is out of bounds") }
        return port
    }

    package mutating func address() throws(JournalError) -> TransportAddress {
        TransportAddress(ip: try ip(), port: try port())
    }

    package mutating func optional<Value>(
        _ body: (inout JournalReading) throws(JournalError) -> Value
    ) throws(JournalError) -> Value? {
        try truth() ? try body(&self) : nil
    }

    package mutating func list<Value>(
        _ body: (inout JournalReading) throws(JournalError) -> Value
    ) throws(JournalError) -> [Value] {
        let count = try int()
        // Each takes an octet at least.
        guard count >= 0, count <= rest.count else { throw JournalError("a list is longer than its record") }
        var values: [Value] = []
        for _ in 0..<count { values.append(try body(&self)) }
        return values
    }
}
