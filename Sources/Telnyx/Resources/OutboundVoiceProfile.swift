public import TelephonyPrimitives

/// Where calls may go, and what they may cost; a connection or application without one can't place any.
public struct OutboundVoiceProfile: CreatableResource, Hashable {
    public static let collection = "outbound_voice_profiles"

    public var id: String
    public var name: String
    public var isEnabled: Bool
    public var concurrentCallLimit: Int?
    /// Countries, e.g. `US`.
    public var destinations: [String]
    /// A decimal text in US dollars, e.g. `100.00`.
    public var dailySpendLimit: String?
    /// All that Telnyx tells of it.
    public var json: JSONValue

    public init?(_ json: JSONValue) {
        guard let id = json["id"]?.filledText else { return nil }
        self.id = id
        name = json["name"]?.looseText ?? ""
        isEnabled = json["enabled"]?.looseBool ?? true
        concurrentCallLimit = json["concurrent_call_limit"]?.looseInteger
        destinations = json["whitelisted_destinations"]?.texts ?? []
        dailySpendLimit = json["daily_spend_limit"]?.looseText
        self.json = json
    }

    /// What can be set.
    public struct Changes: ResourceChanges, Hashable {
        /// Telnyx wants it with every change.
        public var name: String
        public var isEnabled: Bool?
        public var concurrentCallLimit: Int?
        /// Countries, e.g. `US`.
        public var destinations: [String]?
        /// A decimal text in US dollars; it is switched on with it.
        public var dailySpendLimit: String?
        /// What the type does not have.
        public var further: CommandFields = [:]

        public init(name: String) {
            self.name = name
        }

        public var fields: CommandFields {
            let own: CommandFields = [
                "name": name, "enabled": isEnabled, "concurrent_call_limit": concurrentCallLimit,
                "whitelisted_destinations": destinations, "daily_spend_limit": dailySpendLimit,
                "daily_spend_limit_enabled": dailySpendLimit == nil ? nil : true,
            ]
            return own.merging(further)
        }

        public func check() throws(TelnyxError) { try Bounds.text(name, "name", atLeast: 1, atMost: 256) }
    }

    public typealias Draft = Changes
}
