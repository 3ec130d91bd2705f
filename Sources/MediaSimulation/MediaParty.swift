internal import RTPMedia
internal import TelephonyPrimitives
internal import TelephonyTesting

/// One side of a call: a media session with its clock, its application and its habits. What the session does is judged
/// as it does it.
final class MediaParty: Node {
    let name: String
    let isLeft: Bool
    var session: MediaSession
    var configuration: MediaSessionConfiguration
    /// Of RTP; RTCP has the port above it, or the same.
    var address: TransportAddress
    /// Wherever it has been: what goes there goes to nobody else.
    var addresses: Set<TransportAddress> = []
    unowned let call: MediaCall
    var peer: MediaParty?
    var random: SeededGenerator
    var habits = SendingHabits()
    var isHostile = false
    /// Whoever gets another address and doesn't say so is known by its stream alone: it doesn't change that as well.
    var mayChangeStream = true
    var isAnotherStream = false
    let melody: Melody
    /// Parts of a million by which its clock is fast.
    let drift: Int64

    // The application.
    var frames = 0
    var nextTick = Instant.zero + .milliseconds(20)
    var lagsUntil: Instant?
    /// The note of each frame that was pushed.
    var said: [(time: Instant, note: Int)] = []
    var firstWake: Instant?
    var pressed: [Character] = []
    var pressedWhenGood: [Character] = []

    // The line to here.
    var stalledUntil: Instant?
    var stalled: [Datagram] = []
    var damagesUntil: Instant?
    var outbox: [Datagram] = []
    var authenticator: SRTPSession?
    private var agreedKeys: MediaKeying?
    var rubbishProtection: SRTPSession?

    // What is judged.
    var observer = Observer()

    struct Observer {
        var digits: [(time: Instant, digit: Character)] = []
        /// Whether it was told that all keys are out.
        var areKeysSent = true
        var qualityReports = 0
        var saidGoodbye = false
        var handed = 0
        var handedControl = 0
        var sentMedia = 0
        var before = MediaStatistics()
        var notReceivingSince: Instant?
        var notSending = false
        /// Sound of which no whole window has come.
        var window: [Int16] = []
        var windowRate = 0
        var windows = 0
        var rightWindows = 0
        var digest = Digest()
    }

    init(
        _ name: String, isLeft: Bool, address: TransportAddress, configuration: MediaSessionConfiguration,
        drift: Int, seed: UInt64, call: MediaCall
    ) {
        self.name = name
        self.isLeft = isLeft
        self.address = address
        self.configuration = configuration
        self.call = call
        self.drift = Int64(drift)
        random = SeededGenerator(seed: seed)
        melody = Melody(seed: seed ^ 0x5EED)
        session = MediaSession(configuration: configuration, random: SeededGenerator(seed: seed &+ 1))
        note(address)
        authenticate()
    }

    /// Tells the session what is agreed on now.
    func update() {
        session.update(configuration)
        if configuration.keying != agreedKeys { authenticate() }
    }

    func note(_ address: TransportAddress) {
        addresses.insert(address)
        addresses.insert(address.control)
    }

    /// What the wire shows is checked with the keys of the sender.
    private func authenticate() {
        agreedKeys = configuration.keying
        authenticator = configuration.keying.flatMap { try? SRTPSession(sending: $0.receiving, receiving: $0.sending) }
    }

    // MARK: Time

    /// What its own clock says.
    func local(_ instant: Instant) -> Instant {
        Instant(nanoseconds: instant.nanoseconds + instant.nanoseconds / 1_000_000 * drift)
    }

    var deadline: Instant? {
        let tick = max(nextTick, lagsUntil ?? nextTick)
        return stalledUntil.map { min($0, tick) } ?? tick
    }

    func wake(now: Instant) {
        if let stalledUntil, now >= stalledUntil {
            self.stalledUntil = nil
            let datagrams = stalled
            stalled = []
            for datagram in datagrams { take(datagram, now: now) }
        }
        guard now >= max(nextTick, lagsUntil ?? nextTick) else { return }
        lagsUntil = nil
        while nextTick <= now {
            tick(now)
            // 20 ms of its own clock.
            nextTick = nextTick + .nanoseconds(20_000_000 - 20 * drift)
        }
    }

