internal import Logging
internal import NIOCore
internal import RTPMedia
internal import SIPNIO
internal import Synchronization
internal import TelephonyPrimitives

/// The sound of one call: its sockets, its ``MediaSession`` and the queues to and from the application, all on one loop.
///
/// From a datagram to a PCM frame nothing leaves the loop; the application is met at two queues, once per 20 ms.
actor MediaStream {
    nonisolated let loop: any EventLoop
    nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe loop.executor.asUnownedSerialExecutor() }

    /// Samples per second of what the application hears and says: that of the codec that was agreed on first.
    nonisolated var sampleRate: Int { rate.load(ordering: .relaxed) }
    private nonisolated let rate = Atomic(8_000)
    private var isConfigured = false
    private var isEncrypted = false
    /// To the rate of what is sent, and from the rate of what is heard, where they have become others.
    private var outward: Resampler?
    private var inward: Resampler?
    nonisolated let audio: CallAudio
    nonisolated private let id: UInt64

    private let clock: NIOLoopBound<MediaClock>
    private var onEvent: (@Sendable (MediaEvent) -> Void)?
    private var socket: MediaSocket?
    private var beats = 0
    /// The RTCP port is looked at in every fifth beat only, ten times a second.
    private static let beatsPerControl = 5
    private var session: MediaSession?
    /// Samples per second of what is sent. Asking the session for it would copy the session.
    private var sentRate = 8_000
    /// What the application says.
    nonisolated let outgoing = OutgoingAudio()
    /// What is sent next: its storage is used again.
    private var spoken = PCMFrame(samples: [], sampleRate: 8_000)
    private var heard: HeardSound
    private var waitingForBeat: [CheckedContinuation<Void, Never>] = []
    private let trace: MediaTrace?
    /// What the sound is replayed from, where that is kept.
    private var journal: MediaJournal?
    private var closed = false
    private var final = MediaStatistics()

    init(id: UInt64, place: MediaLoops.Place, trace: MediaTrace?, journal: (any JournalSink)? = nil) {
        self.trace = trace
        self.journal = journal.map { MediaJournal($0) }
        self.id = id
        loop = place.loop
        clock = place.clock
        let (audio, ring) = CallAudio.makeRing()
        self.audio = audio
        heard = HeardSound(ring)
    }

    /// Sets who hears of media events, on the loop.
    func setEventHandler(_ handler: @escaping @Sendable (MediaEvent) -> Void) {
        onEvent = handler
    }

    /// Opens the sockets; nothing is sent before ``configure(_:)``.
    ///
    /// - Returns: the local address for RTP.
    func open(on ip: IPAddress, ports: PortRange) throws(MediaSocketError) -> TransportAddress {
        let socket = try MediaSocket.open(on: ip, ports: ports)
        if !closed { self.socket = socket }
        return socket.local
    }

    /// Starts the flow of sound, or changes it after a new offer and answer.
    func configure(_ configuration: MediaSessionConfiguration) {
        guard !closed else { return }
        if !isConfigured {
            rate.store(configuration.codec.sampleRate, ordering: .relaxed)
            isConfigured = true
        }
        sentRate = configuration.codec.sampleRate
        isEncrypted = configuration.keying != nil
        if session != nil {
            session?.update(configuration)
            journal?.changed(configuration, now: .now)
        } else {
            socket?.discard(now: .now)
            session =
                if let journal {
                    MediaSession(configuration: configuration, random: journal.chance)
                } else {
                    MediaSession(configuration: configuration, random: SystemRandomNumberGenerator())
                }
            session?.keepsClear = keepsClear
            journal?.began(configuration, now: .now)
            clock.value.add(id) { [weak self] now in
                self?.assumeIsolated { $0.beat(now) }
            }
        }
        send()
    }

    /// Takes what has come since the last beat.
    private func receive(_ now: Instant) {
        socket?.receive(control: false, now: now) { datagram, from, arrival in
            session?.receive(packet: datagram, from: from, now: arrival)
            if trace != nil || journal != nil { noteReceived(datagram, from, arrival, control: false) }
        }
        beats &+= 1
        guard beats % Self.beatsPerControl == 0 else { return }
        socket?.receive(control: true, now: now) { datagram, from, arrival in
            session?.receiveControl(packet: datagram, from: from, now: arrival)
            if trace != nil || journal != nil { noteReceived(datagram, from, arrival, control: true) }
        }
    }

    private func beat(_ now: Instant) {
        let sampleRate = sampleRate
        let count = sampleRate / 50
        receive(now)
        let isPlaying = outgoing.take(count, into: &spoken.samples)
        spoken.sampleRate = sampleRate
        if !isPlaying {
            journal?.pushing(nil)
            session?.push(nil, now: now)
        } else if sentRate == sampleRate {
            outward = nil
            journal?.pushing(spoken)
            session?.push(spoken, now: now)
        } else {
            let converted = Self.convert(spoken, to: sentRate, with: &outward)
            journal?.pushing(converted)
            session?.push(converted, now: now)
        }
        session?.wake(now: now)
        journal?.woke(now: now)
        send()
        heard.hear { frame in
            session?.pull(now: now, into: &frame)
            journal?.pulled(frame, now: now)
            if frame.sampleRate == sampleRate {
                inward = nil
            } else {
                frame = Self.convert(frame, to: sampleRate, with: &inward)
            }
        }
        heard.handOn(played: isPlaying ? spoken : nil)
        resume(&waitingForBeat)
    }

    /// The frame at another rate.
    private static func convert(_ frame: PCMFrame, to rate: Int, with resampler: inout Resampler?) -> PCMFrame {
        if resampler?.inputRate != frame.sampleRate || resampler?.outputRate != rate {
            resampler = try? Resampler(from: frame.sampleRate, to: rate)
        }
        guard var samples = resampler?.process(frame.samples) else { return .silence(sampleRate: rate) }
        // Its first frame lacks what is still inside.
        let missing = rate / 50 - samples.count
        if missing > 0 { samples.insert(contentsOf: repeatElement(0, count: missing), at: 0) }
        return PCMFrame(samples: samples, sampleRate: rate, origin: frame.origin)
    }

    private func send() {
        while let output = session?.nextOutput() {
            switch output {
            case .rtp(let octets, let remote): dispatch(octets, to: remote, control: false)
            case .rtcp(let octets, let remote): dispatch(octets, to: remote, control: true)
            case .event(let event):
                journal?.happened(event, now: .now)
                onEvent?(event)
            }
        }
    }

    private var keepsClear: Bool { trace?.isDecrypted ?? false || journal != nil }

    private func noteReceived(
        _ datagram: Span<UInt8>, _ remote: TransportAddress, _ arrival: Instant, control: Bool
    ) {
        var octets: [UInt8] = []
        octets.reserveCapacity(datagram.count)
        for index in datagram.indices { octets.append(datagram[index]) }
        let clear = keepsClear ? session?.takeClearReceived() : nil
        // What is refused for its keys is as if it had not come.
        if let taken = isEncrypted ? clear : octets {
            journal?.received(taken, from: remote, control: control, at: arrival)
        }
        trace(octets, clear: clear, remote, arrival, isReceived: true, control: control)
    }

    private func trace(
        _ octets: [UInt8], clear: [UInt8]?, _ remote: TransportAddress, _ time: Instant, isReceived: Bool, control: Bool
    ) {
        guard let trace, var local = socket?.local else { return }
        if control { local.port &+= 1 }
        trace.take(
            TracedDatagram(
                time: time, isReceived: isReceived, octets: octets, clear: trace.isDecrypted ? clear : nil,
                local: local, remote: remote))
    }

    private func dispatch(_ octets: [UInt8], to remote: TransportAddress, control: Bool) {
        if trace != nil || journal != nil {
            let clear = keepsClear ? session?.takeClearSent() : nil
            journal?.sent(clear ?? octets, to: remote, control: control, now: .now)
            trace(octets, clear: clear, remote, .now, isReceived: false, control: control)
        }
        socket?.send(octets, to: remote, control: control)
        session?.recycle(octets)
    }

    private func resume(_ waiting: inout [CheckedContinuation<Void, Never>]) {
        for continuation in waiting { continuation.resume() }
        waiting.removeAll()
    }

    // MARK: The application's side

    var isClosed: Bool { closed }

    /// Sends keys; returns once they are out, or the call is over.
    func sendDTMF(_ digits: String) async {
        session?.sendDTMF(digits)
        journal?.keys(digits, now: .now)
        while session?.isSendingDTMF == true, !Task.isCancelled {
            await withCheckedContinuation { waitingForBeat.append($0) }
        }
    }

    func setTap(_ tap: CallTap?) { heard.setTap(tap) }

    func setFrontEnd(_ configuration: SpeechFrontEndConfiguration?) throws(SpeechFrontEndError) {
        try heard.setFrontEnd(configuration, sampleRate: sampleRate)
    }

    var observation: SpeechObservation? { heard.observation }

    /// How loud it was since this was last asked for.
    func levels() -> CallLevels? { closed ? nil : heard.levels() }

    func statistics() -> (media: MediaStatistics, framesDropped: Int) {
        (session?.statistics ?? final, heard.framesDropped)
    }

    /// Says goodbye by RTCP, closes the sockets and ends ``audio``.
    func close() {
        guard !closed else { return }
        closed = true
        let now = Instant.now
        session?.close(now: now)
        if session != nil { journal?.closing(now: now) }
        send()
        journal?.handOn()
        if let session { final = session.statistics }
        session = nil
        clock.value.remove(id)
        socket = nil
        heard.close()
        outgoing.close()
        resume(&waitingForBeat)
    }
}
