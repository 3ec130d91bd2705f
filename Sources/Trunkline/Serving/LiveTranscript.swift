internal import Agent
internal import Telephony

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// What happens on the calls, as lines while it happens.
struct LiveTranscript: Sendable {
    let output: FileHandleOutput

    func say(_ call: CallIdentifier, _ text: String) {
        output.write("\(Self.clock)  \(Self.short(call))  \(text)\n")
    }

    func say(_ call: CallIdentifier, _ entry: CallEntry) {
        switch entry {
        case .turn(let turn):
            let text = turn.text.isEmpty ? "(nothing was understood)" : turn.text
            say(
                call,
                "\(turn.who == .caller ? "caller: " : "agent:  ")\(text)\(turn.interrupted ? " -- interrupted" : "")")
        case .key(let key):
            // Which one it was may be a secret; the database has it.
            say(call, key.direction == .received ? "the caller pressed a key" : "a key was sent")
        case .note(let key, _, _): say(call, "noted: \(key)")
        case .event(let kind, let detail, _): say(call, "\(kind)\(detail.isEmpty ? "" : ": \(detail)")")
        case .ledger(let ledger, _): say(call, ledger.sentence)
        case .began, .answered, .quality, .message, .recording, .recorded, .usage, .ended: break
        }
    }

    /// The last letters of an identifier, which differ between calls of the same hour.
    private static func short(_ call: CallIdentifier) -> String { String(call.text.suffix(4)) }

    /// Hours, minutes and seconds here.
    static var clock: String {
        var now = time(nil)
        var parts = unsafe tm()
        _ = unsafe localtime_r(&now, &parts)
        func two(_ number: Int32) -> String { number < 10 ? "0\(number)" : "\(number)" }
        let (hour, minute, second) = unsafe (parts.tm_hour, parts.tm_min, parts.tm_sec)
        return "\(two(hour)):\(two(minute)):\(two(second))"
    }
}
