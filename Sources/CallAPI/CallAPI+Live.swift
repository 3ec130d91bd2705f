internal import Agent
internal import Telephony

/// What is going on now.
extension CallAPI {
    /// Characters of what was said last.
    private static let words = 240

    func liveReport() async -> LiveReport {
        let live = calls.live()
        var report = LiveReport(
            now: surroundings.wallClock(), calls: [], others: max(0, live.count - LiveReport.maximum))
        for (id, entry) in live.prefix(LiveReport.maximum) {
            guard let beginning = entry.beginning else { continue }
            var call = LiveCall(
                id: id.text, direction: entry.direction.rawValue, state: entry.state.rawValue,
                remote: beginning.remote.address, local: beginning.local.address, agent: beginning.agent,
                startedAt: beginning.startedAt)
            call.remoteName = beginning.remote.displayName
            call.answeredMs = entry.answeredMs
            call.isHeld = entry.isHeld
            call.isTransferring = entry.isTransferring
            call.supervision = entry.supervision?.rawValue
            call.callerWords = entry.words[.caller].map { String($0.text.prefix(Self.words)) }
            call.agentWords = entry.words[.agent].map { String($0.text.prefix(Self.words)) }
            call.answerMs = entry.answerMs
            if let door = entry.call {
                if let levels = await door.levels() {
                    call.heardLevel = Self.tenths(levels.heard)
                    call.sentLevel = Self.tenths(levels.sent)
                }
                let figures = await door.statistics()
                call.codec = figures.codec.isEmpty ? nil : figures.codec
                call.packetsLost = figures.packetsLost
                call.jitterMilliseconds = Self.tenths(figures.jitterMilliseconds)
                call.estimatedMOS = Self.tenths(figures.estimatedMOS)
            }
            report.calls.append(call)
        }
        return report
    }

    /// JSON has no number that is none.
    private static func tenths(_ value: Double) -> Double? {
        value.isFinite ? (value * 10).rounded() / 10 : nil
    }
}
