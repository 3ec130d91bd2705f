import Logging
import Synchronization

/// What was logged.
final class Lines: Sendable {
    private let lines = Mutex<[(level: Logger.Level, text: String)]>([])

    var logger: Logger {
        Logger(label: "test") { [self] _ in Handler(lines: self) }
    }

    /// The lines of at least this level.
    func at(_ level: Logger.Level) -> [String] {
        lines.withLock { all in all.filter { $0.level >= level }.map(\.text) }
    }

    private struct Handler: LogHandler {
        let lines: Lines
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.trace

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            let text = "\(event.message) \(event.metadata ?? [:])"
            lines.lines.withLock { $0.append((event.level, text)) }
        }
    }
}
