internal import Agent
internal import CallAPI
internal import CallControl
internal import CallReplay
internal import Logging
internal import RTPMedia
internal import Synchronization
internal import Telephony
internal import TrunklineConfiguration

/// One call of ours that the agent leads, kept in the database as those of the server are: `trunkline call --agent`.
struct AgentCall: Sendable {
    private let made: AgentMaking.Made
    private let store: SQLiteCallStore
    private let messages: CallMessages?
    private let agent: any CallAgent
    private let settings: Configuration
    private let journal: CallJournal
    /// What the call is replayed from; `nil` where that is not kept.
    private let journals: JournalFolder?
    private let switches: RecordingSwitches
    private let logger: Logger
    private let sound: Configuration.RTP
    private let signals = Signals()
    /// Sums the call up, where that is wished.
    private let clerk: DigestClerk?

    /// - Parameter output: where what is said goes, while it is said.
    init(_ settings: Configuration, output: FileHandleOutput, logger: Logger) async throws {
        let switches = RecordingSwitches()
        made = try await AgentMaking.make(settings, switches: switches, logger: logger)
        let digester = settings.record.isSummarised ? try ServiceMaking.digester(settings) : nil
        store = try SQLiteCallStore(
            path: HomePath.expand(settings.calls.database), now: WallClock.now,
            owesDigests: digester != nil, journals: settings.calls.journal.map(HomePath.absolute),
            onTrouble: { logger.error("\($0)") })
        journals = try JournalFolder.kept(in: settings.calls.journal, logger)
        messages = settings.calls.messages ? CallMessages(store: store) : nil
        journal = CallJournal(
            store: store, messages: messages, calls: LiveCalls(maximumReaders: 1),
            transcript: LiveTranscript(output: output), metrics: CallMetrics(), prices: UsagePrices(settings.prices),
            masksKeys: settings.calls.keys == .mask)
        clerk = digester.map { [store] in
            DigestClerk(
                store: store, digester: $0, prices: UsagePrices(settings.prices), wallClock: { WallClock.now })
        }
        self.switches = switches
        agent = made.agent
        self.settings = settings
        self.logger = logger
        sound = settings.rtp
    }

    /// Has the messages of the call kept, and takes the settings of sound over.
    func attach(to configuration: inout EndpointConfiguration) {
        configuration.rtpPorts = sound.ports
        configuration.codecs = sound.codecs.compactMap { VoiceCodec(rawValue: $0.rawValue) }
        configuration.srtp = SRTPPolicy(rawValue: sound.srtp.rawValue) ?? .optional
        configuration.nameServers = settings.nameServers
        configuration.trustRoots = configuration.trustRoots ?? settings.tls.trust.map(HomePath.expand)
        configuration.verifiesPeers = settings.tls.verify
        // Calls by a trunk need none of its calls to us.
        configuration.trunks = settings.telephonyTrunks.map { trunk in
            var trunk = trunk
            trunk.registration = nil
            return trunk
        }
        if let messages { configuration.onCallMessage = { messages.take($0, of: $1) } }
        configuration.journals = journals
    }

