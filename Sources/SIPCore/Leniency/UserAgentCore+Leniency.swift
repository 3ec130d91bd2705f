import TelephonyPrimitives

/// When messages are looked at for what they are forgiven: seldom, so that ordinary traffic costs nothing.
struct ForgivenessWatch: Sendable {
    private struct Told: Hashable {
        let source: IPAddress
        let rule: Forgiveness.Rule
    }

    private static let interval = Duration.seconds(1)
    private static let maximumTold = 256

    private var next = Instant.zero
    private var told: Set<Told> = []

    /// Whether a message that comes now is looked at: one a second at most.
    @inline(__always)
    func isDue(at now: Instant) -> Bool { now >= next }

    mutating func looked(at now: Instant) {
        next = now + Self.interval
    }

    /// Whether it was not said of this peer before. What is remembered is bounded; when it is full all is forgotten.
    mutating func isNews(_ rule: Forgiveness.Rule, from source: IPAddress) -> Bool {
        if told.count >= Self.maximumTold { told.removeAll() }
        return told.insert(Told(source: source, rule: rule)).inserted
    }
}

extension UserAgentCore {
    /// Judges a message by the configured leniency.
    ///
    /// - Throws: in strict mode, the first rule that it breaks.
    mutating func forgive(_ message: Message, over flow: Flow, now: Instant) throws(ParseError) {
        switch configuration.leniency {
        case .strict:
            guard message.isUsable, let first = message.forgiven.first else { return }
            throw ParseError(offset: 0, section: first.section, message: first.sentence)
        case .lenient:
            guard forgivenessWatch.isDue(at: now) else { return }
            forgivenessWatch.looked(at: now)
            guard message.isUsable else { return }
            for forgiveness in message.forgiven where forgivenessWatch.isNews(forgiveness.rule, from: flow.remote.ip) {
                let any: any SIPMessage =
                    switch message {
                    case .request(let request): request
                    case .response(let response): response
                    }
                note(.forgiven, "\(forgiveness)", message: any, flow: flow, now: now)
            }
        }
    }
}

extension Message {
    /// Whether it can be worked with. What can't is not forgiven, but refused for its own reason.
    fileprivate var isUsable: Bool {
        switch self {
        case .request(let request): (try? request.validate()) != nil
        case .response(let response): (try? response.validate()) != nil
        }
    }
}
