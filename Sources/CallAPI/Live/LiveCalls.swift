public import Agent
internal import Synchronization
public import Telephony

/// The calls that ring or are up, with a door into each, and what has lately happened on them.
public final class LiveCalls: Sendable {
    /// Calls that are over and whose events can still be read.
    private static let kept = 100
    /// Streams of events at once.
    private let maximumReaders: Int

    /// A call as others may meddle with it.
    struct Entry {
        var state = StoredCall.State.ringing
        var direction = CallDirection.incoming
        var beginning: CallBeginning?
        var answeredMs: Int?
        /// What each side said last.
        var words: [TurnRecord.Speaker: TurnRecord] = [:]
        /// How long the last answer took.
        var answerMs: Int?
        var isHeld = false
        /// What a supervisor who is on the line does.
        var supervision: SupervisionMode?
        var log = EventLog()
        var door: CallDoor?
        /// There once it is answered.
        var call: (any Call)?
        var isTransferring = false
        var readers: [Int: AsyncStream<Void>.Continuation] = [:]
    }

    private struct State {
        var calls: [CallIdentifier: Entry] = [:]
        /// Those that are over, the oldest first.
        var over: [CallIdentifier] = []
        var readers = 0
        var lastReader = 0
    }

    private let state = Mutex(State())

    /// - Parameter maximumReaders: how many may read events at once, over all calls.
    public init(maximumReaders: Int = 100) {
        self.maximumReaders = maximumReaders
    }

    // MARK: What whoever runs the calls tells

    /// Opens the door into a call.
    public func opened(_ door: CallDoor, to id: CallIdentifier) {
        state.withLock { $0.calls[id, default: Entry()].door = door }
    }

    /// The call was answered: from now on it can be talked on.
    public func answered(_ call: any Call) {
        state.withLock { $0.calls[call.id, default: Entry()].call = call }
    }

    /// Takes what the record of a call gets.
    public func note(_ entry: CallEntry, of id: CallIdentifier) {
        // What was on the wire is for those who look into a call afterwards.
        if case .message = entry { return }
        let readers = state.withLock { state in
            var call = state.calls[id] ?? Entry()
            call.log.note(entry)
            if case .event(let kind, _, _) = entry {
                call.supervision = SupervisionRecord.mode(after: kind, before: call.supervision)
            }
            switch entry {
            case .began(let beginning):
                call.direction = beginning.direction
                call.beginning = beginning
            case .answered(let at):
                call.state = .up
                call.answeredMs = at
            case .turn(let turn): call.words[turn.who] = turn
            case .ledger(let ledger, _): call.answerMs = ledger.totalMs
            case .event("held", _, _): call.isHeld = true
            case .event("resumed", _, _): call.isHeld = false
            case .ended:
                call.state = .ended
                call.door = nil
                call.call = nil
                state.over.append(id)
            default: break
            }
            state.calls[id] = call
            if state.over.count > Self.kept { state.calls[state.over.removeFirst()] = nil }
            return Array(call.readers.values)
        }
        for reader in readers { reader.yield() }
    }

    // MARK: What others see

    /// How many calls ring or are up, in all or in one direction.
    public func count(_ direction: CallDirection? = nil) -> Int {
        state.withLock { state in
            state.calls.values.count { $0.state != .ended && (direction == nil || $0.direction == direction) }
        }
    }

    /// The calls that are not over, in the order in which they began.
    func live() -> [(id: CallIdentifier, entry: Entry)] {
        state.withLock { state in
            state.calls.filter { $0.value.state != .ended }.map { (id: $0.key, entry: $0.value) }
        }.sorted {
            ($0.entry.beginning?.startedAt ?? 0, $0.id.text) < ($1.entry.beginning?.startedAt ?? 0, $1.id.text)
        }
    }

    /// The call as it is now; `nil` when it is not known, or has been over for long.
    func entry(_ id: CallIdentifier) -> Entry? {
        state.withLock { $0.calls[id] }
    }

    /// Notes that the call is being put through, unless it is already.
    func beginTransfer(of id: CallIdentifier) -> Bool {
        state.withLock { state in
            guard state.calls[id]?.isTransferring == false else { return false }
            state.calls[id]?.isTransferring = true
            return true
        }
    }

    func endTransfer(of id: CallIdentifier) {
        state.withLock { $0.calls[id]?.isTransferring = false }
    }

    /// Forgets what happened on a call that is over.
    public func forget(_ id: CallIdentifier) {
        let readers: [AsyncStream<Void>.Continuation] = state.withLock { state in
            guard let call = state.calls[id], call.state == .ended else { return [] }
            state.calls[id] = nil
            state.over.removeAll { $0 == id }
            return Array(call.readers.values)
        }
        // They see that there is no such call any more.
        for reader in readers { reader.yield() }
    }

    // MARK: Events

    /// Whether one more may read along.
    var hasRoomForReader: Bool { state.withLock { $0.readers < maximumReaders } }

    /// Tells of news of a call; bounded, for it is only a nudge.
    ///
    /// - Returns: `nil` when there are too many readers, or the call is not known.
    func news(of id: CallIdentifier) -> (nudges: AsyncStream<Void>, reader: Int)? {
        let (nudges, sink) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let reader = state.withLock { state -> Int? in
            guard state.readers < maximumReaders, state.calls[id] != nil else { return nil }
            state.lastReader += 1
            state.readers += 1
            state.calls[id]?.readers[state.lastReader] = sink
            return state.lastReader
        }
        guard let reader else { return nil }
        sink.yield()
        return (nudges, reader)
    }

    /// Nudges one reader, so that it shows that it is there.
    func nudge(_ reader: Int, of id: CallIdentifier) {
        state.withLock { $0.calls[id]?.readers[reader] }?.yield()
    }

    func left(_ reader: Int, of id: CallIdentifier) {
        state.withLock { state in
            state.readers -= 1
            state.calls[id]?.readers[reader] = nil
        }
    }
}
