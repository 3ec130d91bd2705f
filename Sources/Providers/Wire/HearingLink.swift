internal import Agent
internal import TelephonyPrimitives

/// One call's connection to a service that hears: gathers the sound, keeps what has not been understood yet, and sends
/// it again on the next socket when one is lost. No socket, no clock.
struct HearingLink<Dialect: HearingDialect>: Sendable {
    enum Input: Sendable {
        case sound([Int16])
        case finishUtterance
        case expect([String])
        case opened
        case openFailed(ProviderError)
        case text([UInt8])
        /// The socket ended by itself.
        case closed(code: UInt16?, reason: String)
        case failed(ProviderError)
        case tick
        case close
    }

    enum Action: Sendable, Equatable {
        case open
        case sendText(String)
        case sendSound([UInt8])
        case tell(HearingEvent)
        /// Close the socket; what was sent goes out first.
        case drop
        /// Nothing will be heard any more.
        case end
    }

    private enum Phase {
        case connected
        case opening
        case waiting(until: Instant)
        case ended
    }

    private struct Piece {
        var start: Int
        var octets: [UInt8]
    }

    /// Seconds of sound that are kept for the next socket.
    static var keptSeconds: Int { 10 }
    /// Sockets that may be lost in a row.
    static var maximumLosses: Int { 5 }

    let encoding: WireEncoding
    let sampleRate: Int
    private(set) var dialect: Dialect
    private var phase = Phase.opening
    private var positions: StreamPositions
    private var gathered: [Int16] = []
    /// Sound since the last word that is settled, the oldest first.
    private var kept: [Piece] = []
    /// Samples taken in so far.
    private var position = 0
    /// Sockets lost in a row, each soon after it was opened.
    private var losses = 0
    private var openedAt: Instant
    private var owesFinish = false
    /// When anything was last sent, and when there was last no sound without an answer.
    private var lastSent: Instant
    private var lastQuiet: Instant
    private var unanswered = 0

    init(dialect: Dialect, encoding: WireEncoding, sampleRate: Int, now: Instant) {
        self.dialect = dialect
        self.encoding = encoding
        self.sampleRate = sampleRate
        positions = StreamPositions(sampleRate: sampleRate)
        lastSent = now
        lastQuiet = now
        openedAt = now
    }

    /// When a tick is due.
    var deadline: Instant? {
        switch phase {
        case .ended, .opening: return dialect.deadline
        case .waiting(let until): return [until, dialect.deadline].compactMap { $0 }.min()
        case .connected:
            let quiet: Duration =
                switch dialect.quietHabit {
                case .keepAlive(_, let after), .silence(let after): after
                }
            return [lastSent + quiet, silentAt, dialect.deadline].compactMap { $0 }.min()
        }
    }

    /// When the service has been silent for too long.
    private var silentAt: Instant? {
        unanswered > 0 ? dialect.patience.map { lastQuiet + $0 } : nil
    }

    mutating func receive(_ input: Input, now: Instant) -> [Action] {
        var actions: [Action] = []
        if case .ended = phase { return [] }
        switch input {
        case .sound(let samples): hear(samples, now, &actions)
        case .finishUtterance:
            flush(now, &actions)
            say(dialect.finishUtterance(at: position, now: now), now, &actions, orLater: \.owesFinish)
        case .expect(let phrases): if case .connected = phase { say(dialect.expect(phrases), now, &actions) }
        case .opened: opened(now, &actions)
        case .openFailed(let error): lost(error, now, &actions)
        case .text(let octets): understand(octets, now, &actions)
        case .closed(let code, let reason):
            if case .connected = phase { lost(dialect.error(closing: code, reason), now, &actions) }
        case .failed(let error): if case .connected = phase { lost(error, now, &actions) }
        case .tick: tick(now, &actions)
        case .close:
            if case .connected = phase {
                flush(now, &actions)
                actions.append(.sendText(dialect.farewell))
            }
            actions += [.drop, .end]
            phase = .ended
        }
        return actions
    }

    // MARK: What goes out

    private var pieceLength: Int { max(1, sampleRate * dialect.pieceMs / 1_000) }

    private mutating func hear(_ samples: [Int16], _ now: Instant, _ actions: inout [Action]) {
        gathered += samples
        position += samples.count
        if gathered.count >= pieceLength { flush(now, &actions) }
    }

