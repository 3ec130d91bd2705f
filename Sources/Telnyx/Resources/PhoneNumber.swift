public import TelephonyPrimitives

/// A number of the account.
public struct PhoneNumber: TelnyxResource, Hashable {
    public static let collection = "phone_numbers"

    public var id: String
    /// In E.164.
    public var number: String
    /// E.g. `active`.
    public var status: String?
    /// The Call Control application or SIP connection that its calls come to.
    public var connectionID: String?
    public var connectionName: String?
    public var tags: [String]
    /// All that Telnyx tells of it.
    public var json: JSONValue

    public init?(_ json: JSONValue) {
        guard let id = json["id"]?.filledText else { return nil }
        self.id = id
        number = json["phone_number"]?.looseText ?? ""
        status = json["status"]?.filledText
        connectionID = json["connection_id"]?.filledText
        connectionName = json["connection_name"]?.filledText
        tags = json["tags"]?.texts ?? []
        self.json = json
    }

    /// What can be set.
    public struct Changes: ResourceChanges, Hashable {
        /// Where its calls are to come.
        public var connectionID: String?
        public var tags: [String]?
        public var customerReference: String?
        /// What the type does not have.
        public var further: CommandFields = [:]

        public init(connectionID: String? = nil) {
            self.connectionID = connectionID
        }

        public var fields: CommandFields {
            let own: CommandFields = [
                "connection_id": connectionID, "tags": tags, "customer_reference": customerReference,
            ]
            return own.merging(further)
        }
    }
}
