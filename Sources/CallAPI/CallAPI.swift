public import Agent
internal import Metrics
public import TelephonyPrimitives

/// The interface of the server over HTTP: calls are placed, listed, talked into and ended, and how the server stands is
/// told. Without sockets: a request goes in, an answer comes out.
public struct CallAPI: Sendable {
    /// What it is allowed and told.
    public struct Settings: Sendable {
        /// Who may ask. Without tokens: whoever is on this machine.
        public var tokens = BearerTokens()
        /// Of each asker.
        public var requestsPerSecond = 20
        /// Octets of a request's body.
        public var maximumBody = 65_536
        /// Where calls may be put through to by name.
        public var transfers: [String: TransferDestination] = [:]
        public var outgoing = OutgoingPolicy()
        /// What is done when no human answers, unless an order says otherwise.
        public var answering = AnsweringPlan()
        /// Of a campaign that says nothing else.
        public var campaignLimits = CampaignLimits()
        public var zones = ZoneSource()

        public init() {}
    }

    /// What it stands on.
    public struct Surroundings: Sendable {
        public var store: SQLiteCallStore
        public var calls: LiveCalls
        public var placing: any CallPlacing
        /// How each part of the program stands.
        public var readiness: @Sendable () async -> [PartReadiness]
        /// The metrics in the text form of Prometheus, and their content type.
        public var metrics: @Sendable () async -> (text: String, contentType: String)
        /// A clock that only goes forward.
        public var now: @Sendable () -> Instant
        /// Milliseconds since 1970.
        public var wallClock: @Sendable () -> Int64
        /// Told when a call is to be summed up; `nil`: nobody could do it.
        public var onSummaryOwed: (@Sendable () -> Void)?
        /// Told once when the calls of an hour are used up.
        public var onLimit: @Sendable (String) -> Void

        public init(
            store: SQLiteCallStore, calls: LiveCalls, placing: any CallPlacing,
            readiness: @escaping @Sendable () async -> [PartReadiness],
            metrics: @escaping @Sendable () async -> (text: String, contentType: String),
            now: @escaping @Sendable () -> Instant, wallClock: @escaping @Sendable () -> Int64,
            onSummaryOwed: (@Sendable () -> Void)? = nil,
            onLimit: @escaping @Sendable (String) -> Void = { _ in }
        ) {
            self.store = store
            self.calls = calls
            self.placing = placing
            self.readiness = readiness
            self.metrics = metrics
            self.now = now
            self.wallClock = wallClock
            self.onSummaryOwed = onSummaryOwed
            self.onLimit = onLimit
        }
    }

    public let settings: Settings
    let surroundings: Surroundings
    let access: AccessGate
    /// Through which its calls go.
    public let gate: OutgoingGate

    public init(settings: Settings, surroundings: Surroundings) {
        self.settings = settings
        self.surroundings = surroundings
        access = AccessGate(tokens: settings.tokens, perSecond: settings.requestsPerSecond)
        gate = OutgoingGate(
            policy: settings.outgoing, calls: surroundings.calls, placing: surroundings.placing,
            store: surroundings.store, now: surroundings.now, onLimit: surroundings.onLimit)
    }

    var store: SQLiteCallStore { surroundings.store }
    var calls: LiveCalls { surroundings.calls }

    /// Looks at a request's head, before its body is read.
    ///
    /// - Returns: the answer when it is refused whatever its body says.
    public func refusal(of head: APIRequest) -> APIResponse? {
        do throws(Problem) {
            try admit(head)
            return nil
        } catch {
            return counted(error.response, route: "refused")
        }
    }

    /// Answers a request whose head was not refused.
    public func respond(to request: APIRequest) async -> APIResponse {
        guard case .found(let route, let id) = Route.match(request.method, request.path) else {
            return counted(Problem(404, "no_such_path", Self.elsewhere).response, route: "refused")
        }
        var response: APIResponse
        do throws(Problem) {
            response = try await act(route.action, on: id, request)
        } catch {
            response = error.response
        }
        if request.method == "HEAD" {
            // What GET would bring, without bringing it.
            if case .octets(let octets) = response.body {
                response.headers.append(("content-length", "\(octets.count)"))
            }
            response.body = .octets([])
        }
        return counted(response, route: route.path)
    }