    private func tick(_ now: Instant) {
        let time = local(now)
        let frame = melody.frame(frames, sampleRate: session.sampleRate)
        said.append((now, melody.note(ofFrame: frames)))
        frames += 1
        session.push(frame, now: time)
        drain(now)
        session.wake(now: time)
        firstWake = firstWake ?? time
        drain(now)
        judgeSeconds(now)
        let heard = session.pull(now: time)
        drain(now)
        judge(heard, now)
        judgeState(now)
        if isHostile { attack(now) }
    }

    // MARK: What comes and goes

    func receive(_ datagram: Datagram, now: Instant) {
        if stalledUntil != nil {
            if stalled.count < 5000 { stalled.append(datagram) }
        } else {
            take(datagram, now: now)
        }
    }

    private func take(_ datagram: Datagram, now: Instant) {
        let isControlPort = datagram.destination == address.control
        guard datagram.destination == address || isControlPort else { return }
        let isControl = isControlPort || DatagramKind(datagram.octets) == .rtcp
        if isControl, call.scenario.losesControl { return }
        if isControl { observer.handedControl += 1 } else { observer.handed += 1 }
        if isControlPort {
            session.receiveControl(packet: datagram.octets, from: datagram.source, now: local(now))
        } else {
            session.receive(packet: datagram.octets, from: datagram.source, now: local(now))
        }
        drain(now)
    }

    func nextDatagram(now: Instant) -> Datagram? {
        outbox.isEmpty ? nil : outbox.removeFirst()
    }

    func drain(_ now: Instant) {
        var count = 0
        while let output = session.nextOutput() {
            count += 1
            guard count <= 10_000 else {
                return fail(.outputsFinish, now, "more than 10000 outputs at once")
            }
            switch output {
            case .event(let event): observe(event, now)
            case .rtp(let octets, let destination): send(octets, to: destination, isControlPort: false, now)
            case .rtcp(let octets, let destination): send(octets, to: destination, isControlPort: true, now)
            }
        }
    }

    private func send(_ octets: [UInt8], to destination: TransportAddress, isControlPort: Bool, _ now: Instant) {
        observer.digest.add(octets)
        if let peer, !peer.addresses.contains(destination) {
            fail(.nothingToStrangers, now, "\(octets.count) octets to \(destination)")
        }
        let isControl = isControlPort || DatagramKind(octets) == .rtcp
        if !isControl {
            observer.sentMedia += 1
            if !configuration.direction.sends { fail(.holdIsSilent, now, "RTP was sent") }
        }
        judgeEncryption(octets, isControl: isControl, now)
        let source = isControlPort ? address.control : address
        guard !isControl, configuration.keying == nil else {
            post(octets, from: source, to: destination, isSound: false, now)
            return
        }
        let isSound = octets[1] & 0x7F == configuration.sendPayloadType
        for packet in habits.rewrite(octets, codec: configuration.codec, isSound: isSound, now: now) {
            post(packet, from: source, to: destination, isSound: isSound, now)
        }
    }

    private func post(
        _ octets: [UInt8], from source: TransportAddress, to destination: TransportAddress, isSound: Bool,
        _ now: Instant
    ) {
        outbox.append(Datagram(octets, from: source, to: destination))
        guard let damagesUntil, now < damagesUntil, isSound || configuration.keying != nil else { return }
        var damaged = octets
        let bit = Int.random(in: 0..<(octets.count * 8), using: &random)
        damaged[bit / 8] ^= 1 << UInt8(bit % 8)
        outbox.append(Datagram(damaged, from: source, to: destination))
    }

    func fail(_ invariant: MediaInvariant, _ now: Instant, _ problem: String) {
        guard !isHostile else { return }
        call.fail(invariant, "\(name) at \(now): \(problem)")
    }
}

extension TransportAddress {
    /// The port above it.
    var control: TransportAddress { TransportAddress(ip: ip, port: port + 1) }
}
