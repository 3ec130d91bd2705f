/// What requests and responses have in common: their octets, and an index of the headers within them.
///
/// Nothing is decoded before it is asked for. Unknown headers and odd spacing are kept as they came.
public protocol SIPMessage: Sendable {
    /// The whole message as it was received or built.
    var octets: [UInt8] { get }
    var index: HeaderIndex { get }
    /// As the start line has it, e.g. `SIP/2.0`.
    var version: String { get }
}

extension SIPMessage {
    /// The value of each line of header `name`, in order, unfolded and without blanks at its ends.
    public func values(of name: HeaderName) -> [String] {
        index.entries.filter { has($0, name) }.map { value(of: $0).asText }
    }

    /// The first line of header `name`.
    public func first(_ name: HeaderName) -> String? {
        firstValue(name)?.asText
    }

    /// The comma-separated values of all lines of header `name`; empty ones are left out.
    public func list(of name: HeaderName) -> [String] {
        var values: [String] = []
        for entry in index.entries where has(entry, name) {
            for part in ListSplitter.split(value(of: entry)) where !part.isEmpty { values.append(part.asText) }
        }
        return values
    }

    /// Every header in order: for those who show or copy messages.
    public var headers: [(name: HeaderName, value: String)] {
        index.entries.map { (self.name(of: $0), value(of: $0).asText) }
    }

    /// The octets of the first line of header `name`, unfolded.
    func firstValue(_ name: HeaderName) -> ArraySlice<UInt8>? {
        for entry in index.entries where has(entry, name) { return value(of: entry) }
        return nil
    }

    func name(of entry: HeaderIndex.Entry) -> HeaderName {
        entry.known.map { HeaderName($0) } ?? HeaderName(octets[entry.name].asText)
    }

    /// Whether `entry` is a line of header `name`.
    @inline(__always)
    func has(_ entry: HeaderIndex.Entry, _ name: HeaderName) -> Bool {
        entry.known == name.known && (entry.known != nil || octets[entry.name].isEqual(ignoringCase: name.text))
    }

    /// The value of a line, unfolded.
    func value(of entry: HeaderIndex.Entry) -> ArraySlice<UInt8> {
        entry.isFolded ? unfolded(entry.value) : octets[entry.value]
    }

    private func unfolded(_ place: Range<Int>) -> ArraySlice<UInt8> {
        // A fold counts as one blank (RFC 3261 §7.3.1).
        var unfolded: [UInt8] = []
        for octet in octets[place] {
            if OctetClass.isBlankOrLineEnd(octet) {
                if unfolded.last != 0x20 { unfolded.append(0x20) }
            } else {
                unfolded.append(octet)
            }
        }
        return unfolded[...]
    }

    public var body: [UInt8] { Array(octets[index.body]) }

    // MARK: Typed headers

    /// The hops, latest first (RFC 3261 §20.42).
    public var vias: [Via] {
        get throws(ParseError) {
            var vias: [Via] = []
            for entry in index.entries where entry.known == .via {
                for value in ListSplitter.split(value(of: entry)) { vias.append(try Via(value)) }
            }
            return vias
        }
    }

    public var topVia: Via {
        get throws(ParseError) {
            let value = try required(.via, section: "RFC 3261 §8.1.1.7")
            return try Via(ListSplitter.split(value).first ?? [])
        }
    }

    public var from: NameAddress {
        get throws(ParseError) { try address(.from, section: "RFC 3261 §20.20") }
    }

    public var to: NameAddress {
        get throws(ParseError) { try address(.to, section: "RFC 3261 §20.39") }
    }

    public var callID: CallID {
        get throws(ParseError) { try CallID(required(.callID, section: "RFC 3261 §20.8")) }
    }

    public var cseq: CSeq {
        get throws(ParseError) { try CSeq(required(.cseq, section: "RFC 3261 §20.16")) }
    }

    /// `nil` without Contact.
    public var contacts: ContactList? {
        get throws(ParseError) {
            guard firstValue(.contact) != nil else { return nil }
            let values = parts(of: .contact)
            if values.contains(where: { $0.elementsEqual("*".utf8) }) {
                guard values.count == 1 else {
                    throw ParseError(
                        offset: 0, section: "RFC 3261 §20.10", message: "The Contact * does not stand alone")
                }
                return .star
            }
            return .addresses(try addresses(values))
        }
    }

    public var recordRoutes: [NameAddress] {
        get throws(ParseError) { try addresses(parts(of: .recordRoute).filter { !$0.isEmpty }) }
    }

    public var routes: [NameAddress] {
        get throws(ParseError) { try addresses(parts(of: .route).filter { !$0.isEmpty }) }
    }

    /// `nil` without Content-Type.
    public var contentType: MediaType? {
        get throws(ParseError) {
            guard let value = firstValue(.contentType) else { return nil }
            return try MediaType(value)
        }
    }

    /// The option tags of Supported.
    public var supported: [String] { list(of: .supported) }
    /// The option tags of Require.
    public var require: [String] { list(of: .require) }
    /// The methods of Allow; empty when it is absent, which says nothing.
    public var allow: [Method] { list(of: .allow).map { Method($0) } }

    /// The comma-separated values of all lines of a header, empty ones included.
    private func parts(of header: KnownHeader) -> [ArraySlice<UInt8>] {
        var parts: [ArraySlice<UInt8>] = []
        for entry in index.entries where entry.known == header { parts += ListSplitter.split(value(of: entry)) }
        return parts
    }

    private func required(_ name: HeaderName, section: String) throws(ParseError) -> ArraySlice<UInt8> {
        guard let value = firstValue(name) else {
            throw ParseError(offset: 0, section: section, message: "\(name) is missing")
        }
        return value
    }

    private func address(_ name: HeaderName, section: String) throws(ParseError) -> NameAddress {
        do {
            return try NameAddress(required(name, section: section))
        } catch {
            throw error.of(name)
        }
    }

    private func addresses(_ values: [ArraySlice<UInt8>]) throws(ParseError) -> [NameAddress] {
        var addresses: [NameAddress] = []
        for value in values { addresses.append(try NameAddress(value)) }
        return addresses
    }

    /// What every message has to have (RFC 3261 §8.1.1) is there once and can be read.
    func validateCommonHeaders() throws(ParseError) {
        if let defect = index.defect { throw defect }
        var seen: UInt64 = 0
        for entry in index.entries {
            guard let bit = entry.known?.onceOnly else { continue }
            guard seen & bit == 0 else {
                throw ParseError(
                    offset: 0, section: "RFC 3261 §7.3.1", message: "There is more than one \(name(of: entry))")
            }
            seen |= bit
        }
        guard try !vias.isEmpty else {
            throw ParseError(offset: 0, section: "RFC 3261 §8.1.1.7", message: "Via is missing")
        }
        _ = try (from, to, callID, cseq)
    }
}

extension KnownHeader {
    /// A bit for each header that a message has once at most.
    fileprivate var onceOnly: UInt64? {
        switch self {
        case .from: 1
        case .to: 2
        case .callID: 4
        case .cseq: 8
        case .maxForwards: 16
        case .contentType: 32
        default: nil
        }
    }
}

extension ParseError {
    /// The same fault with the header's name in front.
    func of(_ name: HeaderName) -> ParseError {
        guard !message.hasPrefix(name.text) else { return self }
        var error = self
        error.message = "\(name): \(message)"
        return error
    }
}
