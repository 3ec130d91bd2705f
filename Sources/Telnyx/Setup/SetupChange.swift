internal import TelephonyPrimitives

/// One thing that is made or changed at Telnyx.
package enum SetupChange: Sendable, Hashable {
    case createProfile(name: String, ProfileSettings)
    case changeProfile(id: String, name: String, ProfileSettings)
    case createConnection(AccountConnection.Kind, name: String, ConnectionSettings)
    case changeConnection(AccountConnection.Kind, id: String, name: String, ConnectionSettings)
    case addPlace(String, to: SetupReference, AccountConnection.Kind)
    case assignNumber(id: String, number: String, from: String?, to: SetupReference, AccountConnection.Kind)

    /// What is set of an outbound voice profile; what is `nil` stays.
    package struct ProfileSettings: Sendable, Hashable {
        var isEnabled: Bool?
        /// All of them, with those that are new.
        var destinations: [String]?
        /// Those that are new, for the sentence.
        var added: [String] = []
        var calls: Int?
        var dailySpend: String?
    }

    /// What is set of an application or connection; what is `nil` stays.
    package struct ConnectionSettings: Sendable, Hashable {
        var isActive: Bool?
        /// An application's goes with every change: Telnyx wants it so.
        var webhookURL: String?
        /// Whether it is a new one.
        var isWebhookNew = false
        /// The one before, for the sentence.
        var oldWebhookURL: String?
        var webhookVersion: String?
        var username: String?
        var password: Secret?
        var transport: String?
        var anchorSite: String?
        var profile: SetupReference?
    }
}

/// Something that is there already, or that an earlier change makes.
package enum SetupReference: Sendable, Hashable {
    case known(id: String, name: String)
    case made(name: String)

    var name: String {
        switch self {
        case .known(_, let name), .made(let name): name
        }
    }
}

/// The identifiers of what has been made so far.
package struct SetupProgress: Sendable, Hashable {
    var profile: String?
    var connection: String?

    package init() {}

    func id(_ reference: SetupReference, _ made: String?) -> String? {
        switch reference {
        case .known(let id, _): id
        case .made: made
        }
    }
}

// MARK: For a person
extension SetupChange: CustomStringConvertible {
    /// What is done, from the verb on: `create application 'trunkline' with webhook https://…`.
    package var description: String {
        switch self {
        case .createProfile(let name, let settings):
            return "create outbound voice profile '\(name)': \(Self.list(settings.sentences))"
        case .changeProfile(_, let name, let settings):
            return "change outbound voice profile '\(name)': \(Self.list(settings.sentences))"
        case .createConnection(let kind, let name, let settings):
            return "create \(kind.title) '\(name)' with \(Self.list(settings.sentences))"
        case .changeConnection(let kind, _, let name, let settings):
            return "change \(kind.title) '\(name)': \(Self.list(settings.sentences))"
        case .addPlace(let place, let connection, let kind):
            return "add \(place) to \(kind.title) '\(connection.name)'"
        case .assignNumber(_, let number, let old, let connection, let kind):
            let target = "\(kind.title) '\(connection.name)'"
            return old.map { "move number \(number) from '\($0)' to \(target)" }
                ?? "assign number \(number) to \(target)"
        }
    }

    private static func list(_ sentences: [String]) -> String { sentences.joined(separator: ", ") }
}

extension SetupChange.ProfileSettings {
    fileprivate var sentences: [String] {
        [
            isEnabled == true ? "enable it" : nil,
            added.isEmpty ? nil : "allow calls to \(added.joined(separator: " "))",
            calls.map { "at most \($0) calls at once" }, dailySpend.map { "at most $\($0) a day" },
        ].compactMap(\.self)
    }

    fileprivate var fields: CommandFields {
        [
            "enabled": isEnabled, "whitelisted_destinations": destinations, "concurrent_call_limit": calls,
            "daily_spend_limit": dailySpend, "daily_spend_limit_enabled": dailySpend.map { _ in true },
        ]
    }
}

