/// A question that has come to the sandbox's name server (RFC 1035 §4.1).
struct NameQuery: Sendable, Hashable {
    /// Echoed by the answer.
    var identifier: UInt16
    /// Whether the asker wants others to be asked, which is echoed too.
    var wantsRecursion: Bool
    /// The labels, in lower case.
    var labels: [String]
    var type: UInt16
    /// The question's octets as they came: the answer repeats them, case and all.
    var octets: [UInt8]

    /// What is wrong with a message.
    enum Fault: Error, Hashable {
        /// No header, or an answer: nothing can be said to it.
        case noQuery
        /// It is answered with this code.
        case refused(identifier: UInt16, code: UInt8)
    }

    static let formatError: UInt8 = 1
    static let notImplemented: UInt8 = 4
    private static let headerLength = 12
    /// No question is longer, with what comes behind it (RFC 1035 §2.3.4, RFC 6891).
    private static let longest = 1_232

    /// Reads one.
    init(parsing message: [UInt8]) throws(Fault) {
        guard message.count >= Self.headerLength, message.count <= Self.longest else { throw .noQuery }
        func number(_ place: Int) -> UInt16 { UInt16(message[place]) << 8 | UInt16(message[place + 1]) }
        identifier = number(0)
        let flags = number(2)
        guard flags & 0x8000 == 0 else { throw .noQuery }
        guard flags & 0x7800 == 0 else { throw .refused(identifier: identifier, code: Self.notImplemented) }
        let malformed = Fault.refused(identifier: identifier, code: Self.formatError)
        guard number(4) == 1 else { throw malformed }
        wantsRecursion = flags & 0x0100 != 0
        labels = []
        var rest = message[Self.headerLength...]
        while let length = rest.popFirst(), length > 0 {
            // A pointer has nowhere to lead to in front of the first name.
            guard length <= 63, rest.count >= Int(length), labels.count < 64 else { throw malformed }
            labels.append(String(decoding: rest.prefix(Int(length)), as: UTF8.self).lowercased())
            rest = rest.dropFirst(Int(length))
        }
        // Type and class.
        guard rest.count >= 4, rest.startIndex - Self.headerLength <= 255 else { throw malformed }
        type = number(rest.startIndex)
        let end = rest.startIndex + 4
        guard number(rest.startIndex + 2) == 1 else {
            throw .refused(identifier: identifier, code: Self.notImplemented)
        }
        octets = Array(message[Self.headerLength..<end])
    }
}
