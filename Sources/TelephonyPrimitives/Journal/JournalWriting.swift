/// Puts values one after the other into octets, for a call's journal; ``JournalReading`` takes them out again.
package struct JournalWriting: Sendable {
    package private(set) var octets: [UInt8] = []

    package init() {}

    package mutating func put(_ value: UInt8) { octets.append(value) }

    package mutating func put(_ value: Bool) { octets.append(value ? 1 : 0) }

    /// In few octets when it is near zero.
    package mutating func put(_ value: Int64) {
        var rest = UInt64(bitPattern: value << 1) ^ UInt64(bitPattern: value >> 63)
        while rest >= 0x80 {
            octets.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        octets.append(UInt8(truncatingIfNeeded: rest))
    }

    package mutating func put(_ value: Int) { put(Int64(value)) }

    /// In eight octets, for what is random.
    package mutating func put(_ value: UInt64) {
        for place in stride(from: 56, through: 0, by: -8) {
            octets.append(UInt8(truncatingIfNeeded: value >> UInt64(place)))
        }
    }

    package mutating func put(_ value: Duration) {
        let (seconds, attoseconds) = value.components
        put(seconds)
        put(attoseconds)
    }

    package mutating func put(_ value: Instant) { put(value.nanoseconds) }

    package mutating func put(_ value: [UInt8]) {
        put(value.count)
        octets += value
    }

    package mutating func put(_ value: Span<UInt8>) {
        put(value.count)
        for place in value.indices { octets.append(value[place]) }
    }

    package mutating func put(_ value: String) { put(Array(value.utf8)) }

    package mutating func put(_ value: Character) { put(String(value)) }

    package mutating func put(_ value: TransportAddress) {
        put(value.ip)
        put(Int(value.port))
    }

    package mutating func put(_ value: IPAddress) {
        switch value {
        case .v4(let number):
            put(UInt8(4))
            put(UInt64(number))
        case .v6(let upper, let lower):
            put(UInt8(6))
            put(upper)
            put(lower)
        }
    }

    package mutating func put<Value>(_ value: Value?, _ body: (inout JournalWriting, Value) -> Void) {
        put(value != nil)
        if let value { body(&self, value) }
    }

    package mutating func put<Value>(each values: [Value], _ body: (inout JournalWriting, Value) -> Void) {
        put(values.count)
        for value in values { body(&self, value) }
    }
}

/// Whoever keeps the journal of one call.
package protocol JournalSink: Sendable {
    /// Takes whole records, see ``JournalRecord``; returns at once.
    func put(_ octets: [UInt8])
    /// Nothing more comes.
    func end()
}

/// Whoever keeps the journals of calls.
package protocol JournalKeeping: Sendable {
    /// The journal of a call, by its identifier; the same for the same.
    func journal(of call: String) -> any JournalSink
}
