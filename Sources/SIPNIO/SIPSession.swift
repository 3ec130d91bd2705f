internal import SDP
public import SIPCore
internal import Synchronization

/// A call as its signalling sees it, from INVITE to BYE.
///
/// Bodies are the application's: it writes the session descriptions and carries the sound. A session that nobody holds
/// any more goes on until one side ends it.
public final class SIPSession: Sendable {
    /// Whose call it is.
    public let userAgent: SIPUserAgent

    /// Who sent the INVITE.
    public enum Direction: Hashable, Sendable {
        case incoming, outgoing
    }

    /// Its number in the user agent's core.
    public let id: SessionID
    public let direction: Direction
    /// The INVITE that came; `nil` for a call of ours.
    public let invite: Request?
    /// All that happens, in order; the last one is `.ended`. For one reader.
    public let events: AsyncStream<UserAgentCore.Event>

    private enum State {
        case starting
        case up(Response?)
        case over(SessionEnd)
    }

    private struct Waiters {
        var state = State.starting
        var forAnswer: [CheckedContinuation<Result<Response?, SIPSessionError>, Never>] = []
        var forEnd: [CheckedContinuation<SessionEnd, Never>] = []
        /// A change of ours has no outcome yet.
        var changeIsOpen = false
        var forChange: [CheckedContinuation<Result<Response, SIPSessionError>?, Never>] = []
        /// The session description that we sent last.
        var description: [UInt8]?
    }

    private let sink: AsyncStream<UserAgentCore.Event>.Continuation
    private let waiters = Mutex(Waiters())

    init(id: SessionID, invite: Request?, userAgent: SIPUserAgent) {
        self.id = id
        self.invite = invite
        self.userAgent = userAgent
        direction = invite == nil ? .outgoing : .incoming
        // Whoever does not read loses the oldest, and never the end.
        (events, sink) = AsyncStream.makeStream(of: UserAgentCore.Event.self, bufferingPolicy: .bufferingNewest(256))
    }

    /// Who calls, and who says so; `nil` for a call of ours.
    public var caller: CallerIdentity? { invite?.caller }

    // MARK: Before the answer

    /// Lets the caller hear that it rings, or gives it sound before the answer.
    ///
    /// - Parameters:
    ///   - status: 101…199, by default 180.
    ///   - body: a session description for early media, with 183.
    ///   - headers: further header fields.
    public func ring(status: Int = 180, body: Body? = nil, headers: HeaderFields = []) async {
        remember(body)
        await userAgent.perform(.ring(id, status: status, body: body, headers: headers))
    }

    /// Answers a call that came (200).
    ///
    /// - Parameters:
    ///   - body: the answer to the INVITE's offer, or an offer when it brought none; the answer then comes with
    ///     `.acknowledged`.
    ///   - headers: further header fields of the 200.
    public func answer(_ body: Body?, headers: HeaderFields = []) async {
        remember(body)
        await userAgent.perform(.answer(id, body: body, headers: headers))
        settle(.up(nil))
    }

    /// Refuses a call that came.
    ///
    /// - Parameters:
    ///   - status: 300…699, e.g. 486 busy, 603 declined.
    ///   - reason: the words of the status line; the standard ones when `nil`.
    ///   - headers: further header fields.
    public func reject(status: Int = 603, reason: String? = nil, headers: HeaderFields = []) async {
        await userAgent.perform(.reject(id, status: status, reason: reason, headers: headers))
    }

    /// Waits until the other side has answered our call.
    ///
    /// - Returns: the 2xx; its body is the answer to our offer.
    /// - Throws: ``SIPSessionError/ended(_:)`` when it was refused, or given up.
    public func answered() async throws(SIPSessionError) -> Response {
        let result = await withCheckedContinuation { continuation in
            let known: Result<Response?, SIPSessionError>? = waiters.withLock { waiters in
                switch waiters.state {
                case .starting:
                    waiters.forAnswer.append(continuation)
                    return nil
                case .up(let response): return .success(response)
                case .over(let end): return .failure(.ended(end))
                }
            }
            if let known { continuation.resume(returning: known) }
        }
        guard let response = try result.get() else { throw .notOurs }
        return response
    }

    // MARK: While it is up

    /// Sends the ACK with the answer, after `.answered(…, offerPending: true)`.
    public func acknowledge(_ answer: Body) async {
        remember(answer)
        await userAgent.perform(.acknowledge(id, body: answer))
    }

    /// Offers a change, e.g. a hold (re-INVITE, RFC 3261 §14); the outcome comes as `.reinviteAnswered` or
    /// `.reinviteFailed`.
    ///
    /// - Parameter offer: the new session description; `nil` asks the other side for one.
    public func change(to offer: Body?) async {
        remember(offer)
        openChange()
        await userAgent.perform(.reinvite(id, body: offer))
    }