    /// Places the call and lets the agent talk until one side hangs up, or until we are told to stop.
    ///
    /// - Parameters:
    ///   - number: whom to call by the trunks; `nil`: where `outgoing` says.
    ///   - local: who calls, for the record.
    ///   - brief: what the agent is told of this call.
    func place(
        _ outgoing: OutgoingCall, to number: Destination?, as local: String, brief: CallBrief, on endpoint: Endpoint
    ) async -> (summary: CallSummary, id: CallIdentifier) {
        var outgoing = outgoing
        let id = outgoing.id ?? .make()
        outgoing.id = id
        var control: CallControlServer?
        var obstacle: String?
        do {
            if number != nil { control = try await openCallControl() }
        } catch {
            obstacle = "\(error)"
        }
        let page = CallPage(
            id, direction: .outgoing, remote: CallParty(address: outgoing.target),
            local: CallParty(address: outgoing.from ?? control?.caller ?? local), agent: agent.name, in: journal)
        // A line that can't be is a mistake in settings that only putting through, and a number, need.
        let line = try? await OutgoingLine(settings, endpoint: endpoint, callControl: control)
        if obstacle == nil, let number {
            obstacle = line.map { $0.obstacle(to: number) } ?? "The settings of outbound calls can't be used."
        }
        if let obstacle {
            page.end(CallEnd(cause: .failed, explanation: obstacle))
            await control?.shutdown(drain: .zero)
            await store.flush()
            return (CallSummary(target: outgoing.target, failure: obstacle), id)
        }
        let service = makeService(endpoint, line)
        let placed = outgoing
        let summary = await withTaskGroup(of: CallSummary?.self) { group in
            group.addTask { await place(placed, to: number, by: line, page, brief, service, on: endpoint) }
            group.addTask {
                // The first order to stop hangs up.
                for await case .stop in signals.stream { return nil }
                return nil
            }
            var summary: CallSummary?
            while summary == nil, let next = await group.next() {
                summary = next
                group.cancelAll()
            }
            signals.end()
            return summary
        }
        await control?.shutdown(drain: .zero)
        await store.flush()
        do throws(CallStoreError) {
            _ = try await clerk?.writeNow(id.text)
        } catch {
            logger.error("The call can't be summed up: \(error)", metadata: ["call": "\(id)"])
        }
        return (summary ?? CallSummary(target: placed.target, failure: "The call was given up."), id)
    }

    /// What numbers are called by, where that is no SIP.
    private func openCallControl() async throws -> CallControlServer? {
        guard settings.callsNumbersByCallControl else { return nil }
        do {
            return try await CallControlService.open(settings, capacity: 10, logger: logger)
        } catch let failure as CallControlFailure {
            guard case .cannotListen = failure else { throw failure }
            throw AgentMaking.Failure(
                sentence:
                    "\(failure) If `trunkline serve` runs with this file, it has the port: have it place the call "
                    + "(POST /v1/calls, docs/api.md).")
        }
    }

    private func makeService(_ endpoint: Endpoint, _ line: OutgoingLine?) -> CallService {
        let messages = messages
        return CallService(
            agent, settings, journal, switches: switches, logger,
            transferLine: line.map {
                TransferLine(settings, endpoint: endpoint, line: $0) { messages?.count($0, to: $1) }
            }, journals: journals)
    }

    private func place(
        _ outgoing: OutgoingCall, to number: Destination?, by line: OutgoingLine?, _ page: CallPage, _ brief: CallBrief,
        _ service: CallService, on endpoint: Endpoint
    ) async -> CallSummary {
        let kept = Mutex((statistics: CallStatistics(), isAnswered: false))
        do {
            let talk = { @Sendable (call: any Call) async -> CallEnd in
                kept.withLock { $0.isAnswered = true }
                let end = await service.talk(on: call, brief: brief, page: page)
                let final = await call.statistics()
                kept.withLock { $0.statistics = final }
                return end
            }
            let end: CallEnd
            if let line, let number {
                end = try await line.place(outgoing, to: number, on: endpoint) {
                    page.note(progress: $0)
                } choice: { choice in
                    page.note { .event(kind: "trunk", detail: choice.sentence, at: $0) }
                } note: { kind, detail in
                    page.note { .event(kind: kind, detail: detail, at: $0) }
                } _: {
                    await talk($0)
                }
            } else {
                end = try await endpoint.call(outgoing) {
                    page.note(progress: $0)
                } _: {
                    await talk($0)
                }
            }
            return CallSummary(target: outgoing.target, statistics: kept.withLock { $0.statistics }, end: end)
        } catch {
            page.end(CallEnd(placing: error, givenUp: "It was given up before it was answered."))
            switch error {
            case let error as CallError:
                return kept.withLock {
                    CallSummary(error, target: outgoing.target, statistics: $0.statistics, answered: $0.isAnswered)
                }
            case is CancellationError:
                return CallSummary(target: outgoing.target, failure: "The call was given up before it was answered.")
            default: return CallSummary(target: outgoing.target, failure: String(describing: error))
            }
        }
    }

    func close() async {
        await made.close()
        await store.close()
        await journals?.finish()
    }
}
