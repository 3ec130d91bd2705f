extension ControlAccount {
    /// Kinds of records, by the word that is in their paths.
    enum Kind: String, Sendable, CaseIterable {
        case applications = "call_control_applications"
        case documentApplications = "texml_applications"
        case profiles = "outbound_voice_profiles"
        case numbers = "phone_numbers"
        case credentialConnections = "credential_connections"
        case addressConnections = "ip_connections"
        case hostConnections = "fqdn_connections"
        case addresses = "ips"
        case hosts = "fqdns"

        var recordType: String {
            switch self {
            case .applications: "call_control_application"
            case .documentApplications: "texml_application"
            case .profiles: "outbound_voice_profile"
            case .numbers: "phone_number"
            case .credentialConnections: "credential_connection"
            case .addressConnections: "ip_connection"
            case .hostConnections: "fqdn_connection"
            case .addresses: "ip"
            case .hosts: "fqdn"
            }
        }

        /// Whether numbers can be assigned to it.
        var isConnection: Bool {
            switch self {
            case .applications, .documentApplications, .credentialConnections, .addressConnections, .hostConnections:
                true
            case .profiles, .numbers, .addresses, .hosts: false
            }
        }

        /// What has to be there to make one; `nil`: none can be made.
        var needed: [String]? {
            switch self {
            case .applications: ["application_name", "webhook_event_url"]
            case .documentApplications: ["friendly_name", "voice_url"]
            case .profiles: ["name"]
            case .numbers: nil
            case .credentialConnections: ["connection_name", "user_name", "password"]
            case .addressConnections: []
            case .hostConnections: ["connection_name"]
            case .addresses: ["ip_address"]
            case .hosts: ["connection_id", "fqdn", "dns_record_type"]
            }
        }

        /// What has to be there in every change.
        var neededToChange: [String] {
            switch self {
            case .applications: ["application_name", "webhook_event_url"]
            case .documentApplications: ["friendly_name", "voice_url"]
            case .profiles: ["name"]
            default: []
            }
        }
    }
}
