/// One thing that a call's journal holds: what happened, or what was done about it.
package struct JournalRecord: Hashable, Sendable {
    package enum Kind: UInt8, Sendable, CaseIterable {
        /// Of the call: who wrote it, and which call it is.
        case head = 0x01
        /// No more is kept: the journal has become too long.
        case truncated = 0x02
        case end = 0x03
        case signallingHead = 0x10
        case signallingInput = 0x11
        case signallingOutput = 0x12
        case mediaBegin = 0x20
        case mediaChange = 0x21
        case mediaReceived = 0x22
        case mediaBeat = 0x23
        case mediaKeys = 0x24
        case mediaClose = 0x25
        case mediaSent = 0x26
        case mediaEvent = 0x27
        case turnsBegin = 0x30
        case turnsInput = 0x31
        case turnsEnd = 0x32
        /// The turns are those of a model that hears and speaks.
        case duplexBegin = 0x33
        /// The turns are those of a bot.
        case botBegin = 0x34
    }

    package var kind: Kind
    /// On the clock of its track.
    package var time: Instant
    package var payload: [UInt8]

    package init(_ kind: Kind, at time: Instant, _ payload: [UInt8] = []) {
        self.kind = kind
        self.time = time
        self.payload = payload
    }

    /// What a journal begins with: its name and the version of its form.
    package static let magic: [UInt8] = Array("TRKJ".utf8) + [1]
    /// One record is never longer.
    package static let maximumOctets = 1 << 20

    /// Appends it: the length of what follows (4 octets), the kind, the time (8 octets), the payload.
    package func append(to octets: inout [UInt8]) {
        let length = UInt32(truncatingIfNeeded: payload.count + 9)
        for place in stride(from: UInt32(24), through: 0, by: -8) {
            octets.append(UInt8(truncatingIfNeeded: length >> place))
        }
        octets.append(kind.rawValue)
        let time = UInt64(bitPattern: time.nanoseconds)
        for place in stride(from: UInt64(56), through: 0, by: -8) {
            octets.append(UInt8(truncatingIfNeeded: time >> place))
        }
        octets += payload
    }

    package var octets: [UInt8] {
        var octets: [UInt8] = []
        append(to: &octets)
        return octets
    }
}

/// What a journal's octets hold. The last record of a process that was killed may be cut short: what is whole counts.
package struct JournalContents: Sendable {
    package private(set) var records: [JournalRecord] = []
    /// Why reading ended before the octets did.
    package private(set) var damage: String?

    /// - Throws: when it is no journal, or one of another version.
    package init(_ octets: [UInt8]) throws(JournalError) {
        guard octets.starts(with: JournalRecord.magic.dropLast()) else {
            throw JournalError("it is no journal of a call")
        }
        guard octets.starts(with: JournalRecord.magic) else {
            throw JournalError("it is a journal of another version; replay it with the program that wrote it")
        }
        var rest = octets[...].dropFirst(JournalRecord.magic.count)
        while !rest.isEmpty {
            let length = rest.prefix(4).reduce(0) { $0 << 8 | Int($1) }
            guard rest.count >= 4, rest.count >= 4 + length else {
                damage = "the last record is cut short"
                return
            }
            guard length >= 9, length <= JournalRecord.maximumOctets else {
                damage = "a record can't be of \(length) octets"
                return
            }
            let body = rest.dropFirst(4).prefix(length)
            rest = rest.dropFirst(4 + length)
            let time = body.dropFirst().prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            // A kind of a later version is passed over.
            guard let kind = body.first.flatMap(JournalRecord.Kind.init) else { continue }
            records.append(
                JournalRecord(kind, at: Instant(nanoseconds: Int64(bitPattern: time)), Array(body.dropFirst(9))))
        }
    }
}
