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

// What is asked most is specialised for requests and responses: callers in other modules would get it unspecialised.

extension SIPMessage {
    /// The value of each line of header `name`, in order, unfolded and without blanks at its ends.
    @specialized(where Self == Request) @specialized(where Self == Response)
    public func values(of name: HeaderName) -> [String] {
        guard mayHave(name) else { return [] }
        var values: [String] = []
        for entry in index.entries where has(entry, name) { values.append(value(of: entry).asText) }
        return values
    }

    /// The first line of header `name`.
    public func first(_ name: HeaderName) -> String? {
        firstValue(name)?.asText
    }

    /// The comma-separated values of all lines of header `name`; empty ones are left out.
    @specialized(where Self == Request) @specialized(where Self == Response)
    public func list(of name: HeaderName) -> [String] {
        guard mayHave(name) else { return [] }
        var values: [String] = []
        for entry in index.entries where has(entry, name) {
            for part in ListValues(value(of: entry)) where !part.isEmpty { values.append(part.asText) }
        }
        return values
    }

    /// Every header in order: for those who show or copy messages.
    public var headers: [(name: HeaderName, value: String)] {
        index.entries.map { (self.name(of: $0), value(of: $0).asText) }
    }

    /// The octets of the first line of header `name`, unfolded.
    func firstValue(_ name: HeaderName) -> ArraySlice<UInt8>? {
        if let known = name.known { return firstOctets(of: known) }
        for entry in index.entries where has(entry, name) { return value(of: entry) }
        return nil
    }

    /// Whether it is worth looking for: a header that is known and absent is told without a look at the lines.
    private func mayHave(_ name: HeaderName) -> Bool {
        name.known.map { index.present.contains($0) } ?? true
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
        @specialized(where Self == Request) @specialized(where Self == Response)
        get throws(ParseError) {
            var vias: [Via] = []
            vias.reserveCapacity(count(of: .via))
            for entry in index.entries where entry.known == .via {
                for value in ListValues(value(of: entry)) { vias.append(try Via.read(value)) }
            }
            return vias
        }
    }

    public var topVia: Via {
        @specialized(where Self == Request) @specialized(where Self == Response)
        get throws(ParseError) {
            let value = try required(.via, section: "RFC 3261 §8.1.1.7")
            var values = ListValues(value)
            return try Via.read(values.next() ?? [])
        }
    }

    public var from: NameAddress {
        @specialized(where Self == Request) @specialized(where Self == Response)
        get throws(ParseError) { try address(.from, section: "RFC 3261 §20.20") }
    }

    public var to: NameAddress {
        @specialized(where Self == Request) @specialized(where Self == Response)
        get throws(ParseError) { try address(.to, section: "RFC 3261 §20.39") }
    }

    public var callID: CallID {
        @specialized(where Self == Request) @specialized(where Self == Response)
        get throws(ParseError) { try CallID(required(.callID, section: "RFC 3261 §20.8")) }
    }

    public var cseq: CSeq {
        @specialized(where Self == Request) @specialized(where Self == Response)
        get throws(ParseError) { try CSeq(required(.cseq, section: "RFC 3261 §20.16")) }
    }

    /// `nil` without Contact.
    public var contacts: ContactList? {
        @specialized(where Self == Request) @specialized(where Self == Response)
        get throws(ParseError) {
            guard index.present.contains(.contact) else { return nil }
            var addresses: [NameAddress] = []
            addresses.reserveCapacity(count(of: .contact))
            var (values, stars) = (0, 0)
            for entry in index.entries where entry.known == .contact {
                for value in ListValues(value(of: entry)) where !value.isEmpty {
                    values += 1
                    if value.isEqual(to: "*") {
                        stars += 1
                    } else if stars == 0 {
                        addresses.append(try NameAddress.read(value))
                    }
                }
            }
            guard stars > 0 else { return .addresses(addresses) }
            guard values == 1 else { throw ContactList.starNotAlone }
            return .star
        }
    }

    public var recordRoutes: [NameAddress] {
        get throws(ParseError) { try addresses(of: .recordRoute) }
    }

