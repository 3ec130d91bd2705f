/// What Telnyx hands back with every later webhook of a call leg: octets of our own, Base64 on the wire.
public struct ClientState: Sendable, Hashable {
    public var octets: [UInt8]

    public init(_ octets: [UInt8]) {
        self.octets = octets
    }

    public init(_ text: String) {
        octets = Array(text.utf8)
    }

    /// - Returns: `nil` when `base64` is none.
    public init?(base64: String) {
        guard let octets = Base64Text.octets(of: base64) else { return nil }
        self.octets = octets
    }

    public var base64: String { Base64Text.text(of: octets) }

    /// As text; `nil` when it is no UTF-8.
    public var text: String? { String(validating: octets, as: UTF8.self) }
}
