public import RTPMedia
public import Telephony

/// Whoever talks on a call for us.
public protocol CallAgent: Sendable {
    /// What this is, for people and records.
    var name: String { get }
    /// Talks until the conversation is over or the call has ended. Does not hang up: whoever runs the call does, with
    /// the outcome's reason.
    ///
    /// - Parameters:
    ///   - call: an answered call.
    ///   - observer: told of every turn, key, note and event as it happens, in order. It must return at once.
    func converse(on call: any Call, observer: @escaping ConversationObserver) async -> ConversationOutcome
    /// The same with what the agent is told about this call; those that can't be told anything leave it out.
    func converse(
        on call: any Call, brief: CallBrief, observer: @escaping ConversationObserver
    ) async -> ConversationOutcome
    /// What of a brief counts with this agent. Nothing by default.
    var abilities: AgentAbilities { get }
}

extension CallAgent {
    public var abilities: AgentAbilities { [] }

    public func converse(
        on call: any Call, brief: CallBrief, observer: @escaping ConversationObserver
    ) async -> ConversationOutcome {
        await converse(on: call, observer: observer)
    }
}

/// Takes what happens in a conversation; see ``CallAgent/converse(on:observer:)``.
public typealias ConversationObserver = @Sendable (CallEntry) -> Void

/// How a conversation ended.
public struct ConversationOutcome: Sendable, Equatable {
    /// Why we hang up; nothing to the point when the other side did.
    public var reason: HangUpReason
    /// How the call ended, when it ended by itself.
    public var end: CallEnd?

    public init(reason: HangUpReason, end: CallEnd? = nil) {
        self.reason = reason
        self.end = end
    }

    /// The caller is with whom we put them through to.
    static let putThrough = ConversationOutcome(
        reason: .normal, end: CallEnd(cause: .transferred, explanation: "The caller was put through."))
}

/// Plays back what the caller says.
public struct EchoAgent: CallAgent {
    public let name = "echo"

    public init() {}

    public func converse(on call: any Call, observer: @escaping ConversationObserver) async -> ConversationOutcome {
        await CallEvents.watch(call, observer: observer, endsCall: false) {
            for await frame in call.audio {
                do { try await call.play(frame) } catch { break }
            }
        }
    }
}

/// Plays one recording, then hangs up.
public struct PlaybackAgent: CallAgent {
    public let name: String
    private let clip: AudioClip

    /// - Parameters:
    ///   - name: of the recording, for people and records.
    ///   - clip: the recording.
    public init(name: String, clip: AudioClip) {
        self.name = "playback: \(name)"
        self.clip = clip
    }

    public func converse(on call: any Call, observer: @escaping ConversationObserver) async -> ConversationOutcome {
        await CallEvents.watch(call, observer: observer, endsCall: true) {
            async let _: Void = { for await _ in call.audio {} }()
            guard let fitting = try? clip.converted(to: call.sampleRate) else { return }
            for frame in fitting.frames {
                do { try await call.play(frame) } catch { return }
            }
            await call.drain()
        }
    }
}

/// What agents without a conversation do with the events of a call.
enum CallEvents {
    /// Runs `body` until the call ends, and writes down the events meanwhile.
    ///
    /// - Parameter endsCall: whether the conversation is over when `body` returns.
    static func watch(
        _ call: any Call, observer: @escaping ConversationObserver, endsCall: Bool,
        _ body: @escaping @Sendable () async -> Void
    ) async -> ConversationOutcome {
        let clock = CallClock()
        return await withTaskGroup(of: ConversationOutcome?.self) { group in
            group.addTask {
                for await event in call.events {
                    if case .ended(let end) = event { return ConversationOutcome(reason: .normal, end: end) }
                    if let entry = CallEntry(event, at: clock.milliseconds) { observer(entry) }
                }
                return nil
            }
            group.addTask {
                await body()
                return endsCall ? ConversationOutcome(reason: .normal) : nil
            }
            var outcome: ConversationOutcome?
            while outcome == nil, let next = await group.next() { outcome = next }
            group.cancelAll()
            return outcome ?? ConversationOutcome(reason: .normal)
        }
    }
}

extension CallEntry {
    /// The same with a dot for the key that was pressed.
    var withoutKey: CallEntry {
        guard case .key(var key) = self else { return self }
        key.digit = "•"
        return .key(key)
    }

    /// What the record says of an event of the call; `nil` for those that are recorded otherwise.
    package init?(_ event: CallEvent, at milliseconds: Int) {
        switch event {
        case .dtmf(let digit, let duration):
            let held = duration.components
            self = .key(
                KeyRecord(
                    digit: String(digit), direction: .received, atMs: milliseconds,
                    durationMs: Int(held.seconds * 1_000 + held.attoseconds / 1_000_000_000_000_000)))
        case .held(let isHeld): self = .event(kind: isHeld ? "held" : "resumed", detail: "", at: milliseconds)
        case .mediaChanged(let codec): self = .event(kind: "media", detail: codec, at: milliseconds)
        case .mediaSilent(let duration):
            self = .event(kind: "no sound", detail: "for \(duration.components.seconds) s", at: milliseconds)
        case .mediaFlows: self = .event(kind: "sound flows", detail: "", at: milliseconds)
        case .transferProgress(let status): self = .event(kind: "transfer", detail: "\(status)", at: milliseconds)
        // Who has taken it over, and how, is written down by whoever did.
        case .takenOver, .ended: return nil
        }
    }
}
