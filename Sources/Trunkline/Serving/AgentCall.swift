internal import Agent
internal import CallAPI
internal import Logging
internal import RTPMedia
internal import Synchronization
internal import Telephony
internal import TrunklineConfiguration

/// One call of ours that the agent leads, kept in the database as those of the server are: `trunkline call --agent`.
struct AgentCall: Sendable {
    private let store: SQLiteCallStore
    private let messages: CallMessages?
    private let service: CallService
    private let sound: Configuration.RTP
    private let signals = Signals()

    /// - Parameter output: where what is said goes, while it is said.
    init(_ settings: Configuration, output: FileHandleOutput, logger: Logger) async throws {
        let made = try await AgentMaking.make(settings)
        store = try SQLiteCallStore(
            path: HomePath.expand(settings.calls.database), now: WallClock.now,
            onTrouble: { logger.error("\($0)") })
        messages = settings.calls.messages ? CallMessages(store: store) : nil
        let journal = CallJournal(
            store: store, messages: messages, calls: LiveCalls(maximumReaders: 1),
            transcript: LiveTranscript(output: output), metrics: CallMetrics())
        service = CallService(made.agent, settings, journal, logger)
        sound = settings.rtp
    }

    /// Has the messages of the call kept, and takes the settings of sound over.
    func attach(to configuration: inout EndpointConfiguration) {
        configuration.rtpPorts = sound.ports
        configuration.codecs = sound.codecs.compactMap { VoiceCodec(rawValue: $0.rawValue) }
        configuration.srtp = SRTPPolicy(rawValue: sound.srtp.rawValue) ?? .optional
        if let messages { configuration.onCallMessage = { messages.take($0, of: $1) } }
    }

    /// Places the call and lets the agent talk until one side hangs up, or until we are told to stop.
    ///
    /// - Parameters:
    ///   - local: who calls, for the record.
    ///   - brief: what the agent is told of this call.
    func place(
        _ outgoing: OutgoingCall, as local: String, brief: CallBrief, on endpoint: Endpoint
    ) async -> (summary: CallSummary, id: CallIdentifier) {
        var outgoing = outgoing
        let id = outgoing.id ?? .make()
        outgoing.id = id
        let page = CallPage(
            id, direction: .outgoing, remote: CallParty(address: outgoing.target),
            local: CallParty(address: outgoing.from ?? local), agent: service.agent.name, in: service.journal)
        let placed = outgoing
        let summary = await withTaskGroup(of: CallSummary?.self) { group in
            group.addTask { await place(placed, page, brief, on: endpoint) }
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
        await store.flush()
        return (summary ?? CallSummary(target: placed.target, failure: "The call was given up."), id)
    }

    private func place(
        _ outgoing: OutgoingCall, _ page: CallPage, _ brief: CallBrief, on endpoint: Endpoint
    ) async -> CallSummary {
        let kept = Mutex((statistics: CallStatistics(), isAnswered: false))
        do {
            let end = try await endpoint.call(outgoing) {
                page.note(progress: $0)
            } _: { call in
                kept.withLock { $0.isAnswered = true }
                let end = await service.talk(on: call, brief: brief, page: page)
                let final = await call.statistics()
                kept.withLock { $0.statistics = final }
                return end
            }
            return CallSummary(target: outgoing.target, statistics: kept.withLock { $0.statistics }, end: end)
        } catch let error as CallError {
            if case .ended(let end) = error {
                page.end(end)
            } else {
                page.end(CallEnd(cause: .failed, explanation: "The call could not be placed: \(error)"))
            }
            return kept.withLock {
                CallSummary(error, target: outgoing.target, statistics: $0.statistics, answered: $0.isAnswered)
            }
        } catch is CancellationError {
            page.end(CallEnd(cause: .localHangUp, explanation: "It was given up before it was answered."))
            return CallSummary(target: outgoing.target, failure: "The call was given up before it was answered.")
        } catch {
            page.end(CallEnd(cause: .failed, explanation: "The call could not be placed: \(error)"))
            return CallSummary(target: outgoing.target, failure: String(describing: error))
        }
    }

    func close() async {
        await store.close()
    }
}
