import TelephonyPrimitives

/// What is set up in the account: applications, outbound voice profiles, numbers; and SIP connections, which are kept and not
/// acted by: the switch has its trunk from the settings.
struct ControlAccount: Sendable {
    typealias Record = [String: JSONValue]

    /// Records of one kind, a kind at most.
    static let maximumRecords = 200

    private var records: [Kind: [Record]] = [:]
    private var voiceSettings: [String: Record] = [:]
    private var lastID: UInt64 = 2_600_000_000_000_000_100

    /// - Parameters:
    ///   - number: the number of the account.
    ///   - username: of its SIP connection.
    ///   - time: when it was made.
    init(_ settings: CallControlSettings, number: String, username: String, at time: String) {
        let hasApplication = settings.webhookURL != nil
        if let url = settings.documentURL {
            insert(
                [
                    "id": .string(CallControlSettings.documentApplicationID), "friendly_name": "sandbox TeXML",
                    "voice_url": .string(url), "voice_method": "post",
                    "status_callback": settings.statusURL.map { .string($0) } ?? .null,
                ], .documentApplications, at: time)
        }
        if let url = settings.webhookURL {
            insert(
                [
                    "id": .string(CallControlSettings.applicationID), "application_name": "sandbox",
                    "webhook_event_url": .string(url),
                    "webhook_event_failover_url": settings.failoverURL.map { .string($0) } ?? .null,
                    "outbound": ["outbound_voice_profile_id": .string(CallControlSettings.profileID)],
                ], .applications, at: time)
            insert(["id": .string(CallControlSettings.profileID), "name": "sandbox"], .profiles, at: time)
        }
        insert(
            [
                "id": .string(CallControlSettings.sipConnectionID), "connection_name": "sandbox SIP",
                "user_name": .string(username),
                "outbound": hasApplication
                    ? ["outbound_voice_profile_id": .string(CallControlSettings.profileID)] : [:],
            ], .credentialConnections, at: time)
        insert(
            [
                "id": .string(CallControlSettings.numberID), "phone_number": .string(number),
                "connection_id": .string(
                    settings.documentURL != nil
                        ? CallControlSettings.documentApplicationID
                        : hasApplication ? CallControlSettings.applicationID : CallControlSettings.sipConnectionID),
                "connection_name": settings.documentURL != nil
                    ? "sandbox TeXML" : hasApplication ? "sandbox" : "sandbox SIP",
            ], .numbers, at: time)
    }

    private mutating func insert(_ given: Record, _ kind: Kind, at time: String) {
        var record = Self.defaults(kind)
        record.merge(given) { Self.merged($0, $1) }
        record["record_type"] = .string(kind.recordType)
        record["created_at"] = .string(time)
        record["updated_at"] = .string(time)
        records[kind, default: []].append(record)
    }

    // MARK: Who has what

    func application(_ id: String) -> Record? {
        record(.applications, id).flatMap { $0["active"]?.bool == false ? nil : $0 }
    }

    /// One that asks for documents.
    func documentApplication(_ id: String) -> Record? {
        record(.documentApplications, id).flatMap { $0["active"]?.bool == false ? nil : $0 }
    }

    /// The application that a number belongs to, of either kind; `nil`: it is no number of the account, or belongs to the
    /// SIP connection.
    func application(ofNumber number: String) -> String? {
        let owner = records[.numbers]?.first { $0["phone_number"]?.string == number }
        return owner?["connection_id"]?.string.flatMap {
            application($0) == nil && documentApplication($0) == nil ? nil : $0
        }
    }

    /// Whether a number of the account leads nowhere.
    func isUnassigned(_ number: String) -> Bool {
        records[.numbers]?.contains {
            $0["phone_number"]?.string == number && $0["connection_id"]?.string?.isEmpty ?? true
        } ?? false
    }

    /// A connection of any kind.
    private func connection(_ id: String) -> Record? {
        Kind.allCases.filter(\.isConnection).lazy.compactMap { record($0, id) }.first
    }

    func hasNumber(_ number: String) -> Bool {
        records[.numbers]?.contains { $0["phone_number"]?.string == number } ?? false
    }