    private mutating func flush(_ now: Instant, _ actions: inout [Action]) {
        guard !gathered.isEmpty else { return }
        let piece = Piece(start: position - gathered.count, octets: encoding.octets(gathered))
        gathered.removeAll(keepingCapacity: true)
        kept.append(piece)
        let oldest = position - Self.keptSeconds * sampleRate
        while let first = kept.first, first.start < oldest { kept.removeFirst() }
        if case .connected = phase { send(piece, now, &actions) }
    }

    private mutating func send(_ piece: Piece, _ now: Instant, _ actions: inout [Action]) {
        positions.sentSound(piece.octets.count / encoding.octetsPerSample)
        if unanswered == 0 { lastQuiet = now }
        unanswered += 1
        lastSent = now
        actions.append(action(sending: piece.octets))
    }

    private func action(sending sound: [UInt8]) -> Action {
        switch dialect.message(carrying: sound) {
        case .binary(let octets): .sendSound(octets)
        case .text(let text): .sendText(text)
        }
    }

    private mutating func say(
        _ texts: [String], _ now: Instant, _ actions: inout [Action], orLater owed: WritableKeyPath<Self, Bool>? = nil
    ) {
        guard !texts.isEmpty else { return }
        guard case .connected = phase else {
            if let owed { self[keyPath: owed] = true }
            return
        }
        actions += texts.map { .sendText($0) }
        lastSent = now
    }

    private mutating func opened(_ now: Instant, _ actions: inout [Action]) {
        guard case .opening = phase else { return }
        phase = .connected
        openedAt = now
        lastSent = now
        unanswered = 0
        let first = kept.first?.start ?? (position - gathered.count)
        positions = StreamPositions(sampleRate: sampleRate, base: first)
        say(dialect.connected(at: first, now: now), now, &actions)
        for piece in kept { send(piece, now, &actions) }
        if owesFinish {
            owesFinish = false
            say(dialect.finishUtterance(at: position, now: now), now, &actions)
        }
    }

    // MARK: What comes in

    private mutating func understand(_ octets: [UInt8], _ now: Instant, _ actions: inout [Action]) {
        guard case .connected = phase else { return }
        guard let message = try? JSONValue(parsing: octets), message.object != nil else {
            lost(.failed("The service sent what is no JSON."), now, &actions)
            return
        }
        unanswered = 0
        // A socket that lives no longer than this is no better than none.
        if openedAt + .seconds(10) <= now { losses = 0 }
        perform(dialect.receive(message, positions, now: now), now, &actions)
    }

    private mutating func perform(_ outcomes: [HearingOutcome], _ now: Instant, _ actions: inout [Action]) {
        for outcome in outcomes {
            switch outcome {
            case .event(let event): actions.append(.tell(event))
            case .settled(let settled):
                let size = encoding.octetsPerSample
                kept.removeAll { $0.start + $0.octets.count / size <= settled }
            case .lost(let error):
                lost(error, now, &actions)
                return
            }
        }
    }

    private mutating func lost(_ error: ProviderError, _ now: Instant, _ actions: inout [Action]) {
        if case .connected = phase { actions.append(.drop) }
        losses += 1
        guard error.mayPass, losses <= Self.maximumLosses else {
            phase = .ended
            actions += [.tell(.failed(error)), .end]
            return
        }
        if losses == 1 {
            phase = .opening
            actions.append(.open)
        } else {
            // 250 ms, then twice as long each time.
            phase = .waiting(until: now + .milliseconds(125 << min(losses - 1, 5)))
        }
    }

    private mutating func tick(_ now: Instant, _ actions: inout [Action]) {
        perform(dialect.tick(now: now), now, &actions)
        switch phase {
        case .waiting(let until) where until <= now:
            phase = .opening
            actions.append(.open)
        case .connected:
            if let silentAt, silentAt <= now {
                lost(.timedOut("The service has said nothing about the sound that it was sent."), now, &actions)
                return
            }
            keepAlive(now, &actions)
        default: break
        }
    }

    private mutating func keepAlive(_ now: Instant, _ actions: inout [Action]) {
        switch dialect.quietHabit {
        case .keepAlive(let text, let after):
            if lastSent + after <= now { say([text], now, &actions) }
        case .silence(let after):
            guard lastSent + after <= now else { return }
            flush(now, &actions)
            // Longer than a second is a time that nobody waited for.
            let quiet = min(lastSent.duration(to: now), .seconds(1))
            let count = Int(quiet.inMilliseconds) * sampleRate / 1_000
            guard count > 0 else { return }
            positions.sentSilence(count)
            lastSent = now
            actions.append(action(sending: encoding.silence(count)))
        }
    }
}

extension HearingLink.Input: SocketInput {
    static func octets(_ octets: [UInt8]) -> Self? { nil }
}
