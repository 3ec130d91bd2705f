/// What a digest covers (RFC 7616 §3.4).
public enum QualityOfProtection: String, Hashable, Sendable, CaseIterable {
    /// The method and the URI.
    case authentication = "auth"
    /// The body as well.
    case integrity = "auth-int"

    /// The quality that a header names, in upper or lower case; `nil` when it is neither of these.
    public init?(name: some StringProtocol) {
        self.init(rawValue: name.lowercased())
    }
}
