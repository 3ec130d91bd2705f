internal import Agent
internal import CallAPI
internal import FoundationEssentials
internal import Logging
internal import SIPNIO
internal import Telephony
internal import TelephonyPrimitives
internal import TrunklineConfiguration

/// The agent of a configuration as `trunkline rehearse` has it: in this process, for callers of this machine alone. It
/// calls nobody, tells no webhook, and keeps its calls in a folder that is gone afterwards.
struct RehearsedAgent: Sendable {
    /// Where its callers call.
    let route: RehearsalRoute
    private let store: SQLiteCallStore

    /// Runs `body` beside the agent.
    ///
    /// - Parameter scene: the carrier between the callers and it; `nil`: there is none.
    static func run<Result: Sendable>(
        _ settings: Configuration, behind scene: CarrierScene?, logger: Logger,
        _ body: @Sendable (RehearsedAgent) async throws -> Result
    ) async throws -> Result {
        let folder = FileManager.default.temporaryDirectory.path + "/trunkline-rehearsal-\(UUID().uuidString)"
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let settings = secluded(settings, in: folder)
        let switches = RecordingSwitches()
        let made = try await AgentMaking.make(settings, switches: switches, logger: logger)
        return try await finally(made.close) {
            guard let scene else { return try await serve(made, settings, switches, nil, logger, body) }
            let carrier = try await RehearsalCarrier.start(scene, logger: logger)
            return try await finally(carrier.close) {
                try await serve(made, carrier.connecting(settings), switches, carrier, logger, body)
            }
        }
    }

    private static func serve<Result: Sendable>(
        _ made: AgentMaking.Made, _ settings: Configuration, _ switches: RecordingSwitches,
        _ carrier: RehearsalCarrier?, _ logger: Logger, _ body: @Sendable (RehearsedAgent) async throws -> Result
    ) async throws -> Result {
        let store = try SQLiteCallStore(
            path: settings.calls.database, now: WallClock.now, onTrouble: { logger.error("\($0)") })
        return try await finally(store.close) {
            let configuration = try EndpointConfiguration(settings, capacity: made.capacity)
            let endpoint = try await Endpoint(configuration: configuration, logger: logger)
            let journal = CallJournal(
                store: store, messages: nil, calls: LiveCalls(maximumReaders: 1),
                transcript: LiveTranscript(output: .none), metrics: CallMetrics(), prices: UsagePrices(settings.prices),
                masksKeys: settings.calls.keys == .mask)
            let line = try await OutgoingLine(settings, endpoint: endpoint)
            let service = CallService(
                made.agent, settings, journal, switches: switches, logger,
                transferLine: TransferLine(settings, endpoint: endpoint, line: line) { _, _ in })
            let capacity = configuration.maximumCalls
            let control = try await CallControlService.open(settings, capacity: capacity, logger: logger)
                .map { CallControlService($0, service: service, capacity: capacity) }
            let address = endpoint.addresses.first?.address ?? TransportAddress(ip: .loopbackV4, port: 0)
            let agent = RehearsedAgent(
                route: carrier.map { .carrier($0, agent: address) } ?? .direct(agent: "sip:agent@\(address)", nil),
                store: store)
            return try await agent.whileServing(endpoint, control, service) { try await body(agent) }
        }
    }

    /// Takes calls while `body` runs.
    private func whileServing<Result: Sendable>(
        _ endpoint: Endpoint, _ control: CallControlService?, _ service: CallService,
        _ body: @Sendable () async throws -> Result
    ) async throws -> Result {
        // Immediate, and then one turn on the endpoint's loop: from there on it serves.
        let serving = Task.immediate { await endpoint.serve { try await service.handle($0) } }
        _ = await endpoint.counters()
        let controlled = Task.immediate { await control?.run() }
        await control?.untilServing()
        let outcome: Swift.Result<Result, any Error>
        do {
            // Its trunk: whoever is called before that can't be reached.
            for account in await endpoint.accounts { try await account.registered() }
            outcome = .success(try await body())
        } catch {
            outcome = .failure(error)
        }
        await endpoint.shutdown(drain: .zero)
        await control?.shutdown(drain: .zero)
        await serving.value
        await controlled.value
        return try outcome.get()
    }

    /// Runs `close` after `body`, whatever came of that.
    private static func finally<Result>(
        _ close: () async -> Void, _ body: () async throws -> Result
    ) async throws -> Result {
        do {
            let result = try await body()
            await close()
            return result
        } catch {
            await close()
            throw error
        }
    }

    /// What of the settings is for others than the caller is taken out.
    private static func secluded(_ settings: Configuration, in folder: String) -> Configuration {
        let usual = Configuration()
        var settings = settings
        settings.listen = [ListenSpec(transport: .udp, ip: .loopbackV4, port: 0)]
        settings.advertise = nil
        settings.tls = usual.tls
        settings.rtp.address = nil
        settings.rtp.srtp = .optional
        settings.authentication = usual.authentication
        settings.accounts = []
        settings.trunks = []
        settings.acceptedSources = []
        settings.overload = usual.overload
        settings.http.listen = nil
        settings.webhooks = usual.webhooks
        settings.tracing = usual.tracing
        settings.record = usual.record
        settings.outbound = usual.outbound
        settings.callControl = nil
        // Numbers become addresses that nobody has.
        settings.outbound.trunk = "sip:rehearsal.invalid"
        // The caller's telephone is asked to call there, and only says that somebody has answered.
        for name in settings.transfers.keys { settings.transfers[name]?.kind = .blind }
        settings.calls.database = folder + "/calls.sqlite"
        settings.calls.recordings = settings.calls.recordings.map { _ in folder + "/recordings" }
        settings.calls.journal = nil
        settings.calls.messages = false
        return settings
    }

    /// The newest call whose other side has `text` in its address, once it is over.
    func finishedCall(with text: String, since start: Int64) async throws -> StoredCall? {
        await store.flush()
        var query = CallQuery()
        query.limit = 1
        query.from = start
        query.remote = text
        guard let row = try await store.calls(query).first, row.state == .ended else { return nil }
        return try await store.call(row.id)
    }
}