extension SetupChange.ConnectionSettings {
    fileprivate var sentences: [String] {
        let webhook = (isWebhookNew ? webhookURL : nil).map { url in
            oldWebhookURL.map { "webhook \(url) instead of \($0)" } ?? "webhook \(url)"
        }
        return [
            isActive == true ? "activate it" : nil, webhook, webhookVersion.map { "webhooks of API v\($0)" },
            username.map { "user name '\($0)'" }, password.map { _ in "its password" }, transport.map { "\($0)" },
            anchorSite.map { "AnchorSite \($0)" }, profile.map { "outbound voice profile '\($0.name)'" },
        ].compactMap(\.self)
    }

    fileprivate func fields(profileID: String?) -> CommandFields {
        [
            "active": isActive, "webhook_event_url": webhookURL, "webhook_api_version": webhookVersion,
            "user_name": username, "password": password?.value, "transport_protocol": transport,
            "anchorsite_override": anchorSite,
            "outbound": profileID.map { ["outbound_voice_profile_id": $0] as CommandFields },
        ]
    }
}

// MARK: For Telnyx
extension SetupChange {
    /// The request that does it.
    ///
    /// - Returns: `nil` when something that it needs has not been made.
    func request(after progress: SetupProgress) -> TelnyxRequest? {
        switch self {
        case .createProfile(let name, let settings):
            return Self.create(OutboundVoiceProfile.collection, settings.fields.merging(["name": name]))
        case .changeProfile(let id, let name, let settings):
            // Telnyx wants the name with every change.
            return Self.change(OutboundVoiceProfile.collection, id, settings.fields.merging(["name": name]))
        case .createConnection(let kind, let name, let settings):
            guard let fields = Self.fields(settings, progress) else { return nil }
            return Self.create(kind.rawValue, fields.merging([kind.nameField: name]))
        case .changeConnection(let kind, let id, let name, let settings):
            guard var fields = Self.fields(settings, progress) else { return nil }
            // Telnyx wants an application's name with every change.
            if kind == .application { fields = fields.merging([kind.nameField: name]) }
            return Self.change(kind.rawValue, id, fields)
        case .addPlace(let place, let connection, let kind):
            guard let id = progress.id(connection, progress.connection), let collection = kind.placeCollection else {
                return nil
            }
            return Self.create(collection, Self.place(place, kind).merging(["connection_id": id]))
        case .assignNumber(let number, _, _, let connection, _):
            guard let id = progress.id(connection, progress.connection) else { return nil }
            return Self.change(PhoneNumber.collection, number, ["connection_id": id])
        }
    }

    /// Takes in what Telnyx has answered.
    func note(_ answer: JSONValue, in progress: inout SetupProgress) {
        let id = (answer["data"] ?? answer)["id"]?.filledText
        switch self {
        case .createProfile: progress.profile = id
        case .createConnection: progress.connection = id
        case .changeProfile, .changeConnection, .addPlace, .assignNumber: break
        }
    }

    private static func fields(_ settings: ConnectionSettings, _ progress: SetupProgress) -> CommandFields? {
        guard let profile = settings.profile else { return settings.fields(profileID: nil) }
        guard let id = progress.id(profile, progress.profile) else { return nil }
        return settings.fields(profileID: id)
    }

    private static func place(_ place: String, _ kind: AccountConnection.Kind) -> CommandFields {
        let colon = place.lastIndex(of: ":")
        let host = String(place[..<(colon ?? place.endIndex)])
        let port = colon.flatMap { Int(place[place.index(after: $0)...]) }
        guard kind == .hostName else { return ["ip_address": host, "port": port] }
        return ["fqdn": host, "port": port, "dns_record_type": port == nil ? "srv" : "a"]
    }

    private static func create(_ collection: String, _ fields: CommandFields) -> TelnyxRequest {
        TelnyxRequest(.post, [collection], body: fields.bodyJSON, repeatability: .never)
    }

    private static func change(_ collection: String, _ id: String, _ fields: CommandFields) -> TelnyxRequest {
        TelnyxRequest(.patch, [collection, id], body: fields.bodyJSON, repeatability: .always)
    }
}
