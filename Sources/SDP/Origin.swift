/// The `o=` line: who made a description, and which version of it this is (RFC 8866 §5.2).
public struct Origin: Sendable, Hashable {
    /// The user, `-` when there is none to tell.
    public var username: String
    /// Stays the same for the whole session. Digits of any length: peers send more than 64 bits.
    public var sessionID: String
    /// Grows by one with every change of the description.
    public var sessionVersion: String
    /// `IN`
    public var networkType: String
    /// `IP4` or `IP6`
    public var addressType: String
    /// A host name or an IP address; only a part of the name of the session, never a place to send to.
    public var address: String

    /// Makes an o= line; nothing is checked.
    public init(
        username: String = "-", sessionID: String, sessionVersion: String, networkType: String = "IN",
        addressType: String, address: String
    ) {
        self.username = username
        self.sessionID = sessionID
        self.sessionVersion = sessionVersion
        self.networkType = networkType
        self.addressType = addressType
        self.address = address
    }

    /// What stands in for an `o=` line that is missing.
    static let absent = Origin(sessionID: "0", sessionVersion: "0", addressType: "IP4", address: "0.0.0.0")
}
