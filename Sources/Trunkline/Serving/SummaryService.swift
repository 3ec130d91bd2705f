internal import Agent
internal import CallAPI
internal import Logging
internal import Telephony
internal import TrunklineConfiguration

/// Sums calls up as long as the server runs. What is left then is written when it runs again.
struct SummaryService: Sendable {
    private let clerk: DigestClerk
    private let writing: Task<Void, Never>

    /// What a call without a summary is told to lack.
    static let noModel = "There is no model that could sum it up; write model: {provider: …} into the configuration."

    /// - Returns: `nil` when there is no model; what was owed is said to be missing then.
    init?(
        _ digester: CallDigester?, store: SQLiteCallStore, prices: UsagePrices?, metrics: CallMetrics, logger: Logger
    ) async {
        guard let digester else {
            do throws(CallStoreError) {
                try await store.giveUpDigests(Self.noModel)
            } catch {
                logger.error("\(error)")
            }
            return nil
        }
        let clerk = DigestClerk(
            store: store, digester: digester, prices: prices, wallClock: { WallClock.now },
            onUsage: { metrics.take(.usage($0, at: 0), of: .incoming, answeredMs: nil) },
            onTrouble: { sentence, call in
                logger.warning("\(sentence)", metadata: call.map { ["call": "\($0)"] } ?? [:])
            })
        self.clerk = clerk
        // Unstructured: it goes on until `close`, beside the calls.
        writing = Task { await clerk.run() }
    }

    /// One more is owed.
    func wake() { clerk.wake() }

    /// Writes what is due, for some seconds at most.
    func close() async {
        clerk.finish()
        let writing = writing
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await writing.value }
            group.addTask {
                try? await Task.sleep(for: .seconds(5))
                writing.cancel()
            }
            await group.next()
            group.cancelAll()
        }
        await writing.value
    }
}

extension ServiceMaking {
    /// Who sums calls up.
    ///
    /// - Returns: `nil` when the configuration has no model.
    /// - Throws: ``AgentMaking/Failure`` when calls are to be summed up, and the model can't be made.
    static func digester(_ settings: Configuration) throws(AgentMaking.Failure) -> CallDigester? {
        guard var service = settings.model else { return nil }
        if let name = settings.record.model { service.model = name }
        let making = ServiceMaking(speech: SpeechLoading(settings.speech))
        let fields = settings.record.fields.map(DigestField.init)
        do throws(AgentMaking.Failure) {
            return CallDigester(model: try making.model(service), fields: fields)
        } catch {
            guard settings.agent == .model || settings.record != Configuration.Record() else { return nil }
            throw error
        }
    }
}

extension DigestField {
    init(_ field: Configuration.RecordField) {
        let kind: Kind =
            switch field.kind {
            case .text: .text
            case .number: .number
            case .integer: .integer
            case .boolean: .boolean
            case .date: .date
            case .time: .time
            case .choice: .choice(field.values)
            }
        self.init(name: field.name, kind: kind, text: field.description)
    }
}
