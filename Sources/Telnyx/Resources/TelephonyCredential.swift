public import TelephonyPrimitives

/// A SIP name and password of a connection that Telnyx makes up, as for WebRTC.
public struct TelephonyCredential: CreatableResource, Hashable {
    public static let collection = "telephony_credentials"

    public var id: String
    public var name: String?
    public var username: String?
    public var password: Secret?
    public var isExpired: Bool

    public init?(_ json: JSONValue) {
        guard let id = json["id"]?.filledText else { return nil }
        self.id = id
        name = json["name"]?.filledText
        username = json["sip_username"]?.filledText
        password = json["sip_password"]?.filledText.map { Secret($0) }
        isExpired = json["expired"]?.looseBool ?? false
    }

    /// What can be set.
    public struct Changes: ResourceChanges, Hashable {
        public var connectionID: String?
        public var name: String?
        /// RFC 3339; without, it stays valid.
        public var expiresAt: String?

        public init() {}

        public var fields: CommandFields { ["connection_id": connectionID, "name": name, "expires_at": expiresAt] }
    }

    /// A new one.
    public struct Draft: ResourceChanges, Hashable {
        public var connectionID: String
        public var name: String?
        /// RFC 3339; without, it stays valid.
        public var expiresAt: String?

        public init(connectionID: String) {
            self.connectionID = connectionID
        }

        public var fields: CommandFields { ["connection_id": connectionID, "name": name, "expires_at": expiresAt] }

        public func check() throws(TelnyxError) {
            guard !connectionID.isEmpty else { throw .invalid("`connection_id` is missing.") }
        }
    }
}

extension ResourceCollection<TelephonyCredential> {
    /// A token with which a client logs in over WebRTC; it is valid for a day.
    ///
    /// - Throws: ``TelnyxError``.
    public func token(_ id: String) async throws(TelnyxError) -> Secret {
        guard !id.isEmpty else { throw .invalid("The identifier is missing.") }
        let answer = try await client.answer(
            to: TelnyxRequest(.post, [TelephonyCredential.collection, id, "token"], repeatability: .always))
        guard (200..<300).contains(answer.status) else { throw .refused(Refusal(answer, without: client.key)) }
        // Plain text; some gateways put it between quotes.
        let text = String(decoding: answer.body, as: UTF8.self).filter { !$0.isWhitespace && $0 != "\"" }
        guard !text.isEmpty, text.utf8.count <= 16_384 else {
            throw .unreadable("Telnyx's answer is no token.")
        }
        return Secret(text)
    }
}
