public import TelephonyPrimitives

/// One hop that a request has taken, and by which its response goes back (RFC 3261 §20.42).
public struct Via: Hashable, Sendable, CustomStringConvertible {
    /// The `rport` parameter of RFC 3581.
    public enum ReturnPort: Hashable, Sendable {
        case absent
        /// The sender asks for its port to be filled in.
        case requested
        case value(UInt16)
    }

    /// `SIP/2.0`, unless the message is of another protocol.
    public var sentProtocol = "SIP/2.0"
    /// In upper case, e.g. `UDP`.
    public var transport: String
    public var sentByHost: Host
    public var sentByPort: UInt16?
    public var parameters: Parameters

    public init(transport: String, host: Host, port: UInt16? = nil, parameters: Parameters = Parameters()) {
        self.transport = transport
        sentByHost = host
        sentByPort = port
        self.parameters = parameters
    }

    public init(parsing text: String) throws(ParseError) {
        try self.init(Array(text.utf8)[...])
    }

    init(_ octets: ArraySlice<UInt8>) throws(ParseError) { self = try Via.read(octets) }

    /// What `init(_:)` makes. A function, because an initialiser that may fail copies what it has made.
    static func read(_ octets: ArraySlice<UInt8>) throws(ParseError) -> Via {
        var cursor = OctetCursor(0..<octets.count, section: ViaHead.section)
        let head = try ViaHead(octets.span, &cursor)
        let parameters = try Parameters(octets, &cursor)
        try cursor.finish("Via", octets.span)
        var via = Via(
            transport: Via.transport(octets.part(head.transport)), host: Host(head.host, in: octets), port: head.port,
            parameters: parameters)
        let (name, version) = (octets.part(head.name), octets.part(head.version))
        if !name.isEqual(to: "SIP") || !version.isEqual(to: "2.0") {
            via.sentProtocol = "\(name.asText)/\(version.asText)"
        }
        return via
    }

    private static func transport(_ octets: ArraySlice<UInt8>) -> String {
        if octets.isEqual(to: "UDP") { return "UDP" }
        return octets.contains { $0 >= 0x61 && $0 <= 0x7A }
            ? octets.map { $0 >= 0x61 && $0 <= 0x7A ? $0 & 0xDF : $0 }.asText : octets.asText
    }

    public var branch: Branch? { parameters.value(of: "branch").map { Branch($0) } }

    /// The address from which the request came, as the receiver saw it.
    public var received: IPAddress? {
        guard let text = parameters.value(of: "received") else { return nil }
        // Brackets are outside the grammar, and some write them (RFC 5118 §4.5).
        return IPAddress(text.hasPrefix("[") && text.hasSuffix("]") ? String(text.dropFirst().dropLast()) : text)
    }

    public var rport: ReturnPort {
        guard parameters.has("rport") else { return .absent }
        return parameters.value(of: "rport").flatMap(UInt16.init).map { .value($0) } ?? .requested
    }

    /// The sent-by when it is an address and no name.
    public var sentByAddress: IPAddress? {
        if case .address(let address) = sentByHost { address } else { nil }
    }

    /// The sent-by for comparing (RFC 3261 §17.2.3).
    public var sentByKey: String {
        sentByHost.description.asciiLowercased + ":" + (sentByPort.map { "\($0)" } ?? "")
    }

    /// What the receiver notes about where the request came from (RFC 3261 §18.2.1, RFC 3581 §4).
    mutating func noteSource(_ source: TransportAddress) {
        let wantsPort = parameters.has("rport")
        parameters.remove("received")
        if wantsPort {
            parameters.set("rport", to: "\(source.port)")
        }
        if wantsPort || sentByAddress != source.ip {
            parameters.set("received", to: source.ip.description)
        }
    }

    public var description: String {
        "\(sentProtocol)/\(transport) \(sentByHost)\(sentByPort.map { ":\($0)" } ?? "")\(parameters)"
    }
}
