public import Telephony

/// Everything that was kept of a call, as one list in the order in which it happened: what a trace, a page or a diagnosis
/// is a view of.
public struct CallTimeline: Sendable, Equatable {
    /// A SIP message, and what matters of it.
    public struct Message: Sendable, Equatable {
        public var record: MessageRecord
        /// `nil` when it can't be read.
        public var outline: MessageOutline?
        /// Whether the same octets went the same way before.
        public var isRepeated = false
        /// Whether it is of a second call, which was placed for this one's caller.
        public var isOfOtherCall = false
    }

    public enum What: Sendable, Equatable {
        case message(Message)
        case answered
        /// What one side said.
        case turn(TurnRecord)
        /// An answer of the agent's begins, and where the time before it went.
        case answer(TurnLedger)
        /// Which key it was is for the database's owner alone: traces tell that one was pressed.
        case key(KeyRecord)
        case event(kind: String, detail: String)
        case note(key: String, value: String)
        case ended
    }

    public struct Entry: Sendable, Equatable {
        /// Microseconds since the call began.
        public var at: Int
        public var what: What

        /// When it was over: speech lasts.
        var end: Int {
            if case .turn(let turn) = what { max(at, turn.endMs.inMicroseconds) } else { at }
        }
    }

    /// The call as the database has it.
    public var call: StoredCall
    public var entries: [Entry]

    /// - Parameters:
    ///   - call: as the database has it.
    ///   - messages: its SIP messages, in any order.
    public init(_ call: StoredCall, messages: [MessageRecord] = []) {
        let call = call.withSensibleTimes
        self.call = call
        var entries: [(order: Int, entry: Entry)] = []
        // Times of all but messages were cut to their millisecond, so that in it they come last.
        func add(_ milliseconds: Int, _ what: What) {
            entries.append((milliseconds.inMicroseconds + 999, Entry(at: milliseconds.inMicroseconds, what: what)))
        }
        var seen: Set<Seen> = []
        // The call begins with a message of its own.
        var own: String?
        for record in messages.sorted(by: { $0.atMicroseconds < $1.atMicroseconds }) {
            let isNew = seen.insert(Seen(isReceived: record.isReceived, octets: record.octets)).inserted
            var record = record
            record.atMicroseconds = record.atMicroseconds.sensible(upTo: 1_000)
            var message = Message(record: record, outline: MessageOutline(record.octets), isRepeated: !isNew)
            if let outline = message.outline {
                own = own ?? outline.callID
                message.isOfOtherCall = outline.callID != own
            }
            entries.append((record.atMicroseconds, Entry(at: record.atMicroseconds, what: .message(message))))
        }
        if let at = call.answeredMs { add(at, .answered) }
        for event in call.events { add(event.atMs, .event(kind: event.kind, detail: event.detail)) }
        for answer in call.answers { add(answer.atMs, .answer(answer.ledger)) }
        for turn in call.turns { add(turn.startMs, .turn(turn)) }
        for key in call.dtmf { add(key.atMs, .key(key)) }
        for note in call.notes { add(note.atMs, .note(key: note.key, value: note.value)) }
        if let at = call.endedMs { add(at, .ended) }
        self.entries = entries.enumerated().sorted {
            ($0.element.order, $0.offset) < ($1.element.order, $1.offset)
        }.map(\.element.entry)
    }

    private struct Seen: Hashable {
        var isReceived: Bool
        var octets: [UInt8]
    }

    /// The messages among the entries.
    public var messages: [Message] {
        entries.compactMap { if case .message(let message) = $0.what { message } else { nil } }
    }

    /// Those of the call itself, without those of a call that was placed for its caller.
    var ownMessages: [Message] { messages.filter { !$0.isOfOtherCall } }

    /// Our address and that of the other side, as the first message has them.
    var addresses: (local: String, remote: String)? {
        ownMessages.first.map { ($0.record.local, $0.record.remote) }
    }

    /// The latest time that is known, microseconds.
    var end: Int {
        max(entries.map(\.end).max() ?? 0, 0)
    }

    /// The earliest, 0 or before it.
    var start: Int { min(entries.first?.at ?? 0, 0) }
}

extension Int {
    /// Of milliseconds that are ``sensible(upTo:)``.
    var inMicroseconds: Int { sensible(upTo: 1) * 1_000 }

    /// A time of a call out of a file that anybody may have written: within a year of its start, so that nothing overflows.
    fileprivate func sensible(upTo unit: Int) -> Int {
        let year = 366 * 86_400_000 * unit
        return Swift.min(Swift.max(self, -year), year)
    }
}

extension StoredCall {
    fileprivate var withSensibleTimes: StoredCall {
        var call = self
        call.answeredMs = answeredMs.map { max(0, $0.sensible(upTo: 1)) }
        call.endedMs = endedMs.map { max(0, $0.sensible(upTo: 1)) }
        for index in turns.indices {
            call.turns[index].startMs = max(0, turns[index].startMs.sensible(upTo: 1))
            call.turns[index].endMs = max(0, turns[index].endMs.sensible(upTo: 1))
        }
        return call
    }
}
