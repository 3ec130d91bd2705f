internal import Logging
internal import NIOCore
public import RTPMedia
internal import SDP
internal import SIPCore
internal import SIPNIO
internal import TelephonyPrimitives

/// A ``Call`` over SIP and RTP. It lives on the loop of its sound.
public actor SIPCall: Call {
    public nonisolated let id: CallIdentifier
    public nonisolated let direction: CallDirection
    public nonisolated let remote: CallParty
    public nonisolated let local: CallParty
    /// That of the codec that was agreed on first; it stays the same for the whole call, whatever is agreed on later.
    public nonisolated var sampleRate: Int { media.sampleRate }
    public nonisolated var audio: CallAudio { media.audio }
    public nonisolated let events: AsyncStream<CallEvent>
    public nonisolated let quality: AsyncStream<QualityReport>
    public nonisolated var unownedExecutor: UnownedSerialExecutor {
        unsafe media.loop.executor.asUnownedSerialExecutor()
    }

    nonisolated let session: SessionID
    nonisolated let media: MediaStream
    nonisolated let logger: Logger
    private nonisolated let userAgent: SIPUserAgent
    /// Kept alive: this call's methods run on one of them.
    private nonisolated let loops: MediaLoops
    nonisolated let inbox: AsyncStream<UserAgentCore.Event>.Continuation
    nonisolated let eventSink: AsyncStream<CallEvent>.Continuation
    nonisolated let qualitySink: AsyncStream<QualityReport>.Continuation
    nonisolated let metrics: MediaMetrics

    enum Phase {
        case starting
        case up
        case over(CallEnd)
    }

    /// A hold or resume that was asked for.
    struct WantedChange {
        var direction: StreamDirection
        /// The other side has seen its offer, and refused it for the moment.
        var wasSeen = false
    }

    typealias Waiter = CheckedContinuation<Result<Void, CallError>, Never>

    var phase = Phase.starting
    var negotiation: MediaNegotiation?
    /// An offer of ours waits for its answer.
    var offerIsOpen = false
    /// That offer is in a 200, so that the ACK has to bring the answer. A hold that was asked for before the ACK came
    /// is an open offer, too, but the ACK has nothing to do with it.
    var answerComesWithACK = false
    /// The change of ours that waits for its turn or for its answer.
    var change: WantedChange?
    var remoteHold = false
    /// What the other side's INVITE or answer said of what it can do.
    var peer = PeerAbilities()
    /// The other side has taken up our request to call somebody else.
    var transferred = false
    /// Something has come back for our INVITE, if only 100 Trying.
    private(set) var isHeard = false
    /// Our call rang for longer than it may.
    var rangTooLong = false
    var answerWaiter: Waiter?
    var changeWaiter: Waiter?
    var transferWaiter: Waiter?
    var progress: (@Sendable (CallProgress) -> Void)?
    var ringMilliseconds: Double?
    var setupMilliseconds: Double?
    let born: Instant

    init(
        id: CallIdentifier, direction: CallDirection, remote: CallParty, local: CallParty, session: SessionID,
        place: MediaLoops.Place, loops: MediaLoops, userAgent: SIPUserAgent, logger: Logger,
        journal: (any JournalSink)? = nil
    ) {
        self.id = id
        self.direction = direction
        self.remote = remote
        self.local = local
        self.session = session
        self.userAgent = userAgent
        self.loops = loops
        var logger = logger
        logger[metadataKey: "call"] = "\(id)"
        self.logger = logger
        media = MediaStream(id: session.number, place: place, trace: loops.trace, journal: journal)
        metrics = loops.metrics
        (quality, qualitySink) = AsyncStream.makeStream(of: QualityReport.self, bufferingPolicy: .bufferingNewest(60))
        (events, eventSink) = AsyncStream.makeStream(of: CallEvent.self, bufferingPolicy: .bufferingNewest(1000))
        born = .now
        let (inputs, inbox) = AsyncStream.makeStream(of: UserAgentCore.Event.self)
        self.inbox = inbox
        // Unstructured, since a call lives until its signalling says that it is over, whoever lost interest in it.
        Task { await self.run(inputs) }
    }

    // MARK: Setting up

    /// Opens the sockets for sound.
    ///
    /// - Parameter announced: the address that the other side is told.
    func openMedia(
        on ip: IPAddress, announced: IPAddress, ports: PortRange, codecs: [VoiceCodec], security: SRTPPolicy,
        flow: Flow
    ) async throws {
        await media.setEventHandler { [weak self] event in
            self?.assumeIsolated { $0.handle(event) }
        }
        let bound = try await media.open(on: ip, ports: ports)
        let random = UInt64.random(in: 1...UInt64(Int64.max >> 1))
        negotiation = MediaNegotiation(
            local: TransportAddress(ip: announced, port: bound.port), codecs: codecs, security: security,
            isSignallingSecure: flow.protocol.isSecure, signallingHost: flow.remote.ip,
            ssrc: UInt32.random(in: 1...UInt32.max), sessionID: random)
    }

    /// Answers the offer of an INVITE, or makes one of our own when it brought none.
    func describe(offer: [UInt8]?) async throws(NegotiationFailure) -> Body {
        guard negotiation != nil else { throw NegotiationFailure(status: 500, sentence: "No sound was prepared.") }
        guard let offer else {
            offerIsOpen = true
            answerComesWithACK = direction == .incoming
            return negotiation?.makeOffer(direction: .sendrecv)
                ?? Body(contentType: MediaNegotiation.contentType, octets: [])
        }
        guard let answer = try negotiation?.receiveOffer(offer) else {
            throw NegotiationFailure(status: 500, sentence: "No sound was prepared.")
        }
        return answer
    }

    /// Lets sound flow by what was agreed; does nothing while an answer is still awaited.
    func startMedia() async {
        guard let configuration = negotiation?.configuration else { return }
        await media.configure(configuration)
    }

    func becameUp(_ peer: PeerAbilities) {
        guard case .starting = phase else { return }
        phase = .up
        self.peer = peer
        setupMilliseconds = setupMilliseconds ?? milliseconds(since: born)
    }

    /// Waits for the outcome of an outgoing call.
    func waitForAnswer(progress: @escaping @Sendable (CallProgress) -> Void) async throws(CallError) {
        self.progress = progress
        let result: Result<Void, CallError> = await withCheckedContinuation { continuation in
            switch phase {
            case .starting: answerWaiter = continuation
            case .up: continuation.resume(returning: .success(()))
            case .over(let end): continuation.resume(returning: .failure(.ended(end)))
            }
        }
        try result.get()
    }

    /// Whether nothing has come back for our INVITE yet.
    var isUnheard: Bool {
        if case .starting = phase { !isHeard } else { false }
    }

    func hear() { isHeard = true }

    /// Ends an outgoing call that nobody answered in time.
    func giveUp() async {
        guard case .starting = phase else { return }
        rangTooLong = true
        await hangUp(reason: .normal)
    }

    func milliseconds(since start: Instant) -> Double {
        (Instant.now - start).inSeconds * 1000
    }

    private func ensureUp() throws(CallError) {
        if case .over(let end) = phase { throw .ended(end) }
    }

    // MARK: Sound

    /// From whatever the caller runs on: a frame costs no hop to the loop of the sound.
    public nonisolated func play(_ frame: PCMFrame) async throws(CallError) {
        guard frame.sampleRate == sampleRate else {
            try await ensureUp()
            throw .unsupportedSampleRate(frame.sampleRate)
        }
        guard await !media.outgoing.play(frame.samples) else { return }
        try await ensureUp()
    }

    @discardableResult public nonisolated func flush() async -> Int { media.outgoing.flush() }
    public nonisolated func playedSamples() async -> Int { media.outgoing.played }
    public nonisolated func drain() async { await media.outgoing.drain() }
    public func setFrontEnd(_ configuration: SpeechFrontEndConfiguration?) async throws(SpeechFrontEndError) {
        try await media.setFrontEnd(configuration)
    }

    public func speechObservation() async -> SpeechObservation? { await media.observation }

    public func setTap(_ tap: CallTap?) async { await media.setTap(tap) }

    public func sendDTMF(_ digits: String) async throws(CallError) {
        try ensureUp()
        for digit in digits where !"0123456789*#ABCDabcd,".contains(digit) { throw .notADigit(digit) }
        await media.sendDTMF(digits)
    }

    // MARK: Changing and ending

    public func hold() async throws(CallError) { try await offer(direction: .sendonly) }
    public func resume() async throws(CallError) { try await offer(direction: .sendrecv) }

    private func offer(direction: StreamDirection) async throws(CallError) {
        try ensureUp()
        guard changeWaiter == nil, !offerIsOpen, let body = negotiation?.makeOffer(direction: direction) else {
            throw .busy
        }
        offerIsOpen = true
        change = WantedChange(direction: direction)
        let result: Result<Void, CallError> = await withCheckedContinuation { continuation in
            changeWaiter = continuation
            perform(.reinvite(session, body: body))
        }
        try result.get()
    }

    public func transfer(to target: String) async throws(CallError) {
        try await transfer(to: target, headers: [])
    }

    public func transfer(to target: String, headers: [(name: String, value: String)]) async throws(CallError) {
        try ensureUp()
        guard transferWaiter == nil else { throw .busy }
        guard let target = TransferTarget(target) else { throw .badTarget(target) }
        try await refer { session in .refer(session, target: target.text, headers: HeaderFields(headers)) }
    }

    public var takesAttendedTransfer: Bool { peer.takesRefer && peer.takesReplaces }

    public func transfer(to other: any Call) async throws(CallError) {
        try ensureUp()
        guard transferWaiter == nil else { throw .busy }
        guard let other = other as? SIPCall, other.userAgent === userAgent, other !== self else {
            throw .badTarget(other.remote.address)
        }
        let place = other.session
        try await refer { session in .transfer(session, to: place) }
    }

    private func refer(_ command: (SessionID) -> UserAgentCore.Command) async throws(CallError) {
        let command = command(session)
        let result: Result<Void, CallError> = await withCheckedContinuation { continuation in
            transferWaiter = continuation
            perform(command)
        }
        try result.get()
    }

    public func hangUp(reason: HangUpReason) async {
        await hangUp(reason: reason, headers: [])
    }

    public func hangUp(reason: HangUpReason, headers: [(name: String, value: String)]) async {
        if case .over = phase { return }
        let text: String? =
            switch reason {
            case .normal: nil
            case .maximumDuration: "SIP;cause=200;text=\"Maximum call length reached\""
            case .budget: "SIP;cause=200;text=\"Budget of the call used up\""
            case .silence: "SIP;cause=200;text=\"Nothing was heard\""
            case .shutdown: "SIP;cause=503;text=\"Shutting down\""
            case .failure: "SIP;cause=500;text=\"Internal failure\""
            }
        logger.info("hanging up", metadata: ["reason": "\(reason.rawValue)"])
        await userAgent.perform(.end(session, reasonHeader: text, headers: HeaderFields(headers)))
    }

    /// Gives the core a command without waiting for it, in order.
    func perform(_ command: UserAgentCore.Command) {
        let userAgent = userAgent
        userAgent.loop.execute { userAgent.assumeIsolated { $0.perform(command) } }
    }
}
