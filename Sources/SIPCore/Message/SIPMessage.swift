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
        index.entries.filter { $0.name == name }.map(text)
    }

    /// The first line of header `name`.
    public func first(_ name: HeaderName) -> String? {
        index.entries.first { $0.name == name }.map(text)
    }

    /// The comma-separated values of all lines of header `name`; empty ones are left out.
    public func list(of name: HeaderName) -> [String] {
        values(of: name).flatMap(ListSplitter.split).filter { !$0.isEmpty }
    }

    /// Every header in order: for those who show or copy messages.
    public var headers: [(name: HeaderName, value: String)] {
        index.entries.map { ($0.name, text($0)) }
    }

    private func text(_ entry: HeaderIndex.Entry) -> String {
        let value = octets[entry.value]
        guard value.contains(0x0A) else { return value.asText }
        // A fold counts as one blank (RFC 3261 §7.3.1).
        var unfolded: [UInt8] = []
        for octet in value {
            if octet == 0x0D || octet == 0x0A || OctetClass.isBlank(octet) {
                if unfolded.last != 0x20 { unfolded.append(0x20) }
            } else {
                unfolded.append(octet)
            }
        }
        return unfolded.asText
    }

    public var body: [UInt8] { Array(octets[index.body]) }

    // MARK: Typed headers

    /// The hops, latest first (RFC 3261 §20.42).
    public var vias: [Via] {
        get throws(ParseError) {
            var vias: [Via] = []
            for line in values(of: .via) {
                for value in ListSplitter.split(line) { vias.append(try Via(parsing: value)) }
            }
            return vias
        }
    }

    public var topVia: Via {
        get throws(ParseError) {
            let value = try required(.via, section: "RFC 3261 §8.1.1.7")
            return try Via(parsing: ListSplitter.split(value).first ?? "")
        }
    }

    public var from: NameAddress {
        get throws(ParseError) { try address(.from, section: "RFC 3261 §20.20") }
    }

    public var to: NameAddress {
        get throws(ParseError) { try address(.to, section: "RFC 3261 §20.39") }
    }

    public var callID: CallID {
        get throws(ParseError) { try CallID(parsing: required(.callID, section: "RFC 3261 §20.8")) }
    }

    public var cseq: CSeq {
        get throws(ParseError) { try CSeq(parsing: required(.cseq, section: "RFC 3261 §20.16")) }
    }

    /// `nil` without Contact.
    public var contacts: ContactList? {
        get throws(ParseError) {
            let lines = values(of: .contact)
            guard !lines.isEmpty else { return nil }
            let values = lines.flatMap(ListSplitter.split)
            if values.contains("*") {
                guard values == ["*"] else {
                    throw ParseError(
                        offset: 0, section: "RFC 3261 §20.10", message: "The Contact * does not stand alone")
                }
                return .star
            }
            return .addresses(try addresses(values))
        }
    }

    public var recordRoutes: [NameAddress] {
        get throws(ParseError) { try addresses(list(of: .recordRoute)) }
    }

    public var routes: [NameAddress] {
        get throws(ParseError) { try addresses(list(of: .route)) }
    }

    /// `nil` without Content-Type.
    public var contentType: MediaType? {
        get throws(ParseError) {
            guard let value = first(.contentType) else { return nil }
            return try MediaType(parsing: value)
        }
    }

    /// The option tags of Supported.
    public var supported: [String] { list(of: .supported) }
    /// The option tags of Require.
    public var require: [String] { list(of: .require) }
    /// The methods of Allow; empty when it is absent, which says nothing.
    public var allow: [Method] { list(of: .allow).map { Method($0) } }

    private func required(_ name: HeaderName, section: String) throws(ParseError) -> String {
        guard let value = first(name) else {
            throw ParseError(offset: 0, section: section, message: "\(name) is missing")
        }
        return value
    }

    private func address(_ name: HeaderName, section: String) throws(ParseError) -> NameAddress {
        do {
            return try NameAddress(parsing: required(name, section: section))
        } catch {
            throw error.of(name)
        }
    }

    private func addresses(_ values: [String]) throws(ParseError) -> [NameAddress] {
        var addresses: [NameAddress] = []
        for value in values { addresses.append(try NameAddress(parsing: value)) }
        return addresses
    }

    /// What every message has to have (RFC 3261 §8.1.1) is there once and can be read.
    func validateCommonHeaders() throws(ParseError) {
        if let defect = index.defect { throw defect }
        for name in [HeaderName.from, .to, .callID, .cseq, .maxForwards, .contentType]
        where index.entries.count(where: { $0.name == name }) > 1 {
            throw ParseError(offset: 0, section: "RFC 3261 §7.3.1", message: "There is more than one \(name)")
        }
        guard try !vias.isEmpty else {
            throw ParseError(offset: 0, section: "RFC 3261 §8.1.1.7", message: "Via is missing")
        }
        _ = try (from, to, callID, cseq)
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
