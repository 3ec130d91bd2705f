internal import Agent
internal import CallSpans
internal import FoundationEssentials
internal import Logging
internal import Telephony
internal import TrunklineConfiguration

/// Sends spans as long as the server runs.
struct SpanExport: Sendable {
    let exporter: SpanExporter
    private let collector: OTLPCollector
    private let sending: Task<Void, Never>

    /// - Returns: `nil` when there is no collector.
    /// - Throws: ``AgentMaking/Failure`` when the token can't be read.
    init?(_ tracing: Configuration.Tracing, logger: Logger) throws(AgentMaking.Failure) {
        guard let url = tracing.url else { return nil }
        var token = tracing.token
        if let file = tracing.tokenFile.map(HomePath.expand) {
            guard let text = try? String(contentsOfFile: file, encoding: .utf8),
                let word = text.split(whereSeparator: \.isWhitespace).first
            else {
                throw AgentMaking.Failure(
                    sentence: "tracing.token_file: \(file) can't be read or is empty; put the token into it.")
            }
            token = String(word)
        }
        let collector = OTLPCollector(url: url, token: token)
        let exporter = SpanExporter(
            to: collector, service: tracing.service, version: Trunkline.version, logger: logger)
        self.collector = collector
        self.exporter = exporter
        // Unstructured: it begins before calls are taken, and ends after the last of them.
        sending = Task { await exporter.run() }
    }

    /// Sends what waits, for some seconds at most.
    func close() async {
        exporter.finish()
        let sending = sending
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await sending.value }
            group.addTask {
                try? await Task.sleep(for: .seconds(3))
                sending.cancel()
            }
            await group.next()
            group.cancelAll()
        }
        await collector.close()
    }
}
