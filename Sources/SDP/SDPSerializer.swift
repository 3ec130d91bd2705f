/// Writes a session description in the order of RFC 8866 §5.
struct SDPSerializer {
    private(set) var octets: [UInt8] = []

    mutating func write(_ session: SessionDescription) {
        line("v", "0")
        let origin = session.origin
        line(
            "o",
            [
                origin.username, origin.sessionID, origin.sessionVersion, origin.networkType, origin.addressType,
                origin.address,
            ].joined(separator: " "))
        line("s", session.sessionName.isEmpty ? "-" : session.sessionName)
        let others = session.otherLines.ordered(by: UInt8.sessionRank)
        write(others, ranks: 0...3, by: UInt8.sessionRank)
        write(session.connection)
        write(others, ranks: 4...5, by: UInt8.sessionRank)
        line("t", session.timing)
        write(others, ranks: 6...7, by: UInt8.sessionRank)
        write(session.attributes)
        for media in session.media { write(media) }
    }

    private mutating func write(_ media: MediaDescription) {
        let port = media.portCount.map { "\(media.port)/\($0)" } ?? "\(media.port)"
        line("m", ([media.kind, port, media.transport] + media.formats).joined(separator: " "))
        let others = media.otherLines.ordered(by: UInt8.mediaRank)
        write(others, ranks: 0...0, by: UInt8.mediaRank)
        write(media.connection)
        write(others, ranks: 1...3, by: UInt8.mediaRank)
        write(media.attributes)
    }

    private mutating func write(_ connection: ConnectionData?) {
        guard let connection else { return }
        line("c", "\(connection.networkType) \(connection.addressType) \(connection.address)")
    }

    private mutating func write(_ attributes: [Attribute]) {
        for attribute in attributes {
            line("a", attribute.value.map { "\(attribute.name):\($0)" } ?? attribute.name)
        }
    }

    private mutating func write(_ lines: [SDPLine], ranks: ClosedRange<Int>, by rank: (UInt8) -> Int?) {
        for other in lines {
            guard let position = rank(other.type), ranks.contains(position) else { continue }
            write(type: other.type, other.value)
        }
    }

    private mutating func line(_ type: Unicode.Scalar, _ value: String) {
        write(type: UInt8(ascii: type), value)
    }

    /// A value never ends its line early: CR, LF and NUL become blanks.
    private mutating func write(type: UInt8, _ value: String) {
        octets.append(type)
        octets.append(UInt8(ascii: "="))
        octets.append(contentsOf: value.utf8.lazy.map { $0 == 0x0D || $0 == 0x0A || $0 == 0 ? 0x20 : $0 })
        octets.append(0x0D)
        octets.append(0x0A)
    }
}
