internal import TelephonyPrimitives

/// What the calls of a number come to: an application, of Call Control or of TeXML, or a SIP connection.
package struct AccountConnection: Sendable, Hashable {
    package enum Kind: String, Sendable, Hashable, CaseIterable {
        case application = "call_control_applications"
        /// Asks for a document what is to be done with each call.
        case document = "texml_applications"
        /// Known by user name and password, and registered.
        case credential = "credential_connections"
        /// Known by its addresses.
        case address = "ip_connections"
        /// Called at its host names.
        case hostName = "fqdn_connections"

        /// For sentences.
        package var title: String {
            switch self {
            case .application: "application"
            case .document: "TeXML application"
            case .credential: "SIP connection"
            case .address: "IP connection"
            case .hostName: "FQDN connection"
            }
        }

        /// The member that holds its name.
        var nameField: String {
            switch self {
            case .application: "application_name"
            case .document: "friendly_name"
            case .credential, .address, .hostName: "connection_name"
            }
        }

        /// The list of the places where it is called, where it has one.
        var placeCollection: String? {
            switch self {
            case .application, .document, .credential: nil
            case .address: "ips"
            case .hostName: "fqdns"
            }
        }
    }

    package var kind: Kind
    package var id: String
    package var name: String
    package var isActive: Bool
    package var profileID: String?
    /// Where webhooks go, or documents are asked for.
    package var webhookURL: String?
    /// With which method of HTTP documents are asked for, in capitals.
    package var documentMethod: String?
    package var webhookVersion: String?
    package var username: String?
    /// Addresses or host names with their ports, e.g. `203.0.113.7:5060`.
    package var places: [String] = []

    package init(_ kind: Kind, id: String, name: String, isActive: Bool = true, profileID: String? = nil) {
        self.kind = kind
        self.id = id
        self.name = name
        self.isActive = isActive
        self.profileID = profileID
    }

    /// - Returns: `nil` when `json` has no identifier.
    init?(_ kind: Kind, _ json: JSONValue) {
        guard let id = json["id"]?.filledText else { return nil }
        self.init(
            kind, id: id, name: json[kind.nameField]?.looseText ?? "", isActive: json["active"]?.looseBool ?? true,
            profileID: json["outbound"]?["outbound_voice_profile_id"]?.filledText)
        webhookURL = json[kind == .document ? "voice_url" : "webhook_event_url"]?.filledText
        documentMethod = json["voice_method"]?.filledText?.uppercased()
        webhookVersion = json["webhook_api_version"]?.filledText
        username = json["user_name"]?.filledText
    }

    /// E.g. `application 'trunkline'`.
    package var title: String { "\(kind.title) '\(name)'" }
}

/// Where a connection is called.
struct ConnectionPlace: Sendable, Hashable {
    var connectionID: String
    var text: String

    init?(_ json: JSONValue) {
        guard let connection = json["connection_id"]?.filledText,
            let host = (json["ip_address"] ?? json["fqdn"])?.filledText
        else { return nil }
        connectionID = connection
        text = Self.text(host, json["port"]?.looseInteger)
    }

    static func text(_ host: String, _ port: Int?) -> String { port.map { "\(host):\($0)" } ?? host }
}
