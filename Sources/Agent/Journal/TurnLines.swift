internal import Telephony
internal import TelephonyPrimitives

/// What a reader of a replayed conversation sees of it.
extension TurnTaking: ReplayedTurns {
    static func line(_ input: Input?, _ outputs: [Output]) -> String? {
        var parts: [String] = []
        if case .pressed? = input { parts.append(pressedKey) }
        for output in outputs {
            switch output {
            case .record(let entry): parts += entry.spokenLine
            case .stopPlayout: parts.append("stops talking")
            case .resumePlayout: parts.append("goes on talking")
            case .transfer(let target): parts.append("transfer to \(target)")
            case .hangUp(let reason): parts.append("hangs up: \(reason)")
            default: break
            }
        }
        return joined(parts)
    }
}

extension DuplexTurns: ReplayedTurns {
    static func line(_ input: Input?, _ outputs: [Output]) -> String? {
        var parts: [String] = []
        if case .pressed? = input { parts.append(pressedKey) }
        for output in outputs {
            switch output {
            case .record(let entry): parts += entry.spokenLine
            case .stopPlayout: parts.append("stops talking")
            case .transfer(let target): parts.append("transfer to \(target)")
            case .consult(let order): parts.append("asks \(order.name) first")
            case .reopen: parts.append("another model goes on")
            case .apologise: parts.append("says sorry")
            case .sayGoodbye: parts.append("says goodbye")
            case .hangUp(let reason): parts.append("hangs up: \(reason)")
            default: break
            }
        }
        return joined(parts)
    }
}

extension BotTurns: ReplayedTurns {
    static func line(_ input: Input?, _ outputs: [Output]) -> String? {
        var parts: [String] = []
        for output in outputs {
            switch output {
            case .tell: parts.append(pressedKey)
            case .reached(let mark): parts.append("mark \(mark) is reached")
            case .stopPlayout: parts.append("stops talking")
            case .hearOut: parts.append("the bot leaves")
            case .record(.event(let kind, let detail, _)): parts.append(detail.isEmpty ? kind : "\(kind): \(detail)")
            case .hangUp(let reason): parts.append("hangs up: \(reason)")
            default: break
            }
        }
        return joined(parts)
    }
}

private let pressedKey = "caller pressed a key"

private func joined(_ parts: [String]) -> String? { parts.isEmpty ? nil : parts.joined(separator: "; ") }

extension CallEntry {
    /// What somebody said; nothing for what is no turn.
    fileprivate var spokenLine: [String] {
        guard case .turn(let turn) = self else { return [] }
        return ["\(turn.who.rawValue): \(turn.text)\(turn.interrupted ? " (interrupted)" : "")"]
    }
}