    private static let elsewhere = "There is nothing at this path; GET /openapi.json tells what there is."

    private func admit(_ head: APIRequest) throws(Problem) {
        switch Route.match(head.method, head.path) {
        case .found(let route, _): try access.admit(head, isOpen: route.isOpen, now: surroundings.now())
        case .otherMethods(let methods):
            try access.admit(head, isOpen: false, now: surroundings.now())
            var problem = Problem(
                405, "method_not_allowed", "This path takes \(methods.joined(separator: " and ")).")
            problem.headers = [Problem.Header(name: "allow", value: methods.joined(separator: ", "))]
            throw problem
        case .none:
            try access.admit(head, isOpen: false, now: surroundings.now())
            throw Problem(404, "no_such_path", Self.elsewhere)
        }
    }

    /// The answer to a body that is too large.
    public var tooLarge: APIResponse {
        counted(
            Problem(413, "too_large", "The body has more than \(settings.maximumBody) octets.").response,
            route: "refused")
    }

    /// The answer to a body that does not come.
    public var tooSlow: APIResponse {
        counted(Problem(408, "too_slow", "The body did not come in time.").response, route: "refused")
    }

    private func counted(_ response: APIResponse, route: String) -> APIResponse {
        Counter(
            label: "trunkline_http_requests_total", dimensions: [("route", route), ("status", "\(response.status)")]
        ).increment()
        return response
    }

    private func act(
        _ action: Route.Action, on id: String, _ request: APIRequest
    ) async throws(Problem) -> APIResponse {
        switch action {
        case .health:
            try noQuery(request)
            return .json(JSONValue.object(["status": "alive"]))
        case .readiness:
            try noQuery(request)
            let parts = await surroundings.readiness()
            let isReady = parts.allSatisfy(\.isReady)
            return .json(ReadinessReport(isReady: isReady, parts: parts), status: isReady ? 200 : 503)
        case .metrics:
            try noQuery(request)
            let (text, contentType) = await surroundings.metrics()
            return .text(text, type: contentType)
        case .description:
            try noQuery(request)
            return .text(String(decoding: PackageResources.openapi_json, as: UTF8.self), type: "application/json")
        case .live:
            try noQuery(request)
            return .json(await liveReport())
        case .list: return try await list(request)
        case .place: return try await place(request)
        case .show: return try await show(id, request)
        case .trace: return try await trace(id, request)
        case .erase: return try await erase(id, request)
        case .summarise: return try await summarise(id, request)
        case .end, .hangUp: return try await hangUp(id, request)
        case .transfer: return try await transfer(id, request)
        case .speak: return try await speak(id, request)
        case .recording: return try await record(id, request)
        case .sendKeys: return try await sendKeys(id, request)
        case .events: return try await events(of: id, request)
        case .supervise: return try await supervise(id, request)
        case .endSupervision: return try await endSupervision(id, request)
        case .whisper: return try await whisper(id, request)
        case .listen: return try await listen(id, request)
        case .createCampaign: return try await createCampaign(request)
        case .listCampaigns: return try await listCampaigns(request)
        case .showCampaign: return try await showCampaign(id, request)
        case .pauseCampaign: return try await set(.paused, id, request)
        case .resumeCampaign: return try await set(.running, id, request)
        case .cancelCampaign: return try await set(.cancelled, id, request)
        case .listDoNotCall: return try await listDoNotCall(request)
        case .addDoNotCall: return try await addDoNotCall(request)
        case .removeDoNotCall: return try await removeDoNotCall(request)
        }
    }

    func noQuery(_ request: APIRequest) throws(Problem) {
        guard let query = request.query, !query.isEmpty else { return }
        throw Problem(400, "unknown_parameter", "This path takes no parameters.")
    }
}
