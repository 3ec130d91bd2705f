extension DigestAlgorithm {
    /// A user name as it goes out where a server wants none in clear (`userhash`, RFC 7616 §3.4.4).
    func userHash(of username: String, realm: String) -> String {
        hash("\(username):\(realm)".utf8)
    }
}

/// The value of `username*` (RFC 7616 §3.4, RFC 8187): a name in UTF-8 that no quoted string can hold.
///
/// In SIP a quoted string holds any UTF-8 (RFC 3261 §25.1), so only a name with a line end needs it.
struct ExtendedUserName: Sendable {
    let name: String

    init(_ name: String) {
        self.name = name
    }

    /// - Parameter text: `UTF-8'language'escaped`; `nil` comes of another character set and of what is no UTF-8.
    init?(parsing text: String) {
        let parts = text.split(separator: "'", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0].lowercased() == "utf-8",
            let name = String(validating: PercentCoding.decodeOctets(parts[2]), as: UTF8.self)
        else { return nil }
        self.name = name
    }

    var text: String { "UTF-8''" + PercentCoding.encode(name, allowed: "") }

    static func isNeeded(for name: String) -> Bool {
        name.utf8.contains { $0 == 0x0D || $0 == 0x0A }
    }
}
