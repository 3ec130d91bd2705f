import TelephonyPrimitives

/// A Via that was checked and not decoded: what transactions are matched by, and what says where a response goes.
struct ViaPlaces {
    private let head: ViaHead
    private let octets: ArraySlice<UInt8>
    private var branchPlace: Range<Int>?
    /// Whether the sender asks for its port to be noted (RFC 3581).
    private(set) var hasReturnPort = false
    private(set) var hasReceived = false

    /// - Parameter octets: one Via.
    init(_ octets: ArraySlice<UInt8>) throws(ParseError) {
        self.octets = octets
        let span = octets.span
        var cursor = OctetCursor(0..<octets.count, section: ViaHead.section)
        head = try ViaHead(span, &cursor)
        var count = 0
        var hasBranch = false
        while let parameter = try cursor.nextParameter(after: count, span) {
            count &+= 1
            switch span.shortName(parameter.name) {
            case ShortName.rport: hasReturnPort = true
            case ShortName.received: hasReceived = true
            case ShortName.branch where !hasBranch:
                hasBranch = true
                switch parameter.value {
                case .plain(let place): branchPlace = place
                case .quoted(let quoted): branchPlace = quoted.place
                case .none: break
                }
            default: break
            }
        }
        try cursor.finish("Via", span)
    }

    /// Whether it can be read, without noting anything.
    static func check(_ octets: Span<UInt8>, _ place: Range<Int>) throws(ParseError) {
        var cursor = OctetCursor(place, section: ViaHead.section)
        _ = try ViaHead(octets, &cursor)
        try cursor.skipParameters(octets)
        try cursor.finish("Via", octets)
    }

    /// `nil` without one.
    var branch: ArraySlice<UInt8>? { branchPlace.map { octets.part($0) } }

    /// The host of the sent-by as written, without brackets.
    var sentByHost: ArraySlice<UInt8> { octets.part(head.host.text) }

    var sentByPort: UInt16? { head.port }

    /// The sent-by when it is an address and no name.
    var sentByAddress: IPAddress? {
        if case .address(let address, _) = head.host { address } else { nil }
    }

    /// Whether the address or port that the request came from has to be noted in it, as `Via.noteSource` does
    /// (RFC 3261 §18.2.1, RFC 3581 §4).
    func lacksSource(_ source: TransportAddress) -> Bool {
        sentByAddress != source.ip || hasReturnPort || hasReceived
    }
}

/// Where the parts of a Via are that come before its parameters (RFC 3261 §20.42).
struct ViaHead {
    static let section: StaticString = "RFC 3261 §20.42"

    let name: Range<Int>
    let version: Range<Int>
    let transport: Range<Int>
    let host: HostPlace
    let port: UInt16?

    /// Leaves the cursor before the parameters.
    init(_ octets: Span<UInt8>, _ cursor: inout OctetCursor) throws(ParseError) {
        cursor.skipBlanks(octets)
        name = try cursor.token("The protocol of Via", octets)
        guard cursor.take(0x2F, octets) else { throw cursor.error("Via has no protocol version") }
        version = try cursor.token("The version of Via", octets)
        guard cursor.take(0x2F, octets) else { throw cursor.error("Via has no transport") }
        transport = try cursor.token("The transport of Via", octets)
        guard let blank = cursor.next(octets), OctetClass.isBlank(blank) else {
            throw cursor.error("Via has no sent-by")
        }
        cursor.skipBlanks(octets)
        (host, port) = try HostPlace.parse(octets, &cursor)
    }
}