    func record(_ kind: Kind, _ id: String) -> Record? { records[kind]?.first { $0["id"]?.string == id } }

    // MARK: The API

    /// One page of records, and what it says of the pages.
    func list(_ kind: Kind, _ query: [String: String]) throws(APIFault) -> APIResponse {
        var found = records[kind] ?? []
        for (name, value) in query.sorted(by: { $0.key < $1.key }) where name.hasPrefix("filter[") {
            let parts = name.dropFirst(7).split(separator: "]").map { $0.drop { $0 == "[" } }
            guard let member = parts.first.map(String.init) else { continue }
            let contains = parts.dropFirst().first == "contains" || kind == .numbers && member == "phone_number"
            found = found.filter { record in
                let text = record[member]?.string ?? ""
                return contains ? Self.contains(text, value) : text == value
            }
        }
        let (page, size) = (
            try Self.number(query, "page[number]", 1, 1...10_000), try Self.number(query, "page[size]", 20, 1...250)
        )
        let shown = found.dropFirst((page - 1) * size).prefix(size)
        let meta: JSONValue = [
            "page_number": .number(Double(page)), "page_size": .number(Double(size)),
            "total_pages": .number(Double(max(1, (found.count + size - 1) / size))),
            "total_results": .number(Double(found.count)),
        ]
        return APIResponse(200, ["data": .array(shown.map { .object($0) }), "meta": meta])
    }

    private static func contains(_ text: String, _ part: String) -> Bool {
        let (text, part) = (Array(text.lowercased().utf8), Array(part.lowercased().utf8))
        guard part.count <= text.count else { return false }
        return (0...(text.count - part.count)).contains { text[$0..<($0 + part.count)].elementsEqual(part) }
    }

    private static func number(
        _ query: [String: String], _ name: String, _ usual: Int, _ range: ClosedRange<Int>
    ) throws(APIFault) -> Int {
        guard let text = query[name] else { return usual }
        guard let number = Int(text), range.contains(number) else {
            throw .invalid(name, "\(name) has to be a number from \(range.lowerBound) to \(range.upperBound).")
        }
        return number
    }

    mutating func create(_ kind: Kind, _ members: Members, at time: String) throws(APIFault) -> APIResponse {
        guard let needed = kind.needed else { throw .notHere("Ordering numbers") }
        for name in needed { _ = try members.needed(name) }
        try check(members)
        if let id = try members.text("connection_id"), connection(id) == nil {
            throw .invalid("connection_id", "There is no connection \(SandboxCallControl.shown(id)).")
        }
        guard records[kind]?.count ?? 0 < Self.maximumRecords else { throw .notHere("More than 200 records") }
        lastID += 1
        var given = members.values
        // It is never shown.
        given["password"] = nil
        given["id"] = .string(String(lastID))
        insert(given, kind, at: time)
        return APIResponse(201, ["data": .object(record(kind, String(lastID)) ?? given)])
    }

    mutating func change(
        _ kind: Kind, _ id: String, _ members: Members, at time: String
    ) throws(APIFault) -> APIResponse {
        guard let place = records[kind]?.firstIndex(where: { $0["id"]?.string == id }), var record = record(kind, id)
        else { throw .notFound }
        for name in kind.neededToChange { _ = try members.needed(name) }
        try check(members)
        if kind == .numbers, let owner = try members.text("connection_id"), !owner.isEmpty {
            guard let connection = connection(owner) else {
                throw .invalid("connection_id", "There is no connection \(SandboxCallControl.shown(owner)).")
            }
            record["connection_name"] =
                connection["application_name"] ?? connection["connection_name"] ?? connection["friendly_name"] ?? nil
        }
        for (name, value) in members.values
        where !["id", "record_type", "phone_number", "created_at", "password"].contains(name) {
            record[name] = record[name].map { Self.merged($0, value) } ?? value
        }
        record["updated_at"] = .string(time)
        records[kind]?[place] = record
        return APIResponse(200, ["data": .object(record)])
    }

