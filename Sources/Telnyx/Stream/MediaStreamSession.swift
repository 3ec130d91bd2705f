internal import DequeModule
public import TelephonyPrimitives

/// One media stream, from our side: what comes on the WebSocket goes in, what is to be done comes out. No socket, no clock.
///
/// Sound comes out in order, with what is missing told; sound of ours is sent at the pace at which it is heard and a little
/// ahead, so that ``clear(now:)`` cuts it off at once when the caller speaks.
public struct MediaStreamSession: Sendable {
    public struct Settings: Sendable, Hashable {
        /// The leg that the stream must be of; `nil`: any.
        public var call: CallControlID?
        /// How our sound is coded: what was asked for as `stream_bidirectional_codec`.
        public var reply = StreamFormat(.pcmu, sampleRate: 8_000)
        /// How long sound waits for what should be before it.
        public var patience = Duration.milliseconds(60)
        /// How far ahead of what is heard our sound is sent.
        public var lead = Duration.milliseconds(200)
        /// Sound of ours that may wait here.
        public var capacity = Duration.seconds(120)
        /// How long the socket may take nothing.
        public var sendTimeout = Duration.seconds(5)
        /// How long `start` may take.
        public var startTimeout = Duration.seconds(10)

        public init() {}
    }

    /// Why it is over.
    public enum End: Sendable, Hashable {
        /// Telnyx ended the stream; what became of the call, a webhook tells.
        case stopped
        /// The socket was closed; Telnyx may open another for the same call.
        case closed
        /// We ended it.
        case left
        /// The stream is of another call than it should be.
        case wrongCall
        /// `start` did not come.
        case noStart
        /// The socket took nothing for too long.
        case stalled
    }

    public enum Action: Sendable, Hashable {
        /// Send this text message.
        case send(String)
        /// The stream is there; once more when Telnyx starts anew on the same socket.
        case began(StreamStart)
        /// The next sound of a track; `lost` pieces before it never came.
        case heard(StreamMedia, lost: Int)
        /// Microseconds since 1970.
        case pressed(PressedDigits, occurredAt: Int64?)
        /// A mark of ours has come back: what was before it has been heard, or was dropped.
        case reached(mark: String, isHeard: Bool)
        /// So much sound of ours was too much, and dropped.
        case dropped(Duration)
        /// Something that can't be made sense of; for the record.
        case complaint(String)
        case close(code: UInt16, reason: String)
        case ended(End)
    }

    private struct Mark: Sendable {
        let name: String
        var isCut = false
    }

    /// Complaints that are told of one stream.
    static let maximumComplaints = 20

    public let settings: Settings
    /// What the stream is about, once it is there.
    public private(set) var start: StreamStart?
    /// Pieces that came after they had been given up, or twice.
    public var late: Int { inbound.late + outbound.late }
    private let opened: Instant
    private var isOver = false
    private var complaints = 0
    private var inbound: ChunkOrder
    private var outbound: ChunkOrder
    private var sequence = SequenceWindow()
    private var queue: SoundQueue
    /// Sent, and not come back.
    private var marks: Deque<Mark> = []
    /// Until when Telnyx has sound of ours.
    private var sentUntil: Instant
    private var blockedSince: Instant?
    /// When less than a piece came last, with nothing in front of it.
    private var restSince: Instant?

    /// - Parameters:
    ///   - settings: what is expected, and how patient to be.
    ///   - now: when the WebSocket was opened.
    public init(_ settings: Settings = Settings(), now: Instant) {
        self.settings = settings
        opened = now
        sentUntil = now
        inbound = ChunkOrder(patience: settings.patience)
        outbound = ChunkOrder(patience: settings.patience)
        queue = SoundQueue(settings.reply, capacity: settings.capacity)
    }

    /// When ``tick(now:)`` is to be called.
    public var deadline: Instant? {
        guard !isOver else { return nil }
        var times = [inbound.deadline, outbound.deadline, blockedSince.map { $0 + settings.sendTimeout }].compactMap(
            \.self)
        if start == nil { times.append(opened + settings.startTimeout) }
        if blockedSince == nil, start != nil, !queue.isEmpty {
            times.append(restDue ?? pieceDue)
        }
        return times.min()
    }