    public var routes: [NameAddress] {
        get throws(ParseError) { try addresses(of: .route) }
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

    /// How many lines of a header there are.
    private func count(of header: KnownHeader) -> Int {
        guard index.repeated.contains(header) else { return index.present.contains(header) ? 1 : 0 }
        var count = 0
        for entry in index.entries where entry.known == header { count &+= 1 }
        return count
    }

    private func required(_ name: HeaderName, section: String) throws(ParseError) -> ArraySlice<UInt8> {
        guard let value = firstValue(name) else {
            throw ParseError(offset: 0, section: section, message: "\(name) is missing")
        }
        return value
    }

    private func address(_ name: HeaderName, section: String) throws(ParseError) -> NameAddress {
        do {
            return try NameAddress.read(required(name, section: section))
        } catch {
            throw error.of(name)
        }
    }

    /// The addresses of all lines of a header that has such values, as Record-Route, P-Asserted-Identity or Path; empty
    /// values are left out.
    /// - Throws: when one of them can't be read.
    @specialized(where Self == Request) @specialized(where Self == Response)
    public func addresses(of name: HeaderName) throws(ParseError) -> [NameAddress] {
        guard mayHave(name) else { return [] }
        var addresses: [NameAddress] = []
        if let known = name.known, !index.repeated.contains(known), let entry = index.first(known) {
            try add(value(of: entry), to: &addresses)
            return addresses
        }
        for entry in index.entries where has(entry, name) { try add(value(of: entry), to: &addresses) }
        return addresses
    }

    private func add(_ values: ArraySlice<UInt8>, to addresses: inout [NameAddress]) throws(ParseError) {
        for value in ListValues(values) where !value.isEmpty { addresses.append(try NameAddress.read(value)) }
    }

    /// What every message has to have (RFC 3261 §8.1.1) is there once and can be read.
    /// - Parameter hasReadableTopVia: whether the topmost Via was read before.
    func validateCommonHeaders(hasReadableTopVia: Bool = false) throws(ParseError) {
        if let defect = index.defect { throw defect }
        try checkListLimits()
        if index.repeated.intersects(.onceOnly) { try refuseRepeated() }
        guard index.present.contains(.via) else {
            throw ParseError(offset: 0, section: "RFC 3261 §8.1.1.7", message: "Via is missing")
        }
        var isRead = hasReadableTopVia
        try checkEach(.via) { octets, place throws(ParseError) in
            if !isRead { try ViaPlaces.check(octets, place) }
            isRead = false
        }
        try checkAddress(.from, section: "RFC 3261 §20.20")
        try checkAddress(.to, section: "RFC 3261 §20.39")
        try check(lineOf: .callID, section: "RFC 3261 §20.8") { octets, place throws(ParseError) in
            try CallID.check(octets, place)
        }
        _ = try cseqPlaces
    }

    private func checkAddress(_ header: KnownHeader, section: String) throws(ParseError) {
        do {
            try check(lineOf: header, section: section) { octets, place throws(ParseError) in
                try NameAddress.check(octets, place)
            }
        } catch {
            throw error.of(HeaderName(header))
        }
    }

    /// The first line of a header is there and can be read.
    private func check(
        lineOf header: KnownHeader, section: String, _ check: (Span<UInt8>, Range<Int>) throws(ParseError) -> Void
    ) throws(ParseError) {
        guard let entry = index.first(header) else {
            throw ParseError(offset: 0, section: section, message: "\(HeaderName(header)) is missing")
        }
        try look(at: entry, check)
    }

    /// Every value of all lines of a header can be read.
    func checkEach(
        _ header: KnownHeader, _ check: (Span<UInt8>, Range<Int>) throws(ParseError) -> Void
    ) throws(ParseError) {
        guard let first = index.first(header) else { return }
        guard index.repeated.contains(header) else {
            try checkValues(of: first, check)
            return
        }
        for entry in index.entries where entry.known == header { try checkValues(of: entry, check) }
    }

    private func checkValues(
        of entry: HeaderIndex.Entry, _ check: (Span<UInt8>, Range<Int>) throws(ParseError) -> Void
    ) throws(ParseError) {
        try look(at: entry) { octets, place throws(ParseError) in
            var values = ListPlaces(octets, place)
            while let value = values.next(octets) { try check(octets, value) }
        }
    }

    /// Lets `look` see the value of a line: the octets, and where it is in them.
    @inline(__always)
    func look<Result>(
        at entry: HeaderIndex.Entry, _ look: (Span<UInt8>, Range<Int>) throws(ParseError) -> Result
    ) throws(ParseError) -> Result {
        guard entry.isFolded else { return try look(octets.span, entry.value) }
        let value = Array(value(of: entry))
        return try look(value.span, 0..<value.count)
    }

    /// How many values Contact has, empty ones left out.
    var contactCount: Int {
        var count = 0
        for entry in index.entries where entry.known == .contact {
            count &+=
                (try? look(at: entry) { octets, place in
                    var values = ListPlaces(octets, place)
                    var count = 0
                    while let value = values.next(octets) { count &+= value.isEmpty ? 0 : 1 }
                    return count
                }) ?? 0
        }
        return count
    }

    /// The first value of Contact can be read; only a REGISTER has more, and whoever keeps bindings reads them.
    func checkContacts() throws(ParseError) {
        var (values, stars) = (0, 0)
        try checkEach(.contact) { octets, place throws(ParseError) in
            guard !place.isEmpty else { return }
            values += 1
            if place.count == 1, octets[place.lowerBound] == 0x2A {
                stars += 1
            } else if stars == 0, values == 1 {
                try NameAddress.check(octets, place)
            }
        }
        guard stars == 0 || values == 1 else { throw ContactList.starNotAlone }
    }

    var cseqPlaces: CSeqPlaces {
        get throws(ParseError) {
            guard let entry = index.first(.cseq) else {
                throw ParseError(offset: 0, section: "RFC 3261 §20.16", message: "CSeq is missing")
            }
            return try look(at: entry) { octets, place throws(ParseError) in try CSeqPlaces(octets, place) }
        }
    }

    /// Names the first line that there already was.
    private func refuseRepeated() throws(ParseError) {
        var seen = KnownHeaderSet()
        for entry in index.entries {
            guard let known = entry.known, KnownHeaderSet.onceOnly.contains(known) else { continue }
            guard !seen.contains(known) else {
                throw ParseError(
                    offset: 0, section: "RFC 3261 §7.3.1", message: "There is more than one \(name(of: entry))")
            }
            seen.insert(known)
        }
    }
}

extension KnownHeaderSet {
    /// The headers that a message has once at most.
    fileprivate static let onceOnly = KnownHeaderSet(.from, .to, .callID, .cseq, .maxForwards, .contentType)
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
