internal import Agent
internal import CallAPI
internal import CallAPIServer
internal import CallReplay
internal import Logging
internal import Metrics
internal import Observability
internal import SIPNIO
internal import Telephony
internal import TelephonyPrimitives
internal import TrunklineConfiguration
internal import Webhooks

/// All that `trunkline serve` consists of, from the database to the ports; stopped in the order in which its parts need
/// each other.
struct RunningServer: Sendable {
    let made: AgentMaking.Made
    let endpoint: Endpoint
    /// The HTTP port.
    let door: HTTPDoor?
    let callControl: CallControlService?
    private let settings: Configuration
    private let keeping: CallKeeping
    private let service: CallService
    private let outgoing: OutgoingService
    private let campaigns: CampaignService
    private let readiness: ServerReadiness
    private let summaries: SummaryService?
    private let webhooks: WebhookDelivery?
    private let spans: SpanExport?
    private let trace: CallTrace?
    private let retention: Retention

    // MARK: The start

    /// Opens everything; calls are taken from ``run(until:)`` on.
    ///
    /// - Parameter trace: where SIP messages are written, when they are.
    /// - Throws: what hinders it, in a sentence.
    static func start(_ settings: Configuration, trace: CallTrace?, logger: Logger) async throws -> RunningServer {
        let metrics = PrometheusMetrics(describing: MetricCatalogue.all)
        if settings.http.listen != nil { MetricsSystem.bootstrap(metrics) }
        return try await RunningServer(settings, trace: trace, metrics: metrics, logger: logger)
    }

    private init(
        _ settings: Configuration, trace: CallTrace?, metrics: PrometheusMetrics, logger: Logger
    ) async throws {
        self.settings = settings
        self.trace = trace
        let access = try CallAPI.Settings(settings)
        let signature = try WebhookSignature(settings.webhooks)
        spans = try SpanExport(settings.tracing, logger: logger)
        let switches = RecordingSwitches()
        let callbacks = CallbackDesk()
        made = try await AgentMaking.make(settings, switches: switches, callbacks: callbacks, logger: logger)
        let digester = try ServiceMaking.digester(settings)
        keeping = try CallKeeping(settings, spans: spans, logger: logger)
        let (store, journal) = (keeping.store, keeping.journal)

        var configuration = try EndpointConfiguration(settings, capacity: made.capacity)
        trace?.attach(to: &configuration)
        keeping.attach(to: &configuration, agent: made.agent.name)
        let capacity = configuration.maximumCalls
        endpoint = try await Endpoint(configuration: configuration, logger: logger)
        let control = try await CallControlService.open(settings, capacity: capacity, logger: logger)

        let line = try await OutgoingLine(settings, endpoint: endpoint, callControl: control)
        service = CallService(
            made.agent, settings, journal, switches: switches, logger,
            transferLine: TransferLine(settings, endpoint: endpoint, line: line) { [messages = keeping.messages] in
                messages?.count($0, to: $1)
            },
            journals: keeping.journals)
        outgoing = OutgoingService(service: service, endpoint: endpoint, line: line, capacity: capacity)
        readiness = ServerReadiness(
            settings, endpoint: endpoint, store: store, usesLocalSpeech: made.capacity != nil)
        summaries = await SummaryService(
            digester, store: store, prices: journal.prices, metrics: CallMetrics(), logger: logger)
        let counted = ServerMetrics(
            counted: metrics, endpoint: endpoint, otherCalls: { await CallControlService.live(control) }, store: store)
        let api = CallAPI(
            settings: access,
            surroundings: CallAPI.Surroundings(
                store: store, calls: journal.calls, placing: outgoing,
                readiness: { [readiness] in await readiness.parts() }, metrics: { await counted.text() },
                now: { Instant(nanoseconds: WallClock.uptime) }, wallClock: { WallClock.now },
                onSummaryOwed: summaries.map { summaries in { @Sendable in summaries.wake() } },
                onLimit: { logger.warning("\($0) Further calls are refused until some of them are an hour old.") }))
        callbacks.open(
            Callbacks(
                store: store, gate: api.gate, zones: access.zones, limits: access.campaignLimits,
                now: { WallClock.now }))
        campaigns = CampaignService(store: store, gate: api.gate, settings: settings, logger: logger)
        door = try await HTTPDoor.open(api, settings.http, logger: logger)
        callControl = control.map { [service] in CallControlService($0, service: service, capacity: capacity) }
        webhooks = WebhookDelivery(settings.webhooks.url, signature, from: store, logger: logger)
        retention = Retention(settings.calls, store: store, calls: journal.calls, logger: logger)
    }

    // MARK: Taking calls

    /// Takes calls, and places those that are ordered, until it is told to stop and the last of them is over.
    func run(until signals: Signals) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                await endpoint.serve { invitation in
                    guard let callControl else { return try await service.handle(invitation) }
                    try await callControl.take(invitation)
                }
            }
            group.addTask {
                await outgoing.run()
                campaigns.finish()
            }
            group.addTask { await campaigns.run() }
            group.addTask { await callControl?.run() }
            await obey(signals)
            await group.waitForAll()
        }
    }

    /// Waits for the order to stop, and stops; a second order stops at once.
    private func obey(_ signals: Signals) async {
        await withTaskGroup(of: Void.self) { group in
            var isStopping = false
            for await signal in signals.stream {
                switch signal {
                case .report:
                    if let json = try? JSONText.line(await endpoint.counters()) {
                        FileHandleOutput.standardOutput.write("counters \(json)\n")
                    }
                case .stop where isStopping:
                    FileHandleOutput.standardError.write("Stopped at once.\n")
                    ProcessEnd.now(130)
                case .stop:
                    isStopping = true
                    FileHandleOutput.standardOutput.write("Stopping: no more calls are taken.\n")
                    takeNoMore()
                    group.addTask { [self] in
                        await endCalls()
                        signals.end()
                    }
                }
            }
        }
    }

    private func takeNoMore() {
        readiness.stops()
        outgoing.close()
        campaigns.stop()
    }

    /// Lets calls that are up end by themselves for `drain`, by whichever way they came, and hangs up the rest.
    private func endCalls() async {
        async let others: Void? = callControl?.shutdown(drain: settings.drain)
        await endpoint.shutdown(drain: settings.drain)
        _ = await others
    }

    // MARK: The end

    /// Closes what calls have used: who asks from outside first, then who writes, then what is written to.
    func close() async {
        await door?.close()
        await made.close()
        await retention.close()
        await keeping.store.flush()
        await summaries?.close()
        await webhooks?.close()
        await spans?.close()
        await keeping.store.close()
        await trace?.finish()
        await keeping.journals?.finish()
    }
}
