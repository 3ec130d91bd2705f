/// A SIP response (RFC 3261 §7.2): its octets and where things are in them.
public struct Response: SIPMessage {
    public let octets: [UInt8]
    public let index: HeaderIndex
    /// 100 to 699.
    public let status: Int
    public let reason: String
    public let version: String

    init(octets: [UInt8], index: HeaderIndex, status: Int, reason: String, version: String) {
        self.octets = octets
        self.index = index
        self.status = status
        self.reason = reason
        self.version = version
    }

    public var isProvisional: Bool { status < 200 }
    public var isSuccess: Bool { (200..<300).contains(status) }

    /// Whether it can be worked with.
    public func validate() throws(ParseError) {
        guard version == "SIP/2.0" || version.utf8.isEqual(ignoringCase: "SIP/2.0") else {
            throw ParseError(
                offset: 0, section: "RFC 3261 §7.2", message: "The version is \(version), not SIP/2.0",
                suggestedStatus: 505)
        }
        try validateCommonHeaders()
    }
}
