extension Configuration {
    /// Who is told of calls.
    public struct Webhooks: Sendable, Equatable {
        /// Where news are posted; `nil`: nowhere.
        public var url: String?
        /// What they are signed with, out of the environment.
        public var secret: String?
        /// The file that the secret is in.
        public var secretFile: String?
        /// What is told.
        public var events = WebhookEvent.allCases

        public init() {}
    }

    /// Something that is told.
    public enum WebhookEvent: String, Sendable, CaseIterable {
        case started = "call.started"
        case answered = "call.answered"
        case answeredBy = "call.answered_by"
        case transferred = "call.transferred"
        case transferFailed = "call.transfer_failed"
        case messageLeft = "call.message_left"
        case recordingCompleted = "call.recording_completed"
        case ended = "call.ended"
        case summarised = "call.summarised"
    }
}

extension Configuration.Webhooks: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// What is told; neither the secret nor the address, which may hold one.
    public var description: String {
        "Webhooks(\(url == nil ? "off" : events.map(\.rawValue).joined(separator: ", ")))"
    }

    /// As ``description``.
    public var debugDescription: String { description }

    /// As ``description``, also in a dump.
    public var customMirror: Mirror { Mirror(self, children: ["events": events.map(\.rawValue)]) }
}

extension Configuration {
    mutating func readWebhooks(_ top: ConfigurationReader.Section, with reader: inout ConfigurationReader) {
        let section = reader.section(top, "webhooks")
        reader.read(section, "url", into: &webhooks.url, using: ValueReading.webAddress)
        reader.read(section, "secret_file", into: &webhooks.secretFile, using: ValueReading.optionalPath)
        reader.readList(section, "events", into: &webhooks.events, using: ValueReading.choice(WebhookEvent.self))
        webhooks.secret = reader.readSecret(section, "secret").value
    }

    /// Settings of webhooks that don't go together.
    var contradictionsOfWebhooks: [(key: String, sentence: String)] {
        var found: [(key: String, sentence: String)] = []
        if webhooks.url != nil, webhooks.secret == nil, webhooks.secretFile == nil {
            found.append(
                (
                    "webhooks.url",
                    "webhooks has no secret to sign with; write webhooks.secret_file: FILE with a line from "
                        + "`openssl rand -hex 32`, or secret_env: NAME"
                ))
        }
        return found
    }
}

extension ValueReading {
    /// `https://…`, or `http://…`.
    static func webAddress(_ text: String) throws(InvalidValue) -> String? {
        let rest = ["https://", "http://"].lazy.filter { text.lowercased().hasPrefix($0) }.map {
            text.dropFirst($0.count)
        }.first
        guard let rest, let first = rest.first, first != "/", text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            throw InvalidValue("is no web address", fix: "write one such as https://example.com/calls")
        }
        return text
    }
}