    /// When the next piece is sent: so that Telnyx has no more than the lead, and one piece at least.
    private var pieceDue: Instant {
        guard case .sound(_, let length)? = queue.first else { return sentUntil }
        return min(sentUntil, sentUntil + length - settings.lead)
    }

    /// When less than a piece is filled up: when it would be heard too late, and not while more is on its way.
    private var restDue: Instant? {
        guard queue.hasOnlyRest else { return nil }
        return restSince.map { max(sentUntil, $0 + .milliseconds(SoundQueue.pieceMs)) } ?? sentUntil
    }

    /// How long our sound that is not sent yet lasts.
    public var queued: Duration { queue.duration }

    /// How much more there is room for.
    public var room: Duration { settings.capacity - queue.duration }

    // MARK: From Telnyx

    /// Takes in a text message.
    public mutating func receive(_ text: [UInt8], now: Instant) -> [Action] {
        guard !isOver else { return [] }
        let message: StreamMessage
        do throws(StreamMessageError) {
            message = try StreamMessage(parsing: text)
        } catch {
            return complain("\(error)")
        }
        if let number = message.sequence, !sequence.take(number) {
            return complain("Telnyx sent message \(number) twice.")
        }
        switch message.event {
        case .connected: return []
        case .start(let start): return begin(start, now: now)
        case .media(let media): return hear(media, now: now)
        case .dtmf(let digit, let occurredAt): return [.pressed(digit, occurredAt: occurredAt)]
        case .mark(let name): return reach(name)
        case .stop: return drain() + end(.stopped)
        case .error(let complaint): return complain(complaint.description)
        case .unknown(let name): return complain("Telnyx sent an event that is not known: \(name).")
        }
    }

    /// Takes in a binary message, of which there are none.
    public mutating func receiveBinary() -> [Action] {
        isOver ? [] : complain("Telnyx sent a binary message.")
    }

    private mutating func begin(_ start: StreamStart, now: Instant) -> [Action] {
        if let call = settings.call, start.control != call {
            return complain("The stream is of another call than its URL was made for.")
                + [.close(code: 1008, reason: "another call")] + end(.wrongCall)
        }
        let rest = drain()
        inbound = ChunkOrder(patience: settings.patience)
        outbound = ChunkOrder(patience: settings.patience)
        self.start = start
        return rest + [.began(start)] + pump(now: now)
    }

    private mutating func hear(_ media: StreamMedia, now: Instant) -> [Action] {
        guard start != nil else { return complain("Telnyx sent sound before `start`.") }
        let pieces =
            switch media.track {
            case .inbound: inbound.receive(media, now: now)
            case .outbound: outbound.receive(media, now: now)
            }
        return pieces.map { .heard($0.media, lost: $0.lost) }
    }

    private mutating func drain() -> [Action] {
        (inbound.release() + outbound.release()).map { .heard($0.media, lost: $0.lost) }
    }

    private mutating func reach(_ name: String) -> [Action] {
        guard let place = marks.firstIndex(where: { $0.name == name }) else {
            return complain("Telnyx sent back a mark that was not sent.")
        }
        let mark = marks.remove(at: place)
        return [.reached(mark: name, isHeard: !mark.isCut)]
    }

    // MARK: To Telnyx

    /// Plays sound after what is queued.
    ///
    /// - Parameters:
    ///   - payload: in the format of ``Settings/reply``: any length of PCMU, PCMA, G722 or L16, one packet of another.
    ///   - now: never earlier than before.
    public mutating func play(_ payload: [UInt8], now: Instant) -> [Action] {
        guard !isOver, !payload.isEmpty else { return [] }
        guard let excess = queue.add(payload) else {
            return complain("What should be played is no sound in \(settings.reply).")
        }
        let actions = pump(now: now)
        restSince = queue.hasOnlyRest ? now : nil
        return (excess > .zero ? [.dropped(excess)] : []) + actions
    }

