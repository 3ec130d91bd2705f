internal import Agent
internal import Telephony

/// Many calls, and whom never to call.
extension CallAPI {
    private struct Shown: Encodable {
        var id: String
        var name: String
        var state: StoredCampaign.State
        var reason: String?
        var createdAt: Int64
        var limits: CampaignLimits
        var progress: CampaignProgress
    }

    private struct Listed: Encodable {
        var campaigns: [Shown]
    }

    private static let limitMembers = [
        "concurrency", "per_minute", "per_hour", "per_day", "spend", "cost_per_minute", "minutes_per_call",
        "quiet_from", "quiet_until", "timezone", "maximum_attempts", "retry_busy", "retry_no_answer", "retry_machine",
    ]

    func createCampaign(_ request: APIRequest) async throws(Problem) -> APIResponse {
        try noQuery(request)
        let fields = try BodyFields(
            request,
            known: ["name", "targets", "limits", "from", "instructions", "on_machine", "voicemail"])
        let name = try fields.text("name", atMost: 100)
        var brief = CampaignBrief()
        brief.from = try fields.optionalText("from", atMost: 256).map { (text) throws(Problem) in
            try Self.destination(text, "from").description
        }
        brief.instructions = try fields.optionalText("instructions", atMost: 20_000)
        if let plan = try answering(fields) {
            (brief.onMachine, brief.voicemail) = (plan.onMachine.rawValue, plan.voicemail)
        }
        let limits = try limits(fields.object("limits", known: Self.limitMembers))
        var targets: [CampaignTarget] = []
        for target in try fields.objects(
            "targets", atMost: 10_000, known: ["to", "variables", "timezone", "priority"])
        {
            let destination = try self.target(try target.text("to", atMost: 256), "to")
            try allow(destination)
            if let obstacle = surroundings.placing.obstacle(to: destination) {
                throw Problem(422, "unreachable", obstacle)
            }
            targets.append(
                CampaignTarget(
                    to: destination.description,
                    variables: try target.texts("variables", atMost: 50, length: 2_000),
                    timezone: try zone(target.optionalText("timezone", atMost: 64)),
                    priority: try target.integer("priority", in: -1_000...1_000) ?? 0))
        }
        let campaign = StoredCampaign(
            id: CallIdentifier.make().text, name: PrintableText.of(name), createdAt: surroundings.wallClock(),
            limits: limits, brief: brief)
        let store = store
        let added = try await read { [campaign, targets] () async throws(CallStoreError) in
            try await store.add(campaign, targets: targets)
        }
        var response = APIResponse.json(
            JSONValue.object([
                "id": .string(campaign.id), "added": .number(Double(added)),
                "duplicates": .number(Double(targets.count - added)),
            ]), status: 201)
        response.headers.append(("location", "/v1/campaigns/\(campaign.id)"))
        return response
    }

    private func limits(_ fields: BodyFields?) throws(Problem) -> CampaignLimits {
        var limits = settings.campaignLimits
        guard let fields else { return limits }
        func take(_ name: String, _ range: ClosedRange<Int>, into place: inout Int) throws(Problem) {
            if let number = try fields.integer(name, in: range) { place = number }
        }
        try take("concurrency", 1...1_000, into: &limits.concurrency)
        try take("per_minute", 1...600, into: &limits.perMinute)
        if let number = try fields.integer("per_hour", in: 1...36_000) { limits.perHour = number }
        if let number = try fields.integer("per_day", in: 1...1_000_000) { limits.perDay = number }
        if let number = try fields.integer("spend", in: 0...1_000_000_000_000) { limits.spend = Int64(number) }
        if let number = try fields.integer("cost_per_minute", in: 0...1_000_000_000) {
            limits.costPerMinute = Int64(number)
        }
        try take("minutes_per_call", 1...240, into: &limits.minutesPerCall)
        try take("quiet_from", 0...1_439, into: &limits.quietFrom)
        try take("quiet_until", 0...1_439, into: &limits.quietUntil)
        try take("maximum_attempts", 1...20, into: &limits.maximumAttempts)
        try take("retry_busy", 60...604_800, into: &limits.retryBusy)
        try take("retry_no_answer", 60...604_800, into: &limits.retryNoAnswer)
        try take("retry_machine", 60...604_800, into: &limits.retryMachine)
        if let zone = try zone(fields.optionalText("timezone", atMost: 64)) { limits.timezone = zone }
        return limits
    }

