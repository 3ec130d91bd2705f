internal import SIPCore

/// Where the other side is asked to call (Refer-To of a blind transfer): an address and nothing besides.
///
/// A URI may carry header fields, a method and a body for the call that it asks for (RFC 3261 §19.1.1). With these a name
/// becomes an order (`?Route=`, `?Replaces=`, `;method=BYE`), so that they are not taken, whoever has written them.
struct TransferTarget: Sendable, Equatable {
    let text: String

    /// - Returns: `nil` when it is no such address.
    init?(_ text: String) {
        guard text.utf8.count <= 1_024, text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && !Self.refused.contains($0) }),
            let uri = try? SIPURI(parsing: text), uri.headers.isEmpty, uri.password == nil,
            uri.parameters.allSatisfy({ !Self.refusedParameters.contains($0.name.lowercased()) })
        else { return nil }
        // Hidden by percent signs are the signs that end a URI, a line or a user.
        let user = uri.unescapedUser ?? ""
        guard user.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && !Self.refused.contains($0) && $0 != 0x40 }) else {
            return nil
        }
        self.text = text
    }

    private static let refused = Set("<>\"\\?{}|^`".utf8)
    /// What leads the call to another place than its host, or asks for another request.
    private static let refusedParameters: Set<String> = ["method", "maddr", "ttl", "lr"]
}
