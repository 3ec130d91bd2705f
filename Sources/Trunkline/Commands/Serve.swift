internal import Agent
internal import ArgumentParser
internal import CallAPI
internal import CallAPIServer
internal import CallReplay
internal import FoundationEssentials
internal import Logging
internal import Metrics
internal import Observability
internal import RTPMedia
internal import SIPCore
internal import SIPNIO
internal import Telephony
internal import TelephonyPrimitives
internal import TrunklineConfiguration
internal import Webhooks

/// `trunkline serve`: takes calls until it is told to stop.
struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Take calls and let the agent talk.",
        discussion: """
            Without any option: SIP on udp and tcp 127.0.0.1:5060, the embedded agent, no key and no network needed. \
            Options win over the file. SIGINT or SIGTERM stops taking calls and lets live ones end; SIGUSR1 prints \
            counters.
            """)

    @Option(
        help: ArgumentHelp("A configuration file; trunkline.yaml in the repository shows every key.", valueName: "file")
    )
    var config: String?

    @Option(
        help: ArgumentHelp(
            "Where to take SIP, e.g. udp:0.0.0.0:5060. Can be given more than once. Key: listen.",
            valueName: "transport:address:port"))
    var listen: [String] = []

    @Option(
        help: ArgumentHelp(
            "Where to take HTTP: the API, metrics and health, e.g. 127.0.0.1:8080. Key: http.listen.",
            valueName: "address:port"))
    var http: String?

    @Option(help: ArgumentHelp("local, model, realtime, bot, echo, or playback:FILE. Key: agent.", valueName: "agent"))
    var agent: String?

    @Option(help: ArgumentHelp("What the local agent says and does. Key: flow.", valueName: "file"))
    var flow: String?

    @Option(help: ArgumentHelp("The folder with the speech parts. Key: speech.directory.", valueName: "folder"))
    var speech: String?

    @Option(help: ArgumentHelp("Where calls are kept. Key: calls.database.", valueName: "file"))
    var database: String?

    @Option(help: ArgumentHelp("Record calls into this folder. Key: calls.recordings.", valueName: "folder"))
    var recordings: String?

    @Option(
        help: ArgumentHelp("How long live calls may go on after the order to stop. Key: drain.", valueName: "seconds"))
    var drain: Double?

    @Option(
        help: ArgumentHelp(
            "Write every SIP message, what goes over TLS in the clear, to this pcap file.", valueName: "file"))
    var sipTrace: String?

    @Option(
        help: ArgumentHelp(
            "Write the sound into the --sip-trace file, too: wire, as it was sent, or clear, decrypted.",
            valueName: "wire|clear"))
    var traceSound: TracedSound?

    @Option(
        help: ArgumentHelp(
            "trace, debug, info, notice, warning, error or critical. Key: log.level.", valueName: "level"))
    var logLevel: String?

    func run() async throws {
        let settings = try load()
        let logger = Self.logger(settings.log)
        let signals = Signals()
        let metrics = PrometheusMetrics(describing: MetricCatalogue.all)
        if settings.http.listen != nil { MetricsSystem.bootstrap(metrics) }

        let made: AgentMaking.Made
        let store: SQLiteCallStore
        let endpoint: Endpoint
        let trace: CallTrace?
        let journals: JournalFolder?
        let service: CallService
        let outgoing: OutgoingService
        let campaigns: CampaignService
        let readiness: ServerReadiness
        let door: HTTPDoor?
        let callControl: CallControlService?
        let webhooks: WebhookDelivery?
        let summaries: SummaryService?
        let spans: SpanExport?
        do {
            trace = try CallTrace.make(path: sipTrace, sound: traceSound)
            let access = try CallAPI.Settings(settings)
            let signature = try WebhookSignature(settings.webhooks)
            spans = try SpanExport(settings.tracing, logger: logger)
            let switches = RecordingSwitches()
            let callbacks = CallbackDesk()
            made = try await AgentMaking.make(settings, switches: switches, callbacks: callbacks, logger: logger)
            let digester = try ServiceMaking.digester(settings)
            store = try SQLiteCallStore(
                path: HomePath.expand(settings.calls.database), now: WallClock.now,
                tells: CallNews.told(settings.webhooks), owesDigests: settings.record.isSummarised,
                journals: settings.calls.journal.map(HomePath.absolute),
                onTrouble: { logger.error("\($0)") })
            var configuration = try EndpointConfiguration(settings, capacity: made.capacity)
            trace?.attach(to: &configuration)
            journals = try JournalFolder.kept(in: settings.calls.journal, logger)
            configuration.journals = journals
            let messages = settings.calls.messages ? CallMessages(store: store) : nil
            if let messages { configuration.onCallMessage = { messages.take($0, of: $1) } }
            let journal = CallJournal(
                store: store, messages: messages,
                calls: LiveCalls(maximumReaders: max(1, settings.http.maximumConnections / 2)),
                transcript: LiveTranscript(output: .standardOutput), metrics: CallMetrics(),
                prices: UsagePrices(settings.prices), masksKeys: settings.calls.keys == .mask, spans: spans?.exporter)
            let agentName = made.agent.name
            configuration.onRefusal = { CallPage(of: $0, agent: agentName, in: journal) }
            endpoint = try await Endpoint(configuration: configuration, logger: logger)
            let capacity = configuration.maximumCalls
            let control = try await CallControlService.open(settings, capacity: capacity, logger: logger)
            let line = try await OutgoingLine(settings, endpoint: endpoint, callControl: control)
            service = CallService(
                made.agent, settings, journal, switches: switches, logger,
                transferLine: TransferLine(settings, endpoint: endpoint, line: line) { messages?.count($0, to: $1) },
                journals: journals)
            outgoing = OutgoingService(
                service: service, endpoint: endpoint, line: line,
                capacity: configuration.maximumCalls)
            readiness = ServerReadiness(
                settings, endpoint: endpoint, store: store, usesLocalSpeech: made.capacity != nil)
            let summarising = await SummaryService(
                digester, store: store, prices: journal.prices, metrics: CallMetrics(), logger: logger)
            summaries = summarising
            let counted = ServerMetrics(
                counted: metrics, endpoint: endpoint, otherCalls: { await CallControlService.live(control) },
                store: store)
            let api = CallAPI(
                settings: access,
                surroundings: CallAPI.Surroundings(
                    store: store, calls: service.journal.calls, placing: outgoing,
                    readiness: { await readiness.parts() }, metrics: { await counted.text() },
                    now: { Instant(nanoseconds: WallClock.uptime) }, wallClock: { WallClock.now },
                    onSummaryOwed: summarising.map { summaries in { @Sendable in summaries.wake() } },
                    onLimit: { logger.warning("\($0) Further calls are refused until some of them are an hour old.") }))
            callbacks.open(
                Callbacks(
                    store: store, gate: api.gate, zones: access.zones, limits: access.campaignLimits,
                    now: { WallClock.now }))
            campaigns = CampaignService(store: store, gate: api.gate, settings: settings, logger: logger)
            door = try await open(api, settings, logger)
            callControl = control.map { CallControlService($0, service: service, capacity: capacity) }
            webhooks = WebhookDelivery(settings.webhooks.url, signature, from: store, logger: logger)
        } catch {
            FileHandleOutput.standardError.write("trunkline can't start: \(error)\n")
            throw ExitCode.failure
        }
        let retention = Retention(settings.calls, store: store, calls: service.journal.calls, logger: logger)
        for remark in made.remarks { logger.notice("\(remark)") }
        FileHandleOutput.standardOutput.write(banner(settings, made, endpoint, door, callControl))

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
            await obey(signals, endpoint, drain: settings.drain) {
                readiness.stops()
                outgoing.close()
                campaigns.stop()
            } shutDown: {
                await callControl?.shutdown(drain: settings.drain)
            }
            await group.waitForAll()
        }
        await door?.close()
        await made.close()
        await retention.close()
        await store.flush()
        await summaries?.close()
        await webhooks?.close()
        await spans?.close()
        await store.close()
        await trace?.finish()
        await journals?.finish()
    }

    private func open(_ api: CallAPI, _ settings: Configuration, _ logger: Logger) async throws -> HTTPDoor? {
        guard let address = settings.http.listen else { return nil }
        var limits = HTTPServer.Limits()
        limits.connections = settings.http.maximumConnections
        return try await HTTPDoor.open(api, at: address, limits: limits, logger: logger)
    }

    /// Waits for the order to stop, and stops; a second order stops at once.
    ///
    /// - Parameters:
    ///   - onStop: called at the first order.
    ///   - shutDown: ends calls by other ways than SIP.
    private func obey(
        _ signals: Signals, _ endpoint: Endpoint, drain: Duration, onStop: @escaping @Sendable () -> Void,
        shutDown: @escaping @Sendable () async -> Void
    ) async {
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
                    onStop()
                    group.addTask {
                        async let others: Void = shutDown()
                        await endpoint.shutdown(drain: drain)
                        await others
                        signals.end()
                    }
                }
            }
        }
    }

    // MARK: Settings

    private func load() throws -> Configuration {
        var settings = try Configuration.read(config)
        if !listen.isEmpty {
            settings.listen = try listen.map { text in
                do { return try ListenSpec(text) } catch { throw ValidationError("--listen \(text): \(error)") }
            }
        }
        if let http {
            do {
                settings.http.listen = try Configuration.HTTP.address(http)
            } catch {
                throw ValidationError("--http \(http): \(error)")
            }
        }
        if let agent { settings.agent = try Configuration.AgentChoice(argument: agent) }
        if let flow { settings.flow = flow }
        if let speech { settings.speech.directory = speech }
        if let database { settings.calls.database = database }
        if let recordings { settings.calls.recordings = recordings }
        if let drain {
            guard drain >= 0, drain <= 86_400 else {
                throw ValidationError("--drain \(drain): give seconds from 0 to 86400.")
            }
            settings.drain = .milliseconds(Int64(drain * 1_000))
        }
        if let logLevel {
            guard let level = Configuration.LogLevel(rawValue: logLevel) else {
                let known = Configuration.LogLevel.allCases.map(\.rawValue).joined(separator: ", ")
                throw ValidationError("--log-level \(logLevel): it is one of \(known).")
            }
            settings.log.level = level
        }
        try settings.check()
        return settings
    }

    private static func logger(_ log: Configuration.Log) -> Logger {
        var logger = Logger(label: "trunkline") { label -> any LogHandler in
            switch log.format {
            case .text: StreamLogHandler.standardError(label: label)
            case .json: JSONLogHandler(label: label)
            }
        }
        logger.logLevel = Logger.Level(rawValue: log.level.rawValue) ?? .info
        return logger
    }

    // MARK: What it says at the start

    private func banner(
        _ settings: Configuration, _ made: AgentMaking.Made, _ endpoint: Endpoint, _ door: HTTPDoor?,
        _ callControl: CallControlService?
    ) -> String {
        let callable = endpoint.addresses.first ?? ListenAddress(.udp, TransportAddress(ip: .loopbackV4, port: 5060))
        var host = callable.address
        if host.ip.isUnspecified { host = TransportAddress(ip: settings.advertise ?? .loopbackV4, port: host.port) }
        let parameter = callable.protocol == .udp ? "" : ";transport=\(callable.protocol.rawValue)"
        let uri = "sip:agent@\(host)\(parameter)"
        let recordings = settings.calls.recordings.map { "recordings in \($0)" } ?? "not recorded (calls.recordings)"
        let limit = min(settings.calls.maximum, made.capacity ?? .max)
        let trunks = endpoint.configuration.trunks.map { trunk in
            "\n  trunk    \(trunk)" + (trunk.registration == nil ? "" : ", to be registered")
        }
        let accounts = (settings.accounts.map { "\n  account  \($0.address), to be registered" } + trunks).joined()
        let control = callControl.map { "\n  Telnyx   \($0.place)" } ?? ""
        let http = (door.map { "\n  HTTP     http://\($0.address) (docs/api.md)" } ?? "") + control
        return """
            Trunkline \(Trunkline.version)
              SIP      \(endpoint.addresses.map(\.description).joined(separator: "  "))
              agent    \(made.agent.name)
              calls    \(settings.calls.database), \(recordings), \(limit) at once\(accounts)\(http)
              call it  baresip -e '/dial \(uri)'
                       \(CommandLine.arguments.first ?? "trunkline") call '\(uri)' --play question.wav --record answer.wav
            Ready. Stop with Ctrl-C.

            """
    }
}

extension JSONText {
    /// In one line.
    static func line(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }
}
