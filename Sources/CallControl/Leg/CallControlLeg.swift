internal import Telephony
internal import TelephonyPrimitives
internal import Telnyx

/// One leg of a call under Call Control, a value: webhooks, what came of commands, the stream and the time go in; what is to
/// be done comes out.
///
/// Webhooks may be lost, come twice, late and in any order; the stream is the better witness of whether there is a call: one
/// that is streamed was answered, and one whose stream ends without a word of its leg is asked about by a command.
package struct CallControlLeg: Sendable {
    package struct Limits: Sendable {
        /// From the answer to the stream.
        package var stream = Duration.seconds(10)
        /// From the end of the stream to the webhook that explains it.
        package var explanation = Duration.seconds(2)
        /// The same when the WebSocket broke: the caller hears nothing meanwhile.
        package var cut = Duration.milliseconds(500)
        /// From a stream asked for anew to the stream.
        package var restart = Duration.seconds(8)
        /// From our command to hang up to the webhook that says so.
        package var hangUp = Duration.seconds(5)
        /// From the wish to transfer to its outcome.
        package var transfer = Duration.seconds(90)

        package init() {}
    }

    enum Phase {
        /// It rings, and nobody has decided.
        case ringing
        /// The order to answer, or to call, is under way. A call of ours rings until then at most.
        case asking(until: Instant?)
        /// It was answered: the stream has to come.
        case connecting(until: Instant)
        case up
        /// The stream is gone: a webhook may say why.
        case cut(isStopped: Bool, until: Instant)
        /// The stream was asked for anew.
        case restarting(until: Instant)
        /// We hung up, and this is the end that it comes to.
        case ending(CallEnd, until: Instant)
        case over
    }

    let direction: CallDirection
    let limits: Limits
    /// How long a call of ours rings, by Telnyx's clock.
    let ringing: Duration
    /// Whether the stream can be asked for with the answer.
    let streamsWithAnswer: Bool
    /// Where Telnyx is to open the stream, without its token: for explanations.
    let streamURL: String
    var phase: Phase
    /// Whether the stream was ever there.
    var wasUp = false
    /// A stream that breaks is asked for anew once.
    var restarts = 0
    /// The outcome of a transfer is waited for until then.
    var transferUntil: Instant?
    /// The other side talks with somebody else now.
    var isTransferred = false
    /// We have hung up before our call was placed.
    var isWithdrawn = false
    var isPlaced: Bool
    private var keys = PressedKeys()

    /// - Parameters:
    ///   - direction: `incoming` rings until it is told to answer; `outgoing` is dialled at once, see ``dial(now:)``.
    ///   - streamURL: without its token.
    ///   - streamsWithAnswer: whether the stream can be asked for with the answer. Calls of ours ask for it when they are
    ///     answered: its token need not be good for as long as they ring.
    ///   - ringing: how long a call of ours may ring.
    init(
        _ direction: CallDirection, streamURL: String, streamsWithAnswer: Bool = true, limits: Limits = Limits(),
        ringing: Duration = .seconds(45)
    ) {
        self.ringing = ringing
        self.direction = direction
        self.streamURL = streamURL
        self.streamsWithAnswer = streamsWithAnswer
        self.limits = limits
        phase = .ringing
        isPlaced = direction == .incoming
    }

    var isOver: Bool { if case .over = phase { true } else { false } }

    /// When ``tick(now:)`` is to be called.
    var deadline: Instant? {
        let due: Instant? =
            switch phase {
            case .ringing, .up, .over: nil
            case .asking(let until): until
            case .connecting(let until), .cut(_, let until), .restarting(let until), .ending(_, let until): until
            }
        return [due, isOver ? nil : transferUntil].compactMap(\.self).min()
    }

    /// Places our call.
    mutating func dial(now: Instant) -> [LegAction] {
        guard direction == .outgoing, case .ringing = phase else { return [] }
        phase = .asking(until: now + ringing + limits.stream)
        return [.order(.dial)]
    }

    /// Takes something in.
    mutating func receive(_ input: LegInput, now: Instant) -> [LegAction] {
        guard !isOver else { return [] }
        switch input {
        case .webhook(let event, of: .own): return receive(event, now: now)
        case .webhook(let event, of: .target): return target(event)
        case .outcome(let order, let error): return outcome(of: order, error, now: now)
        case .placed: return placed(now: now)
        case .streamBegan: return streamBegan(now: now)
        case .streamEnded(let end): return streamEnded(end, now: now)
        case .pressed(let digits): return press(digits, by: .stream)
        case .answer:
            guard direction == .incoming, case .ringing = phase else { return [] }
            phase = .asking(until: nil)
            return [.order(.answer(withStream: streamsWithAnswer))]
        case .reject(let cause):
            guard direction == .incoming, case .ringing = phase else { return [] }
            let end = CallEnd(cause: .rejected, explanation: "We refused the call.")
            phase = .ending(end, until: now + limits.hangUp)
            return [.order(.reject(cause))]
        case .hangUp(let reason): return hangUp(reason, now: now)
        case .transfer:
            guard transferUntil == nil, !isTransferred else { return [.transferred(.busy)] }
            transferUntil = now + limits.transfer
            return [.order(.transfer)]
        }
    }

    /// What is due by now.
    mutating func tick(now: Instant) -> [LegAction] {
        var actions: [LegAction] = []
        if let until = transferUntil, until <= now, !isOver {
            transferUntil = nil
            actions.append(.transferred(.refused(status: 0, reason: "Telnyx told no outcome of the transfer.")))
        }
        switch phase {
        case .asking(let until?) where until <= now: actions += rangTooLong(now: now)
        case .connecting(let until) where until <= now: actions += hangUp(because: noStream(), now: now)
        case .restarting(let until) where until <= now:
            actions += hangUp(because: "The media stream broke off, and Telnyx did not open it again.", now: now)
        case .cut(let isStopped, let until) where until <= now:
            actions += isStopped ? takenForOver(now: now) : restart(now: now)
        case .ending(let end, let until) where until <= now: actions += finish(end)
        default: break
        }
        return actions
    }

    // MARK: The stream

    private mutating func streamBegan(now: Instant) -> [LegAction] {
        switch phase {
        case .ending, .over: return []
        default: break
        }
        phase = .up
        guard wasUp else {
            wasUp = true
            return direction == .outgoing ? [.progress(status: 200, reason: "OK"), .up] : [.up]
        }
        return [.note(kind: "stream", detail: "The media stream is there again.")]
    }

    private mutating func streamEnded(_ end: MediaStreamSession.End, now: Instant) -> [LegAction] {
        if isTransferred { return finish(CallEnd(cause: .transferred, explanation: Self.transferredSentence)) }
        switch phase {
        case .up:
            phase = .cut(
                isStopped: end == .stopped, until: now + (end == .stopped ? limits.explanation : limits.cut))
            return []
        case .connecting, .asking, .restarting:
            // One that is opened and is none: another may come in its place until the time is over.
            return [.note(kind: "stream", detail: "The media stream ended before it began: \(end.sentence)")]
        default: return []
        }
    }

    private mutating func restart(now: Instant) -> [LegAction] {
        guard restarts == 0 else {
            return hangUp(because: "The media stream broke off again, so that the caller could not be heard.", now: now)
        }
        restarts += 1
        phase = .restarting(until: now + limits.restart)
        return [
            .order(.startStream), .note(kind: "stream", detail: "The media stream broke off, and is asked for anew."),
        ]
    }

    private mutating func takenForOver(now: Instant) -> [LegAction] {
        let end = CallEnd(
            cause: .remoteHangUp,
            explanation: "Telnyx ended the media stream; no webhook said that the call was over, so we hung up as well."
        )
        phase = .ending(end, until: now + limits.hangUp)
        return [.order(.hangUp)]
    }

    func noStream(_ reason: String? = nil) -> String {
        let advice =
            "is call_control.public_url reachable from the internet, with a valid certificate, and does the proxy pass "
            + "WebSockets on?"
        guard let reason else {
            return "Telnyx answered but never opened the media stream to \(streamURL); \(advice)"
        }
        return "Telnyx could not open the media stream to \(streamURL) (\(reason)); \(advice)"
    }

    // MARK: Commands

    private mutating func outcome(of order: LegOrder, _ error: TelnyxError?, now: Instant) -> [LegAction] {
        switch (order, phase) {
        case (.answer(let withStream), .asking):
            if let error { return failed(error, now: now) }
            phase = .connecting(until: now + limits.stream)
            return withStream ? [] : [.order(.startStream)]
        case (.dial, .asking):
            guard let error else { return [] }
            // It may have been placed all the same: its webhooks tell.
            if case .unanswered = error { return [.note(kind: "dial", detail: "\(error)")] }
            return finish(CallEnd(cause: .unreachable, explanation: "The call could not be placed: \(error)"))
        case (.startStream, .connecting), (.startStream, .restarting):
            guard let error else { return [] }
            if error.isCallOver { return failed(error, now: now) }
            return hangUp(because: noStream("\(error)"), now: now)
        case (.hangUp, .ending(let end, _)), (.reject, .ending(let end, _)):
            // That it is over already is what was wanted; else Telnyx ends it by its own limits.
            guard let error, !error.isCallOver else { return finish(end) }
            return [.note(kind: "hang up", detail: "\(error)")] + finish(end)
        case (.transfer, _):
            guard let error, transferUntil != nil else { return [] }
            transferUntil = nil
            return [.transferred(.refused(status: 0, reason: "\(error)"))]
        default: return []
        }
    }

    /// A command that the call needs came to nothing.
    private mutating func failed(_ error: TelnyxError, now: Instant) -> [LegAction] {
        guard !error.isCallOver else {
            return finish(
                wasUp
                    ? CallEnd(
                        cause: .remoteHangUp, explanation: "The call was over; the webhook that says so did not come.")
                    : CallEnd(cause: .cancelled, explanation: "The caller hung up before the call was answered."))
        }
        if case .unanswered = error {
            // It may have been answered: it must not be left to itself.
            return hangUp(because: "The call could not be answered: \(error)", now: now)
        }
        return finish(CallEnd(cause: .failed, explanation: "The call could not be answered: \(error)"))
    }

    private mutating func rangTooLong(now: Instant) -> [LegAction] {
        let end = CallEnd(cause: .noAnswer, explanation: "Nobody answered in time.")
        phase = .ending(end, until: now + limits.hangUp)
        return isPlaced ? [.order(.hangUp)] : []
    }

    private mutating func placed(now: Instant) -> [LegAction] {
        guard !isPlaced else { return [] }
        isPlaced = true
        // We have hung up meanwhile.
        return isWithdrawn ? [.order(.hangUp)] : []
    }

    private mutating func hangUp(_ reason: HangUpReason, now: Instant) -> [LegAction] {
        if isTransferred {
            // The leg is the caller's way to whom they were put through to: only our ear is taken away.
            return [.order(.stopStream)]
                + finish(CallEnd(cause: .transferred, explanation: Self.transferredSentence))
        }
        switch phase {
        case .ending, .over: return []
        case .ringing where direction == .incoming:
            let end = CallEnd(cause: .localHangUp, explanation: "We hung up before the call was answered.")
            phase = .ending(end, until: now + limits.hangUp)
            return [.order(.reject(.rejected))]
        default: break
        }
        let end = CallEnd(cause: .localHangUp, explanation: "We hung up (\(reason.rawValue)).")
        phase = .ending(end, until: now + limits.hangUp)
        guard isPlaced else {
            isWithdrawn = true
            return []
        }
        return [.order(.hangUp)]
    }

    mutating func hangUp(because explanation: String, now: Instant) -> [LegAction] {
        phase = .ending(CallEnd(cause: .failed, explanation: explanation), until: now + limits.hangUp)
        return [.order(.hangUp)]
    }

    mutating func finish(_ end: CallEnd) -> [LegAction] {
        phase = .over
        let wasTransferring = transferUntil != nil
        transferUntil = nil
        return (wasTransferring ? [.transferred(.ended(end))] : []) + [.ended(end)]
    }

    static let transferredSentence = "The caller was put through."

    // MARK: Keys

    /// The stream tells of keys, and so do webhooks.
    mutating func press(_ digits: PressedDigits, by witness: PressedKeys.Witness) -> [LegAction] {
        guard wasUp else { return [] }
        return keys.receive(digits, from: witness).map { .tell(.dtmf(digit: $0, duration: .milliseconds(100))) }
    }
}

extension MediaStreamSession.End {
    var sentence: String {
        switch self {
        case .stopped: "Telnyx ended it."
        case .closed: "its WebSocket was closed."
        case .left: "we closed it."
        case .wrongCall: "it was of another call."
        case .noStart: "its `start` did not come."
        case .stalled: "its WebSocket took nothing for 5 s."
        }
    }
}