    /// Takes a change of the other side, after `.reinvite`.
    ///
    /// - Parameter answer: the answer to its offer.
    public func acceptChange(_ answer: Body?) async {
        remember(answer)
        await userAgent.perform(.answerReinvite(id, body: answer))
    }

    /// Refuses a change of the other side, after `.reinvite`; the call goes on as it was.
    ///
    /// - Parameter status: 300…699, by default 488.
    public func refuseChange(status: Int = 488) async {
        await userAgent.perform(.rejectReinvite(id, status: status))
    }

    /// Asks the other side to call somebody else (REFER, RFC 3515); how it fares comes as `.transfer`.
    ///
    /// - Parameters:
    ///   - target: a URI.
    ///   - headers: further header fields, e.g. Referred-By.
    ///   - wantsReports: whether the other side shall tell how it goes; it may do so all the same (RFC 4488).
    public func transfer(to target: String, headers: HeaderFields = [], wantsReports: Bool = true) async {
        await userAgent.perform(.refer(id, target: target, headers: headers, wantsReports: wantsReports))
    }

    /// Asks the other side to take our place in another call of ours: an attended transfer (RFC 5589 §7). How it fares
    /// comes as `.transfer`; the other call ends when its peer has taken the new one.
    ///
    /// - Parameters:
    ///   - other: a call that is up, with whom the other side shall speak.
    ///   - headers: further header fields, e.g. Referred-By.
    ///   - wantsReports: whether the other side shall tell how it goes; it may do so all the same (RFC 4488).
    public func transfer(to other: SIPSession, headers: HeaderFields = [], wantsReports: Bool = true) async {
        await userAgent.perform(.transfer(id, to: other.id, headers: headers, wantsReports: wantsReports))
    }

    /// Sends the PRACK of a reliable provisional response, after `.acknowledgementOwed` (RFC 3262).
    ///
    /// - Parameters:
    ///   - response: the response of the event.
    ///   - answer: the answer to the offer that it carries.
    public func acknowledgeProvisional(_ response: Response, answer: Body?) async {
        remember(answer)
        await userAgent.perform(.acknowledgeProvisional(id, response, body: answer))
    }

    /// Offers a change by UPDATE (RFC 3311), which goes before the answer, too; told like ``change(to:)``.
    public func update(to offer: Body?) async {
        remember(offer)
        openChange()
        await userAgent.perform(.update(id, body: offer))
    }

    /// Puts the other side on hold: the description that we sent last is offered again with every stream `sendonly`
    /// (RFC 3264 §8.4), and the answer awaited. Glare with a change of theirs is resolved meanwhile.
    ///
    /// - Parameter direction: `inactive` to send nothing, either.
    /// - Returns: their 2xx, with the answer.
    /// - Throws: ``SIPSessionError/noDescription`` when this call has none that can be read,
    ///   ``SIPSessionError/changeRefused(status:)`` when they refuse, ``SIPSessionError/ended(_:)``.
    @discardableResult
    public func hold(_ direction: HoldDirection = .sendonly) async throws(SIPSessionError) -> Response {
        try await turn(direction == .inactive ? .inactive : .sendonly)
    }

    /// Takes the other side back from hold; as ``hold(_:)``, with every stream `sendrecv`.
    @discardableResult
    public func resume() async throws(SIPSessionError) -> Response {
        try await turn(.sendrecv)
    }

    /// What still flows while the other side is on hold.
    public enum HoldDirection: Sendable {
        /// We go on sending, e.g. music.
        case sendonly
        /// Nothing flows.
        case inactive
    }

    private func turn(_ direction: StreamDirection) async throws(SIPSessionError) -> Response {
        // One change at a time: the outcome of another one must not be taken for ours.
        while await outcome(of: nil) != nil {}
        guard let last = waiters.withLock({ $0.description }), let description = try? SessionDescription(parsing: last)
        else { throw .noDescription }
        let offer = Body(contentType: "application/sdp", octets: description.turned(direction).serialized)
        guard let outcome = await outcome(of: offer) else { return try await turn(direction) }
        return try outcome.get()
    }

    /// Waits for the outcome of a change of ours.
    ///
    /// - Parameter offer: what is offered now; `nil` waits for the change that is open.
    /// - Returns: `nil` when there is no open change to wait for, or one that is in the way of `offer`.
    private func outcome(of offer: Body?) async -> Result<Response, SIPSessionError>? {
        await withCheckedContinuation { continuation in
            let known: Result<Response, SIPSessionError>?? = waiters.withLock { waiters in
                if case .over(let end) = waiters.state { return offer == nil ? .some(nil) : .failure(.ended(end)) }
                guard waiters.changeIsOpen == (offer == nil) else { return .some(nil) }
                if let offer {
                    waiters.changeIsOpen = true
                    waiters.description = offer.octets
                }
                waiters.forChange.append(continuation)
                return nil
            }
            if let known {
                continuation.resume(returning: known)
            } else if let offer {
                Task { await userAgent.perform(.reinvite(id, body: offer)) }
            }
        }
    }

