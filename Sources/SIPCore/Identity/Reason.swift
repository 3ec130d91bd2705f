/// Why a request was sent, or why a call got the answer that it got (RFC 3326 §2): the cause as one protocol knows it.
public struct Reason: Hashable, Sendable, CustomStringConvertible {
    /// Whose causes are counted, e.g. `SIP` or `Q.850`; case does not matter.
    public var protocolName: String
    /// The status of SIP, or the cause of ISDN; `nil` when none is given.
    public var cause: Int?
    /// For people.
    public var text: String?
    /// What else was said.
    public var extensions: Parameters

    public init(protocolName: String, cause: Int? = nil, text: String? = nil, extensions: Parameters = Parameters()) {
        self.protocolName = protocolName
        self.cause = cause
        self.text = text
        self.extensions = extensions
    }

    /// A status of SIP, e.g. 200 with "Call completed elsewhere" in a CANCEL to a fork that lost.
    public static func sip(_ status: Int, text: String? = nil) -> Reason {
        Reason(protocolName: "SIP", cause: status, text: text)
    }

    /// A cause of ISDN (ITU-T Q.850), e.g. 16 for a normal end and 17 for a busy line.
    public static func q850(_ cause: Int, text: String? = nil) -> Reason {
        Reason(protocolName: "Q.850", cause: cause, text: text)
    }

    /// Reads one value of the header.
    public init(parsing text: String) throws(ParseError) {
        try self.init(Array(text.utf8)[...])
    }

    init(_ octets: ArraySlice<UInt8>) throws(ParseError) {
        var scanner = FieldScanner(octets, section: "RFC 3326 §2")
        scanner.skipBlanks()
        protocolName = try scanner.token("The protocol of Reason")
        extensions = try scanner.parameters()
        try scanner.finish("Reason")
        if let value = extensions.value(of: "cause") {
            guard let cause = Array(value.utf8)[...].decimal else {
                throw scanner.error("The cause of Reason is no number")
            }
            self.cause = cause
            extensions.remove("cause")
        }
        self.text = extensions.value(of: "text")
        extensions.remove("text")
    }

    /// Whether it is a cause of this protocol.
    public func isOf(_ name: String) -> Bool {
        protocolName.utf8.isEqual(ignoringCase: name)
    }

    public var description: String {
        "\(protocolName)\(cause.map { ";cause=\($0)" } ?? "")\(text.map { ";text=\($0.quoted)" } ?? "")\(extensions)"
    }
}

extension SIPMessage {
    /// The values of Reason in order, one for each protocol (RFC 3326 §2). One that can't be read is left out: the
    /// header is never needed to handle its message (RFC 3261 §8.1.3.5).
    public var reasons: [Reason] {
        list(of: .reason).compactMap { try? Reason(parsing: $0) }
    }
}
