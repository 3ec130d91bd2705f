internal import Agent
internal import CallAPI
internal import CallReplay
internal import FoundationEssentials
internal import Logging
internal import Telephony
internal import TrunklineConfiguration

/// Where calls are written down while they go on: the database, the folder of journals, and who is told meanwhile.
struct CallKeeping: Sendable {
    let store: SQLiteCallStore
    /// What calls are replayed from; `nil` where that is not kept.
    let journals: JournalFolder?
    /// `nil` where SIP messages are not kept.
    let messages: CallMessages?
    let journal: CallJournal

    /// - Throws: `CallStoreError` when the database can't be opened, and what hinders the journals.
    init(_ settings: Configuration, spans: SpanExport?, logger: Logger) throws {
        store = try SQLiteCallStore(
            path: HomePath.expand(settings.calls.database), now: WallClock.now,
            tells: CallNews.told(settings.webhooks), owesDigests: settings.record.isSummarised,
            journals: settings.calls.journal.map(HomePath.absolute),
            onTrouble: { logger.error("\($0)") })
        journals = try JournalFolder.kept(in: settings.calls.journal, logger)
        messages = settings.calls.messages ? CallMessages(store: store) : nil
        journal = CallJournal(
            store: store, messages: messages,
            calls: LiveCalls(maximumReaders: max(1, settings.http.maximumConnections / 2)),
            transcript: LiveTranscript(output: .standardOutput), metrics: CallMetrics(),
            prices: UsagePrices(settings.prices), masksKeys: settings.calls.keys == .mask, spans: spans?.exporter)
    }

    /// Has an endpoint tell all that is kept of its calls.
    ///
    /// - Parameter agent: the name under which calls stand that never reach the agent.
    func attach(to configuration: inout EndpointConfiguration, agent: String) {
        configuration.journals = journals
        if let messages { configuration.onCallMessage = { messages.take($0, of: $1) } }
        configuration.onRefusal = { [journal] in CallPage(of: $0, agent: agent, in: journal) }
    }
}
