internal import Agent
internal import CallAPI
internal import FoundationEssentials
internal import Logging
internal import SIPNIO
internal import Telephony
internal import TelephonyPrimitives
internal import TrunklineConfiguration

/// The agent of a configuration as `trunkline rehearse` has it: in this process, for callers of this machine alone. It
/// registers nowhere, calls nobody, tells no webhook, and keeps its calls in a folder that is gone afterwards.
struct RehearsedAgent: Sendable {
    /// Where it is called.
    let address: TransportAddress
    private let store: SQLiteCallStore

    /// Runs `body` beside the agent.
    static func run<Result: Sendable>(
        _ settings: Configuration, logger: Logger, _ body: @Sendable (RehearsedAgent) async throws -> Result
    ) async throws -> Result {
        let folder = FileManager.default.temporaryDirectory.path + "/trunkline-rehearsal-\(UUID().uuidString)"
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let settings = secluded(settings, in: folder)
        let switches = RecordingSwitches()
        let made = try await AgentMaking.make(settings, switches: switches, logger: logger)
        do {
            let store = try SQLiteCallStore(
                path: settings.calls.database, now: WallClock.now, onTrouble: { logger.error("\($0)") })
            let endpoint = try await Endpoint(
                configuration: try EndpointConfiguration(settings, capacity: made.capacity), logger: logger)
            let journal = CallJournal(
                store: store, messages: nil, calls: LiveCalls(maximumReaders: 1),
                transcript: LiveTranscript(output: .none), metrics: CallMetrics(), prices: UsagePrices(settings.prices),
                masksKeys: settings.calls.keys == .mask)
            let line = try await OutgoingLine(settings, endpoint: endpoint)
            let service = CallService(
                made.agent, settings, journal, switches: switches, logger,
                transferLine: TransferLine(settings, endpoint: endpoint, line: line) { _, _ in })
            let address = endpoint.addresses.first?.address ?? TransportAddress(ip: .loopbackV4, port: 0)
            let agent = RehearsedAgent(address: address, store: store)
            // Immediate, and then one turn on the endpoint's loop: from there on it serves.
            let serving = Task.immediate { await endpoint.serve { try await service.handle($0) } }
            _ = await endpoint.counters()
            let outcome: Swift.Result<Result, any Error>
            do {
                outcome = .success(try await body(agent))
            } catch {
                outcome = .failure(error)
            }
            await endpoint.shutdown(drain: .zero)
            await serving.value
            await made.close()
            await store.close()
            return try outcome.get()
        } catch {
            await made.close()
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