    /// Notes that a change of ours is under way; before the call is up there is none to hold it up for.
    private func openChange() {
        waiters.withLock { if case .up = $0.state { $0.changeIsOpen = true } }
    }

    func remember(_ body: Body?) {
        guard let body, body.contentType.lowercased().hasPrefix("application/sdp") else { return }
        waiters.withLock { $0.description = body.octets }
    }

    /// Sends an INFO (RFC 6086).
    ///
    /// - Parameters:
    ///   - body: what it is about.
    ///   - package: the package that it is of (Info-Package). It goes out only to a peer whose Recv-Info names it.
    ///   - disposition: the Content-Disposition; `nil` means that of a package's body, where there is a package.
    ///   - headers: further header fields.
    public func info(
        _ body: Body?, package: String? = nil, disposition: String? = nil, headers: HeaderFields = []
    ) async {
        await userAgent.perform(.info(id, body, headers: headers, package: package, disposition: disposition))
    }

    // MARK: The end

    /// Ends the call: CANCEL, BYE or a refusal, as its state asks.
    ///
    /// - Parameters:
    ///   - reason: the value of a Reason header (RFC 3326), e.g. `Q.850;cause=16`.
    ///   - headers: further header fields.
    public func hangUp(reason: String? = nil, headers: HeaderFields = []) async {
        await userAgent.perform(.end(id, reasonHeader: reason, headers: headers))
    }

    /// Waits until the call is over.
    ///
    /// - Returns: how it ended.
    public func ended() async -> SessionEnd {
        await withCheckedContinuation { continuation in
            let known: SessionEnd? = waiters.withLock { waiters in
                if case .over(let end) = waiters.state { return end }
                waiters.forEnd.append(continuation)
                return nil
            }
            if let known { continuation.resume(returning: known) }
        }
    }

    // MARK: From the user agent

    func deliver(_ event: UserAgentCore.Event) {
        sink.yield(event)
        switch event {
        case .answered(_, let response, _): settle(.up(response))
        case .reinviteAnswered(_, let response): settleChange(.success(response))
        case .reinviteFailed(_, let status): settleChange(.failure(.changeRefused(status: status)))
        case .ended(_, let end):
            settle(.over(end))
            sink.finish()
        default: break
        }
    }

    private func settleChange(_ result: Result<Response, SIPSessionError>) {
        let waiting = waiters.withLock { waiters in
            defer { waiters.forChange = [] }
            waiters.changeIsOpen = false
            return waiters.forChange
        }
        for waiter in waiting { waiter.resume(returning: result) }
    }

    private func settle(_ state: State) {
        let (forAnswer, forEnd) = waiters.withLock { waiters in
            if case .over = waiters.state { return (waiters.forAnswer, waiters.forEnd) }
            waiters.state = state
            let asked = waiters.forAnswer
            waiters.forAnswer = []
            guard case .over = state else { return (asked, []) }
            defer { waiters.forEnd = [] }
            return (asked, waiters.forEnd)
        }
        for waiter in forAnswer {
            switch state {
            case .starting: break
            case .up(let response): waiter.resume(returning: .success(response))
            case .over(let end): waiter.resume(returning: .failure(.ended(end)))
            }
        }
        guard case .over(let end) = state else { return }
        settleChange(.failure(.ended(end)))
        for waiter in forEnd { waiter.resume(returning: end) }
    }
}

/// Why a session can't do what was asked.
public enum SIPSessionError: Error, Sendable, CustomStringConvertible {
    /// The call is over.
    case ended(SessionEnd)
    /// The call came from the other side: there is no answer of its to wait for.
    case notOurs
    /// This is no SIP URI.
    case badTarget(String)
    /// No session description was sent yet in this call, or the last one can't be read: there is nothing to turn.
    case noDescription
    /// The other side does not take the change; the call goes on as it was.
    case changeRefused(status: Int)

    public var description: String {
        switch self {
        case .ended(let end): "the call has ended: \(end.reason)"
        case .notOurs: "the call came from the other side, which does not answer it"
        case .noDescription: "there is no session description of ours to change; use change(to:) with one"
        case .changeRefused(let status): "the other side refused the change with \(status); the call goes on as it was"
        case .badTarget(let text): "'\(text)' is no SIP URI; one looks like sip:alice@example.com"
        }
    }
}
