internal import Agent
internal import TelephonyPrimitives
internal import WebSockets

/// The protocol of one speech-to-speech service on one call: no socket, no task, no clock. ``SpeechToSpeechLink`` is its
/// rim.
protocol SpeechToSpeechCore: Sendable {
    /// Samples per second of what the service takes and gives.
    var inputSampleRate: Int { get }
    var outputSampleRate: Int { get }
    /// The first outputs; to be asked for once.
    mutating func start(now: Instant) -> [SpeechToSpeechOutput]
    mutating func receive(_ input: SpeechToSpeechInput, now: Instant) -> [SpeechToSpeechOutput]
    /// When a ``SpeechToSpeechInput/tick`` is due.
    var deadline: Instant? { get }
}

enum SpeechToSpeechInput: Sendable {
    /// A socket that was asked for is open.
    case opened(socket: Int)
    /// A message came, of whatever kind; text.
    case message(String, socket: Int)
    /// A socket could not be opened, or is gone.
    case gone(SocketEnd, socket: Int)
    /// The next samples of the caller.
    case hear([Int16])
    case prompt(DialogueInput)
    case interrupted(reply: Int, heardMs: Int)
    case toolEnded(ToolCall, ToolVerdict)
    case tick
}

enum SpeechToSpeechOutput: Sendable, Equatable {
    /// Open a socket under this number, after a pause.
    case open(socket: Int, after: Duration)
    case send(String, socket: Int)
    case close(socket: Int)
    case emit(SpeechToSpeechEvent)
    case runTool(ToolCall)
    case cancelTool(id: String)
    /// The service is there: the session begins.
    case ready
    /// The session can't begin, or is lost for good: nothing follows.
    case lost(ProviderError)
}

/// What a tool came to.
enum ToolVerdict: Sendable, Equatable {
    case done(ToolResult)
    case failed(String)

    var text: String {
        switch self {
        case .done(let result): result.text
        case .failed(let text): text
        }
    }
    var actions: [DialogueAction] { if case .done(let result) = self { result.actions } else { [] } }
    var wantsReply: Bool { if case .done(let result) = self { result.wantsReply } else { true } }
    var isFailure: Bool { if case .failed = self { true } else { false } }
}

extension ToolVerdict {
    init(_ run: ToolRunner.Run) {
        self =
            run.outcome.failed
            ? .failed(run.outcome.text)
            : .done(ToolResult(text: run.outcome.text, actions: run.actions, wantsReply: run.wantsReply))
    }
}

/// How a socket ended.
struct SocketEnd: Sendable, Equatable {
    /// Of the peer's Close frame.
    var code: Int?
    var reason = ""
    /// Why it was not opened, or broke.
    var error: WebSocketConnectionError?

    /// We gave it up.
    static let late = SocketEnd(error: .timedOut)

    /// What that means for a provider's caller.
    ///
    /// - Parameters:
    ///   - service: the subject of the sentence.
    ///   - key: what it knows us by.
    func failure(of service: String, key: Secret?) -> ProviderError {
        switch error {
        case .refused(let answer):
            let said = String(decoding: answer.body.prefix(300), as: UTF8.self)
            if [401, 403].contains(answer.status), let place = key?.place {
                return .unavailable(
                    "\(service) does not accept the key; check the key in \(place)."
                        + (said.isEmpty ? "" : " It says: \(said)"))
            }
            let text = "\(service) answered \(answer.status)\(said.isEmpty ? "" : ": \(said)")"
            return switch answer.status {
            case 408, 425, 429, 500...599: .overloaded(text)
            default: .unavailable(text)
            }
        case .timedOut: return .timedOut("\(service) did not answer in time.")
        case .invalid(let text), .tls(let text): return .unavailable("\(service) can't be used: \(text)")
        case .some(let error): return .failed("\(service) failed: \(error)")
        case nil:
            let what = [code.map(String.init), reason.isEmpty ? nil : reason].compactMap { $0 }
            return .failed("\(service) ended the session\(what.isEmpty ? "." : ": \(what.joined(separator: " "))")")
        }
    }
}