    private func zone(_ name: String?) throws(Problem) -> String? {
        guard let name else { return nil }
        guard settings.zones.has(name) else {
            throw Problem(
                422, "no_such_zone",
                "\"\(name.prefix(64))\" is no time zone of this machine's database; write one such as Europe/Berlin.")
        }
        return name
    }

    func listCampaigns(_ request: APIRequest) async throws(Problem) -> APIResponse {
        let fields = try QueryFields(request.query, known: ["state"])
        let state = try fields.choice("state", StoredCampaign.State.allCases)
        let store = store
        let found = try await read { () async throws(CallStoreError) in try await store.campaigns(state) }
        var listed = Listed(campaigns: [])
        for campaign in found.prefix(100) { listed.campaigns.append(try await shown(campaign)) }
        return .json(listed)
    }

    private func shown(_ campaign: StoredCampaign) async throws(Problem) -> Shown {
        let store = store
        let progress = try await read { () async throws(CallStoreError) in
            try await store.progress(ofCampaign: campaign.id)
        }
        return Shown(
            id: campaign.id, name: campaign.name, state: campaign.state, reason: campaign.reason,
            createdAt: campaign.createdAt, limits: campaign.limits, progress: progress)
    }

    private func storedCampaign(_ id: String) async throws(Problem) -> StoredCampaign {
        let store = store
        let found = try await read { () async throws(CallStoreError) in try await store.campaign(id) }
        guard let found else { throw Problem(404, "no_such_campaign", "There is no campaign \"\(id)\".") }
        return found
    }

    func showCampaign(_ id: String, _ request: APIRequest) async throws(Problem) -> APIResponse {
        try noQuery(request)
        return .json(try await shown(try await storedCampaign(id)))
    }

    func set(_ state: StoredCampaign.State, _ id: String, _ request: APIRequest) async throws(Problem) -> APIResponse {
        try noQuery(request)
        if !request.body.isEmpty { _ = try BodyFields(request, known: []) }
        _ = try await storedCampaign(id)
        let store = store
        let isChanged = try await read { () async throws(CallStoreError) in
            try await store.set(state, ofCampaign: id)
        }
        guard isChanged else { throw Problem(409, "campaign_over", "The campaign is over.") }
        return .json(try await shown(try await storedCampaign(id)))
    }

    // MARK: Do not call

    func listDoNotCall(_ request: APIRequest) async throws(Problem) -> APIResponse {
        let fields = try QueryFields(request.query, known: ["limit", "after"])
        let limit = Int(try fields.number("limit", in: 1...10_000) ?? 1_000)
        let after = fields["after"] ?? ""
        guard after.unicodeScalars.count <= 256 else {
            throw Problem(400, "bad_parameter", "\"after\" is to have up to 256 characters.")
        }
        let store = store
        let list = try await read { () async throws(CallStoreError) in
            try await store.doNotCallList(after: after, limit: limit)
        }
        return .json(JSONValue.object(["numbers": .array(list.map { .string($0) })]))
    }

    func addDoNotCall(_ request: APIRequest) async throws(Problem) -> APIResponse {
        try noQuery(request)
        var numbers: [String] = []
        for text in try BodyFields(request, known: ["numbers"]).list("numbers", atMost: 10_000, length: 256) {
            numbers.append(try target(text, "numbers").description)
        }
        let (store, now) = (store, surroundings.wallClock())
        let added = try await read { [numbers] () async throws(CallStoreError) in
            try await store.doNotCall(numbers, at: now)
        }
        return .json(JSONValue.object(["added": .number(Double(added))]))
    }

    func removeDoNotCall(_ request: APIRequest) async throws(Problem) -> APIResponse {
        let fields = try QueryFields(request.query, known: ["number"])
        guard let text = fields["number"] else {
            throw Problem(400, "bad_parameter", "\"number\" is missing; a + is written %2B.")
        }
        let number = try target(text, "number").description
        let store = store
        let isGone = try await read { () async throws(CallStoreError) in try await store.mayCallAgain(number) }
        guard isGone else { throw Problem(404, "not_on_the_list", "\(number) is not on the list.") }
        return APIResponse(204)
    }
}
