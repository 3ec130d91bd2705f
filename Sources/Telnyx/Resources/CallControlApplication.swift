public import TelephonyPrimitives

/// A Call Control application: where webhooks go. A number's calls come to it when the number is assigned to it.
public struct CallControlApplication: CreatableResource, Hashable {
    public static let collection = "call_control_applications"

    public var id: String
    public var name: String
    public var isActive: Bool
    public var webhookURL: String?
    public var failoverURL: String?
    /// `2`: webhooks are as this library reads them.
    public var webhookVersion: String?
    public var outboundProfileID: String?
    /// All that Telnyx tells of it.
    public var json: JSONValue

    public init?(_ json: JSONValue) {
        guard let id = json["id"]?.filledText else { return nil }
        self.id = id
        name = json["application_name"]?.looseText ?? ""
        isActive = json["active"]?.looseBool ?? true
        webhookURL = json["webhook_event_url"]?.filledText
        failoverURL = json["webhook_event_failover_url"]?.filledText
        webhookVersion = json["webhook_api_version"]?.filledText
        outboundProfileID = json["outbound"]?["outbound_voice_profile_id"]?.filledText
        self.json = json
    }

    /// What can be set.
    public struct Changes: ResourceChanges, Hashable {
        public var name: String?
        public var webhookURL: String?
        public var failoverURL: String?
        /// How long Telnyx waits for a webhook's answer: 0 to 30 s.
        public var webhookTimeout: Duration?
        public var isActive: Bool?
        /// Without one no calls can be placed.
        public var outboundProfileID: String?
        /// Calls at once that come in.
        public var inboundChannels: Int?
        /// Tells what a call costs, by `call.cost`.
        public var tellsCosts: Bool?
        /// E.g. `Latency`, `Frankfurt, Germany`.
        public var anchorSite: String?
        /// A call is hung up when no command comes for so long.
        public var firstCommandTimeout: Duration?
        /// What the type does not have.
        public var further: CommandFields = [:]

        public init() {}

        public var fields: CommandFields {
            let own: CommandFields = [
                "application_name": name, "webhook_event_url": webhookURL, "webhook_event_failover_url": failoverURL,
                // The only one whose webhooks are signed as the verifier expects.
                "webhook_api_version": webhookURL == nil ? nil : "2",
                "webhook_timeout_secs": webhookTimeout?.wholeSeconds, "active": isActive,
                "outbound": outboundProfileID.map { ["outbound_voice_profile_id": $0] as CommandFields },
                "inbound": inboundChannels.map { ["channel_limit": $0] as CommandFields },
                "call_cost_in_webhooks": tellsCosts, "anchorsite_override": anchorSite,
                "first_command_timeout": firstCommandTimeout == nil ? nil : true,
                "first_command_timeout_secs": firstCommandTimeout?.wholeSeconds,
            ]
            return own.merging(further)
        }

        public func check() throws(TelnyxError) {
            try Bounds.seconds(webhookTimeout, "webhook_timeout_secs", in: 0...30)
        }
    }

    /// A new one.
    public struct Draft: ResourceChanges, Hashable {
        public var name: String
        public var webhookURL: String
        public var further = Changes()

        public init(name: String, webhookURL: String) {
            self.name = name
            self.webhookURL = webhookURL
        }

        private var whole: Changes {
            var whole = further
            whole.name = name
            whole.webhookURL = webhookURL
            return whole
        }

        public var fields: CommandFields { whole.fields }

        public func check() throws(TelnyxError) {
            guard !name.isEmpty else { throw .invalid("`application_name` is missing.") }
            guard webhookURL.hasPrefix("https://") || webhookURL.hasPrefix("http://") else {
                throw .invalid("`webhook_event_url` begins with https://, or http:// for tests.")
            }
            try whole.check()
        }
    }
}