    mutating func delete(_ kind: Kind, _ id: String) throws(APIFault) -> APIResponse {
        guard let record = record(kind, id) else { throw .notFound }
        guard kind.needed != nil else { throw .notHere("Giving numbers back") }
        if kind.isConnection, records[.numbers]?.contains(where: { $0["connection_id"]?.string == id }) == true {
            throw .invalid("id", "Numbers are assigned to this connection.")
        }
        records[kind]?.removeAll { $0["id"]?.string == id }
        return APIResponse(200, ["data": .object(record)])
    }

    /// `/phone_numbers/{id}/voice`: settings that the sandbox keeps and does not act by.
    mutating func voice(_ id: String, _ change: Members?) throws(APIFault) -> APIResponse {
        guard let number = record(.numbers, id) else { throw .notFound }
        for (name, value) in change?.values ?? [:] where !["id", "phone_number", "connection_id"].contains(name) {
            voiceSettings[id, default: [:]][name] = value
        }
        var shown = voiceSettings[id] ?? [:]
        shown["record_type"] = "voice_settings"
        for name in ["id", "phone_number", "connection_id"] { shown[name] = number[name] }
        return APIResponse(200, ["data": .object(shown)])
    }

    /// What more than one kind has.
    private func check(_ members: Members) throws(APIFault) {
        _ = try members.address("webhook_event_url")
        if members.values["webhook_event_failover_url"]?.string != "" {
            _ = try members.address("webhook_event_failover_url")
        }
        for name in ["voice_url", "voice_fallback_url", "status_callback"] where members.values[name]?.string != "" {
            _ = try members.address(name)
        }
        for name in ["voice_method", "status_callback_method"] { _ = try members.word(name, ["get", "post"]) }
        _ = try members.word("webhook_api_version", ["1", "2"])
        _ = try members.number("webhook_timeout_secs", 0...30)
        _ = try members.flag("active")
        if let profile = members.values["outbound"]?["outbound_voice_profile_id"]?.string, !profile.isEmpty {
            guard record(.profiles, profile) != nil else {
                throw .invalid("outbound/outbound_voice_profile_id", "There is no outbound voice profile \(profile).")
            }
        }
    }

    /// Objects are merged, all else is replaced.
    private static func merged(_ old: JSONValue, _ new: JSONValue) -> JSONValue {
        guard let old = old.object, let new = new.object else { return new }
        return .object(old.merging(new) { $1 })
    }

    private static func defaults(_ kind: Kind) -> Record {
        switch kind {
        case .credentialConnections, .addressConnections, .hostConnections:
            [
                "active": true, "anchorsite_override": "Latency", "transport_protocol": "UDP",
                "inbound": [:], "outbound": ["outbound_voice_profile_id": nil], "webhook_event_url": nil, "tags": [],
            ]
        case .addresses: ["port": 5_060]
        case .hosts: ["dns_record_type": "a"]
        case .applications:
            [
                "active": true, "anchorsite_override": "Latency", "call_cost_in_webhooks": false,
                "dtmf_type": "RFC 2833", "first_command_timeout": false, "first_command_timeout_secs": 30,
                "inbound": ["channel_limit": nil],
                "outbound": ["channel_limit": nil, "outbound_voice_profile_id": nil],
                "webhook_api_version": "2", "webhook_event_failover_url": nil, "webhook_timeout_secs": nil,
                "tags": [],
            ]
        case .documentApplications:
            [
                "active": true, "anchorsite_override": "Latency", "dtmf_type": "RFC 2833", "inbound": [:],
                "outbound": ["outbound_voice_profile_id": nil], "voice_method": "get", "voice_fallback_url": nil,
                "status_callback": nil, "status_callback_method": "post", "tags": [],
            ]
        case .profiles:
            [
                "concurrent_call_limit": nil, "enabled": true, "service_plan": "global", "tags": [],
                "traffic_type": "conversational", "usage_payment_method": "rate-deck",
                "whitelisted_destinations": ["US", "CA"],
            ]
        case .numbers:
            ["status": "active", "tags": [], "customer_reference": nil, "phone_number_type": "local"]
        }
    }
}