    /// Has ``Action/reached(mark:isHeard:)`` tell when everything before has been heard.
    ///
    /// - Parameters:
    ///   - name: 1 to ``StreamMessage/maximumMarkName`` octets.
    ///   - now: never earlier than before.
    public mutating func mark(_ name: String, now: Instant) -> [Action] {
        guard !isOver else { return [] }
        guard (1...StreamMessage.maximumMarkName).contains(name.utf8.count), marks.count < SoundQueue.maximumMarks,
            queue.add(mark: name)
        else { return complain("A mark has no name, too long a one, or there are too many.") }
        return pump(now: now)
    }

    /// Drops what is queued, here and at Telnyx: the caller speaks.
    public mutating func clear(now: Instant) -> [Action] {
        guard !isOver else { return [] }
        let dropped = queue.clear()
        for place in marks.indices { marks[place].isCut = true }
        sentUntil = now
        // In front of everything: nothing is kept for a socket that is slow.
        return [.send(StreamOrder.clear.json)] + dropped.map { .reached(mark: $0, isHeard: false) }
    }

    /// Fills what is less than 20 ms up with silence and sends it: nothing more is said for now.
    public mutating func flush(now: Instant) -> [Action] {
        guard !isOver else { return [] }
        queue.fill()
        return pump(now: now)
    }

    private mutating func pump(now: Instant) -> [Action] {
        guard start != nil, blockedSince == nil else { return [] }
        var actions: [Action] = []
        if sentUntil < now { sentUntil = now }
        while let item = queue.first {
            switch item {
            case .sound(let payload, let length):
                guard pieceDue <= now else { return actions }
                sentUntil = sentUntil + length
                actions.append(.send(StreamOrder.media(payload).json))
            case .mark(let name):
                marks.append(Mark(name: name))
                actions.append(.send(StreamOrder.mark(name).json))
            }
            _ = queue.popFirst()
        }
        return actions
    }

    // MARK: The socket

    /// The socket takes nothing for now, or takes something again.
    public mutating func socket(isWritable: Bool, now: Instant) -> [Action] {
        guard !isOver else { return [] }
        guard isWritable else {
            if blockedSince == nil { blockedSince = now }
            return []
        }
        blockedSince = nil
        return pump(now: now)
    }

    /// The socket is closed.
    public mutating func closed() -> [Action] {
        isOver ? [] : drain() + end(.closed)
    }

    /// Ends the stream; the call goes on.
    public mutating func leave() -> [Action] {
        isOver ? [] : [.close(code: 1000, reason: "")] + end(.left)
    }

    /// What is due by now.
    public mutating func tick(now: Instant) -> [Action] {
        guard !isOver else { return [] }
        if start == nil, opened + settings.startTimeout <= now {
            return [.close(code: 1008, reason: "no start")] + end(.noStart)
        }
        if let blockedSince, blockedSince + settings.sendTimeout <= now {
            return [.close(code: 1011, reason: "nothing is taken")] + end(.stalled)
        }
        let pieces = inbound.tick(now: now) + outbound.tick(now: now)
        if let restDue, restDue <= now { queue.fill() }
        return pieces.map { .heard($0.media, lost: $0.lost) } + pump(now: now)
    }

    private mutating func end(_ end: End) -> [Action] {
        isOver = true
        // Nobody will tell of these any more.
        let unheard = marks.map { Action.reached(mark: $0.name, isHeard: false) }
        let dropped = queue.clear().map { Action.reached(mark: $0, isHeard: false) }
        marks = []
        return unheard + dropped + [.ended(end)]
    }

    private mutating func complain(_ sentence: String) -> [Action] {
        guard complaints < Self.maximumComplaints else { return [] }
        complaints += 1
        return [
            .complaint(complaints == Self.maximumComplaints ? sentence + " Further complaints are not told." : sentence)
        ]
    }
}
