internal import FoundationEssentials
internal import Telephony

/// How a call that `trunkline call` placed went.
struct CallSummary: Encodable {
    enum Outcome: String, Encodable {
        case completed, refused, noAnswer, unreachable, failed, error
    }

    var target: String
    var outcome: Outcome
    /// The SIP status that decided it, when it was not answered.
    var status: Int?
    var explanation: String
    var statistics: CallStatistics?

    init(target: String, statistics: CallStatistics, end: CallEnd?) {
        self.target = target
        self.statistics = statistics
        outcome = end?.cause == .failed ? .failed : .completed
        status = end?.status
        explanation = end?.explanation ?? "We hung up."
    }

    init(target: String, failure: String) {
        self.target = target
        outcome = .error
        explanation = failure
    }

    init(_ error: CallError, target: String, statistics: CallStatistics, answered: Bool) {
        self.target = target
        switch error {
        case .ended(let end):
            status = end.status
            explanation = end.explanation
            switch end.cause {
            case .noAnswer: outcome = .noAnswer
            case .unreachable: outcome = .unreachable
            case .rejected: outcome = end.status == 408 || end.status == 480 ? .noAnswer : .refused
            // We end an unanswered call only when it has rung for too long.
            case .localHangUp, .cancelled: outcome = answered ? .completed : .noAnswer
            case .remoteHangUp, .transferred: outcome = .completed
            case .failed: outcome = .failed
            }
        case .refused(let status, let reason):
            self.status = status
            explanation = reason
            outcome = .refused
        default:
            explanation = String(describing: error)
            outcome = .error
        }
        if answered { self.statistics = statistics }
    }

    var exitCode: Int32 {
        switch outcome {
        case .completed: 0
        case .error: 1
        case .refused: 2
        case .noAnswer: 3
        case .unreachable: 4
        case .failed: 5
        }
    }

    var json: String {
        get throws {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
            return String(decoding: try encoder.encode(self), as: UTF8.self)
        }
    }

    var text: String {
        var lines = [
            outcome == .completed
                ? "The call is over. \(explanation)" : "The call failed (\(outcome.rawValue)). \(explanation)"
        ]
        if let statistics, !statistics.codec.isEmpty {
            let expected = statistics.packetsReceived + statistics.packetsLost
            let lost = expected > 0 ? 100 * Double(statistics.packetsLost) / Double(expected) : 0
            lines.append("  codec     \(statistics.codec)")
            lines.append("  packets   \(statistics.packetsSent) sent, \(statistics.packetsReceived) received")
            lines.append(
                "  loss      \(statistics.packetsLost) packets (\(Self.decimal(lost)) %), \(statistics.packetsLate) late"
            )
            lines.append("  jitter    \(Self.decimal(statistics.jitterMilliseconds)) ms")
            lines.append("  MOS       \(Self.decimal(statistics.estimatedMOS)) (estimated)")
            if let setup = statistics.setupMilliseconds { lines.append("  set-up    \(Self.decimal(setup)) ms") }
        }
        return lines.joined(separator: "\n           ")
    }

    /// A number with one decimal place.
    static func decimal(_ number: Double) -> String {
        guard number.isFinite, abs(number) < 1e15 else { return "-" }
        let tenths = Int64((number * 10).rounded())
        return "\(tenths < 0 ? "-" : "")\(abs(tenths) / 10).\(abs(tenths) % 10)"
    }
}
