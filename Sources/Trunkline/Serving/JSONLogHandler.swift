internal import FoundationEssentials
internal import Logging

/// One JSON object per line on standard error.
struct JSONLogHandler: LogHandler {
    var metadata: Logger.Metadata = [:]
    var logLevel: Logger.Level = .info
    private let label: String

    init(label: String) {
        self.label = label
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    private struct Line: Encodable {
        var time: Int64
        var level: String
        var label: String
        var message: String
        var metadata: [String: String]
    }

    func log(event: LogEvent) {
        let all = metadata.merging(event.metadata ?? [:]) { $1 }
        let line = Line(
            time: WallClock.now, level: event.level.rawValue, label: label, message: event.message.description,
            metadata: all.mapValues { "\($0)" })
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let octets = try? encoder.encode(line) else { return }
        FileHandleOutput.standardError.write(String(decoding: octets, as: UTF8.self) + "\n")
    }
}
