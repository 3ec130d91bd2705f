internal import Logging
internal import NIOCore
internal import RTPMedia
internal import SIPNIO
internal import Telephony
internal import TelephonyPrimitives
internal import Telnyx
internal import WebSockets

/// A ``Call`` whose sound comes and goes over the WebSocket of a media stream, and whose leg is told what to do by commands.
///
/// It lives on the loop of its first WebSocket. A stream that breaks may be followed by another: the call stays the same,
/// and is silent in between.
actor StreamCall: Call {
    nonisolated let id: CallIdentifier
    nonisolated let direction: CallDirection
    nonisolated let remote: CallParty
    nonisolated let local: CallParty
    nonisolated let sampleRate: Int
    nonisolated let audio: CallAudio
    nonisolated let events: AsyncStream<CallEvent>
    nonisolated let quality: AsyncStream<QualityReport>
    nonisolated var unownedExecutor: UnownedSerialExecutor {
        unsafe place.loop.executor.asUnownedSerialExecutor()
    }

    nonisolated let control: any LegControl
    nonisolated let leg: CallControlID?
    nonisolated let outgoing = OutgoingAudio()
    private nonisolated let place: MediaLoops.Place
    /// Kept alive: this call's methods run on one of them.
    private nonisolated let loops: MediaLoops
    private nonisolated let eventSink: AsyncStream<CallEvent>.Continuation
    private nonisolated let qualitySink: AsyncStream<QualityReport>.Continuation
    private nonisolated let number: UInt64
    let reply: StreamFormat

    /// The WebSocket and the protocol on it.
    struct OpenStream: ~Copyable {
        var session: MediaStreamSession
        let channel: any Channel
        let number: Int
        /// Makes samples of what comes; there once `start` has said how that is coded.
        var decoder: StreamSound?
        /// Makes payloads of what goes.
        var encoder: StreamSound
        /// To the call's rate, where what comes has another.
        var inward: Resampler?

        mutating func apply(
            _ body: (inout MediaStreamSession) -> [MediaStreamSession.Action]
        ) -> [MediaStreamSession.Action] {
            body(&session)
        }

        /// At the call's rate.
        mutating func samples(of payload: [UInt8]) -> [Int16] {
            let samples = decoder?.samples(of: payload) ?? []
            return inward?.process(samples) ?? samples
        }
    }

    /// Somebody who waits until what was sent has sounded.
    struct Drain {
        var isReached = false
        let until: Instant
        let continuation: CheckedContinuation<Void, Never>
    }

    var stream: OpenStream?
    var cushion: SoundCushion
    var line = SoundingLine()
    private var heard: HeardSound
    private var spoken: [Int16] = []
    /// Something was sent since the last mark.
    var hasUnmarked = false
    private var wasSending = false
    private var marks = 0
    var drains: [String: Drain] = [:]
    private var isHeld = false
    var figures = StreamFigures()
    private let born: Instant
    private(set) var ending: CallEnd?

    /// - Parameters:
    ///   - reply: how our sound is coded, and by that the call's rate.
    ///   - leg: of which the stream has to be, where that is known.
    ///   - place: on the loop of the WebSocket.
    init(
        id: CallIdentifier, direction: CallDirection, remote: CallParty, local: CallParty, leg: CallControlID?,
        reply: StreamFormat, began: Instant, place: MediaLoops.Place, loops: MediaLoops, number: UInt64,
        control: any LegControl
    ) {
        self.id = id
        self.direction = direction
        self.remote = remote
        self.local = local
        self.leg = leg
        self.reply = reply
        self.place = place
        self.loops = loops
        self.number = number
        self.control = control
        born = began
        sampleRate = StreamSound(reply)?.sampleRate ?? 8_000
        cushion = SoundCushion(frameLength: sampleRate / 50)
        let (audio, ring) = CallAudio.makeRing()
        self.audio = audio
        heard = HeardSound(ring)
        (quality, qualitySink) = AsyncStream.makeStream(of: QualityReport.self, bufferingPolicy: .bufferingNewest(60))
        (events, eventSink) = AsyncStream.makeStream(of: CallEvent.self, bufferingPolicy: .bufferingNewest(1000))
    }

    /// Runs on the call's loop: at once when this is it.
    nonisolated func onLoop(_ body: @escaping @Sendable (isolated StreamCall) -> Void) {
        if place.loop.inEventLoop {
            assumeIsolated(body)
        } else {
            place.loop.execute { self.assumeIsolated(body) }
        }
    }

    // MARK: The stream

    /// Takes a WebSocket that has just been opened with a token of this call's, in place of one that may be there still.
    ///
    /// - Parameter socket: its number; those of a call grow.
    func open(_ channel: any Channel, socket: Int, now: Instant) {
        guard ending == nil, let encoder = StreamSound(reply) else {
            channel.close(promise: nil)
            return
        }
        closeStream()
        var settings = MediaStreamSession.Settings()
        settings.call = leg
        settings.reply = reply
        stream = OpenStream(
            session: MediaStreamSession(settings, now: now), channel: channel, number: socket, encoder: encoder)
        if figures.began == nil {
            figures.began = now
            place.clock.value.add(number) { [weak self] now in
                self?.assumeIsolated { $0.beat(now) }
            }
        }
    }

    /// Another stream has come in its place, or the call is over.
    private func closeStream() {
        stream?.channel.triggerUserOutboundEvent(WebSocketClosing(code: .normal, reason: ""), promise: nil)
        forgetStream()
    }

    /// The stream is over.
    func forgetStream() {
        figures.late += stream?.session.late ?? 0
        stream = nil
        // What was on its way is not going to sound.
        line.cut()
    }

    // MARK: The beat

    private func beat(_ now: Instant) {
        withSession(now) { $0.tick(now: now) }
        speak(now)
        let played = line.next()
        heard.hear { frame in
            frame.sampleRate = sampleRate
            frame.origin = cushion.take(into: &frame.samples)
            if isHeld, frame.origin == .real { frame = frame.silenced }
        }
        heard.handOn(played: isHeld ? nil : played)
        settleDrains(now)
        if let report = figures.report(cushion: cushion, now: now) {
            qualitySink.yield(report)
            loops.metrics.take(report)
        }
    }

    /// Sends what is due, a little ahead of when it sounds.
    private func speak(_ now: Instant) {
        guard stream?.session.start != nil else { return }
        var hasSent = false
        while line.hasRoom {
            let before = outgoing.played
            guard outgoing.take(sampleRate / 50, wholly: !line.isEmpty, into: &spoken) else { break }
            line.add(PCMFrame(samples: spoken, sampleRate: sampleRate), samples: outgoing.played - before)
            hasSent = true
            if !isHeld { send(spoken, now: now) }
        }
        if hasSent || !line.isEmpty {
            wasSending = true
        } else if wasSending {
            // The end of what was said may be less than a packet.
            wasSending = false
            for payload in stream?.encoder.flush() ?? [] { play(payload, now: now) }
            withSession(now) { $0.flush(now: now) }
        }
    }

    private func send(_ samples: [Int16], now: Instant) {
        hasUnmarked = true
        for payload in stream?.encoder.payloads(of: samples) ?? [] { play(payload, now: now) }
    }

    private func play(_ payload: [UInt8], now: Instant) {
        figures.sent += 1
        withSession(now) { $0.play(payload, now: now) }
    }

    /// Tells the session something, and does what it says.
    func withSession(_ now: Instant, _ body: (inout MediaStreamSession) -> [MediaStreamSession.Action]) {
        guard let actions = stream?.apply(body) else { return }
        perform(actions, now: now)
    }

    // MARK: What the application says

    nonisolated func play(_ frame: PCMFrame) async throws(CallError) {
        guard frame.sampleRate == sampleRate else {
            try await ensureUp()
            throw .unsupportedSampleRate(frame.sampleRate)
        }
        guard await !outgoing.play(frame.samples) else { return }
        try await ensureUp()
    }

    @discardableResult func flush() async -> Int {
        _ = outgoing.flush()
        let isSounding = !line.isEmpty || hasUnmarked
        line.cut()
        if isSounding {
            hasUnmarked = false
            let now = Instant.now
            withSession(now) { $0.clear(now: now) }
        }
        return line.sounded
    }

    func playedSamples() async -> Int { line.sounded }

    nonisolated func drain() async {
        await outgoing.drain()
        await sounded()
    }

    /// Waits until all that was sent has sounded: Telnyx says so by a mark.
    private func sounded() async {
        let now = Instant.now
        guard stream?.session.start != nil, hasUnmarked || !line.isEmpty else { return }
        hasUnmarked = false
        marks += 1
        let name = "d\(marks)"
        await withCheckedContinuation { continuation in
            // A mark that does not come back must hold nobody.
            drains[name] = Drain(until: now + .seconds(2), continuation: continuation)
            withSession(now) { $0.mark(name, now: now) }
        }
    }

    private func settleDrains(_ now: Instant) {
        guard !drains.isEmpty else { return }
        let isDeaf = stream?.number == nil
        for (name, drain) in drains
        where drain.isReached && line.isEmpty || drain.until <= now || isDeaf {
            drains[name] = nil
            drain.continuation.resume()
        }
    }

    func setFrontEnd(_ configuration: SpeechFrontEndConfiguration?) async throws(SpeechFrontEndError) {
        try heard.setFrontEnd(configuration, sampleRate: sampleRate)
    }

    func speechObservation() async -> SpeechObservation? { heard.observation }
    func setTap(_ tap: CallTap?) async { heard.setTap(tap) }
    func levels() async -> CallLevels? { ending == nil ? heard.levels() : nil }

    func statistics() async -> CallStatistics {
        var statistics = figures.statistics(cushion: cushion, codec: reply.encoding.rawValue, born: born)
        statistics.packetsLate += stream?.session.late ?? 0
        statistics.framesDropped = heard.framesDropped
        return statistics
    }

    // MARK: The leg

    func sendDTMF(_ digits: String) async throws(CallError) {
        if let ending { throw .ended(ending) }
        for digit in digits where !"0123456789*#ABCDabcd,".contains(digit) { throw .notADigit(digit) }
        guard !digits.isEmpty else { return }
        let keys = digits.uppercased().map { $0 == "," ? "w" : String($0) }.joined()
        try await control.press(keys, on: id)
        // The command is taken at once; pressing takes its time.
        let time = digits.reduce(Duration.zero) { $0 + .milliseconds($1 == "," ? 500 : 160) }
        try? await Task.sleep(for: time)
    }

    func transfer(to target: String) async throws(CallError) {
        try await transfer(to: target, headers: [])
    }

    func transfer(to target: String, headers: [(name: String, value: String)]) async throws(CallError) {
        if let ending { throw .ended(ending) }
        try await control.transfer(id, to: target, headers: headers)
    }

    func hold() async throws(CallError) {
        if let ending { throw .ended(ending) }
        isHeld = true
        let now = Instant.now
        withSession(now) { $0.clear(now: now) }
    }

    func resume() async throws(CallError) {
        if let ending { throw .ended(ending) }
        isHeld = false
    }

    func hangUp(reason: HangUpReason) async {
        guard ending == nil else { return }
        await control.hangUp(id, reason: reason)
    }

    private func ensureUp() throws(CallError) {
        if let ending { throw .ended(ending) }
    }

    /// Tells whoever has the call what happens on it.
    nonisolated func tell(_ event: CallEvent) { eventSink.yield(event) }

    /// Ends everything; called by whoever has the leg.
    ///
    /// - Parameter leavesStream: the WebSocket stays open, unheard, until Telnyx closes it.
    func finish(_ end: CallEnd, leavesStream: Bool = false) {
        guard ending == nil else { return }
        ending = end
        leavesStream ? forgetStream() : closeStream()
        place.clock.value.remove(number)
        loops.release(place)
        heard.close()
        outgoing.close()
        for drain in drains.values { drain.continuation.resume() }
        drains.removeAll()
        eventSink.yield(.ended(end))
        eventSink.finish()
        qualitySink.finish()
    }
}
