public import TelephonyPrimitives

/// A SIP connection with a name and a password: for a trunk that registers.
public struct CredentialConnection: CreatableResource, Hashable {
    public static let collection = "credential_connections"

    public var id: String
    public var name: String
    public var isActive: Bool
    public var username: String?
    public var outboundProfileID: String?
    /// All that Telnyx tells of it, its password apart.
    public var json: JSONValue

    public init?(_ json: JSONValue) {
        guard let id = json["id"]?.filledText else { return nil }
        self.id = id
        name = json["connection_name"]?.looseText ?? ""
        isActive = json["active"]?.looseBool ?? true
        username = json["user_name"]?.filledText
        outboundProfileID = json["outbound"]?["outbound_voice_profile_id"]?.filledText
        self.json = .object((json.object ?? [:]).filter { $0.key != "password" })
    }

    /// What can be set.
    public struct Changes: ResourceChanges, Hashable {
        public var name: String?
        /// 4 to 32 letters and digits, a letter among the first five.
        public var username: String?
        /// 8 to 128 characters.
        public var password: Secret?
        public var isActive: Bool?
        public var outboundProfileID: String?
        /// Media in the clear, or SRTP.
        public var encryptsMedia: Bool?
        public var anchorSite: String?
        /// What the type does not have.
        public var further: CommandFields = [:]

        public init() {}

        public var fields: CommandFields {
            let own: CommandFields = [
                "connection_name": name, "user_name": username, "password": password?.value, "active": isActive,
                "outbound": outboundProfileID.map { ["outbound_voice_profile_id": $0] as CommandFields },
                "encrypted_media": encryptsMedia == true ? "SRTP" : nil, "anchorsite_override": anchorSite,
            ]
            return own.merging(further)
        }

        public func check() throws(TelnyxError) {
            if let username {
                let isSound =
                    (4...32).contains(username.utf8.count)
                    && username.utf8.allSatisfy { octet in
                        (0x30...0x39).contains(octet) || (0x41...0x5A).contains(octet) || (0x61...0x7A).contains(octet)
                    } && username.prefix(5).contains { $0.isLetter }
                guard isSound else {
                    throw .invalid("`user_name` takes 4 to 32 letters and digits, a letter among the first five.")
                }
            }
            if let password, !(8...128).contains(password.value.count) {
                throw .invalid("`password` takes 8 to 128 characters.")
            }
        }
    }

    /// A new one.
    public struct Draft: ResourceChanges, Hashable {
        public var name: String
        public var username: String
        public var password: Secret
        public var further = Changes()

        public init(name: String, username: String, password: Secret) {
            self.name = name
            self.username = username
            self.password = password
        }

        private var whole: Changes {
            var whole = further
            whole.name = name
            whole.username = username
            whole.password = password
            return whole
        }

        public var fields: CommandFields { whole.fields }
        public func check() throws(TelnyxError) {
            guard !name.isEmpty else { throw .invalid("`connection_name` is missing.") }
            try whole.check()
        }
    }
}

extension ResourceCollection<CredentialConnection> {
    /// Whether a telephone is registered there: Telnyx's own word for it.
    ///
    /// - Throws: ``TelnyxError``.
    public func registrationStatus(_ id: String) async throws(TelnyxError) -> JSONValue {
        guard !id.isEmpty else { throw .invalid("The identifier is missing.") }
        let answer = try await client.send(
            TelnyxRequest(
                .post, [CredentialConnection.collection, id, "actions", "check_registration_status"],
                repeatability: .always))
        return answer["data"] ?? answer
    }
}
