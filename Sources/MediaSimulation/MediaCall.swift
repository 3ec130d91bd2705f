internal import RTPMedia
internal import TelephonyPrimitives
internal import TelephonyTesting

/// One call in virtual time: two media sessions, a line that is bad for some seconds and good for the last five, what
/// both sides do in it, and perhaps a stranger who sends to both.
///
/// ```swift
/// let call = MediaCall(seed: 17)
/// call.run()
/// call.failures.forEach { print($0) }
/// ```
public final class MediaCall {
    public let seed: UInt64
    /// What did not hold, at most twenty of them.
    public private(set) var failures: [MediaFailure] = []
    /// What happened, a line each.
    public private(set) var story: [String] = []
    /// What both sides heard and sent, as a number: the same for the same seed.
    public var digest: UInt64 { parties.reduce(UInt64(0)) { ($0 << 1) ^ $1.observer.digest.value } }

    /// Frames pulled, keys heard and windows of sound compared, on both sides.
    var counts: (frames: Int, digits: Int, windows: Int) {
        parties.reduce((0, 0, 0)) {
            ($0.0 + $1.frames, $0.1 + $1.observer.digits.count, $0.2 + $1.observer.windows)
        }
    }

    let scenario: MediaScenario
    let network: SeededNetwork
    private var parties: [MediaParty] = []
    private var random: SeededGenerator
    /// As the left side has them.
    private var keys: MediaKeying?
    private let goodAt: Instant
    private let keepsStory: Bool

    /// When the line is good again.
    var goodFrom: Instant { goodAt }

    /// - Parameters:
    ///   - seed: all follows from it.
    ///   - keepsStory: whether ``story`` is written.
    public init(seed: UInt64, keepsStory: Bool = false) {
        self.seed = seed
        self.keepsStory = keepsStory
        scenario = MediaScenario(seed: seed)
        random = scenario.random
        network = SeededNetwork(seed: seed)
        network.recordsMedia = false
        goodAt = .zero + scenario.goodFrom
        makeParties()
    }

    private func makeParties() {
        let places = [
            TransportAddress(ip: .v4(0xC000_0201), port: 4000), TransportAddress(ip: .v4(0xC633_6401), port: 6000),
        ]
        keys = makeKeys()
        for side in 0..<2 {
            let configuration = makeConfiguration(
                codec: scenario.codecs[0], remote: places[1 - side],
                keying: keys(of: side == 0))
            parties.append(
                MediaParty(
                    side == 0 ? "left" : "right", isLeft: side == 0, address: places[side],
                    configuration: configuration, drift: scenario.drifts[side], seed: random.next(), call: self))
            parties[side].habits.packetTime = scenario.packetTimes[side]
        }
        parties[0].peer = parties[1]
        parties[1].peer = parties[0]
        parties[1].isHostile = scenario.isHostile
        for party in parties { network.attach(party, at: party.address.ip) }
        if scenario.hasStranger {
            let stranger = Stranger(sides: parties, seed: random.next())
            network.attach(stranger, at: stranger.address.ip)
        }
    }

    private func makeConfiguration(codec: Int, remote: TransportAddress, keying: MediaKeying?)
        -> MediaSessionConfiguration
    {
        var types: [UInt8: AudioCodecKind] = [:]
        for index in scenario.codecs + [codec] {
            types[MediaScenario.payloadTypes[index]] = MediaScenario.codecs[index]
        }
        return MediaSessionConfiguration(
            codec: MediaScenario.codecs[codec], sendPayloadType: MediaScenario.payloadTypes[codec],
            receivePayloadTypes: types,
            telephoneEventSend: scenario.takesEvents ? Self.eventType(MediaScenario.codecs[codec].clockRate) : nil,
            telephoneEventReceive: scenario.takesEvents ? [101, 102, 103] : [], keying: keying, remote: remote,
            remoteRTCP: scenario.sharesPort ? remote : nil, ssrc: UInt32(truncatingIfNeeded: random.next()),
            cname: "side")
    }

    /// Telephone-events count by the clock of the sound (RFC 4733 §2.1): each clock has a payload type.
    private static func eventType(_ clockRate: Int) -> UInt8 {
        switch clockRate {
        case 8000: 101
        case 16_000: 102
        default: 103
        }
    }

    private func makeKeys() -> MediaKeying? {
        guard let suite = scenario.suite else { return nil }
        func key() -> SRTPKeying {
            SRTPKeying(suite: suite, keys: [SRTPMasterKey(key: SRTPKey(for: suite, using: &random))])
        }
        return MediaKeying(sending: key(), receiving: key())
    }

    private func keys(of isLeft: Bool) -> MediaKeying? {
        keys.map { isLeft ? $0 : MediaKeying(sending: $0.receiving, receiving: $0.sending) }
    }

    // MARK: Running

    /// Lives through the call; ``failures`` says what was wrong.
    public func run() {
        tell(scenario.summary)
        var start = Duration.zero
        for phase in scenario.phases {
            network.after(start) { [self] in
                network.setConditions(phase.toRight, from: "left", to: "right")
                network.setConditions(phase.toLeft, from: "right", to: "left")
                tell("\(network.now) the line changes: \(phase.toLeft.summary), \(phase.toRight.summary)")
            }
            start += phase.length
        }
        for event in scenario.events {
            network.after(event.time) { [self] in
                tell("\(network.now) \(event.isLeft ? "left" : "right"): \(event.happening)")
                happen(event.happening, parties[event.isLeft ? 0 : 1])
            }
        }
        network.run(for: scenario.end)
        for party in parties { party.judgeWhole(network.now) }
        close()
        if let fault = network.faults.first { fail(.outputsFinish, fault) }
        // They hold each other.
        for party in parties { party.peer = nil }
    }

    /// One side says goodbye, the other hears it, and neither does anything after it.
    private func close() {
        for party in parties {
            party.observer.saidGoodbye = true
            let sent = party.observer.sentMedia
            party.session.close(now: party.local(network.now))
            party.drain(network.now)
            party.session.push(nil, now: party.local(network.now))
            party.drain(network.now)
            if party.observer.sentMedia > sent { party.fail(.outputsFinish, network.now, "it sends after its end") }
        }
    }

    func fail(_ invariant: MediaInvariant, _ problem: String) {
        tell("FAILED \(invariant): \(problem)")
        guard failures.count < 20 else { return }
        failures.append(MediaFailure(seed: seed, invariant: invariant, problem: problem))
    }

    func tell(_ line: @autoclosure () -> String) {
        if keepsStory { story.append(line()) }
    }

    // MARK: What happens

    private func happen(_ happening: MediaScenario.Happening, _ party: MediaParty) {
        let now = network.now
        guard let peer = party.peer else { return }
        switch happening {
        case .changeCodec(let index):
            change { [self] party in
                let new = makeConfiguration(
                    codec: index, remote: party.configuration.remote ?? peer.address, keying: party.configuration.keying
                )
                party.configuration.codec = new.codec
                party.configuration.sendPayloadType = new.sendPayloadType
                party.configuration.telephoneEventSend = new.telephoneEventSend
            }
        case .hold(let isInactive, let length):
            set(isInactive ? .inactive : .sendonly, party)
            later { [self] in set(isInactive ? .inactive : .recvonly, peer) }
            // The other side has heard of the hold before it hears of the end of it.
            network.after(max(length, .milliseconds(200))) { [self] in
                set(.sendrecv, party)
                later { [self] in set(.sendrecv, peer) }
            }
        case .changeKeys:
            keys = makeKeys()
            // The latest ones, so that changes that cross each other end with the same keys.
            change { [self] in $0.configuration.keying = keys(of: $0.isLeft) }
        case .changeSource:
            guard party.mayChangeStream else { return }
            party.isAnotherStream = true
            party.habits.changeSource(&random)
        case .restartNumbers:
            guard party.mayChangeStream else { return }
            party.isAnotherStream = true
            // The packets of one press share a timestamp (RFC 4733 §2.5.1.2).
            guard !party.session.isSendingDTMF else {
                return network.after(.milliseconds(100)) { [self] in happen(happening, party) }
            }
            party.habits.restart(&random)
        case .press(let digits): press(digits, party)
        case .pause(let length, let announcesNoise):
            party.habits.pause(until: now + length, announcesNoise: announcesNoise)
        case .stall(let length): party.stalledUntil = max(party.stalledUntil ?? now, now + length)
        case .cut(let length):
            network.cut("left", "right")
            network.after(length) { [self] in network.mend("left", "right") }
        case .lag(let length): party.lagsUntil = party.lagsUntil ?? now + length
        case .damage(let length): party.damagesUntil = now + length
        case .move(let isHost, let isTold):
            party.address.port += 2
            if isHost, case .v4(let number) = party.address.ip { party.address.ip = .v4(number + 1) }
            party.note(party.address)
            network.attach(party, at: party.address.ip)
            guard isTold || party.isAnotherStream else {
                party.mayChangeStream = false
                return
            }
            let address = party.address
            later { [self] in
                peer.configuration.remote = address
                if scenario.sharesPort { peer.configuration.remoteRTCP = address }
                update(peer)
            }
        }
    }

    private func press(_ digits: String, _ party: MediaParty) {
        let queued = party.session.sendDTMF(digits)
        if queued != digits.count { party.fail(.digitsOnce, network.now, "\(queued) of \(digits) were taken") }
        party.pressed += Array(digits)
        party.observer.areKeysSent = false
        if network.now >= goodFrom { party.pressedWhenGood += Array(digits) }
    }

    /// Changes what was agreed on, on both sides, one up to 150 ms after the other.
    private func change(_ body: @escaping (MediaParty) -> Void) {
        for party in parties {
            later { [self] in
                body(party)
                update(party)
            }
        }
    }

    private func later(_ action: @escaping () -> Void) {
        network.after(.milliseconds(Int.random(in: 0...150, using: &random)), action)
    }

    private func set(_ direction: MediaDirection, _ party: MediaParty) {
        party.configuration.direction = direction
        party.observer.notReceivingSince = direction.receives ? nil : party.observer.notReceivingSince ?? network.now
        update(party)
    }

    private func update(_ party: MediaParty) {
        party.update()
        party.drain(network.now)
    }
}

extension MediaScenario {
    /// What is agreed on, in a line.
    var summary: String {
        let names = codecs.map { "\(Self.codecs[$0].name)/\(Self.codecs[$0].sampleRate)" }
        return """
            seed \(seed): \(names[0]), later \(names[1]); \(suite?.rawValue ?? "in the clear"); \
            \(takesEvents ? "telephone-events" : "tones"); packets of \(packetTimes) ms; drift \(drifts) ppm\
            \(sharesPort ? "; one port" : "")\(losesControl ? "; no RTCP" : "")\(hasStranger ? "; a stranger" : "")\
            \(isHostile ? "; the right side is hostile" : ""); good from \(goodFrom.inMilliseconds) ms
            """
    }
}

extension LinkConditions {
    fileprivate var summary: String {
        func percent(_ part: Double) -> String { "\(Int(part * 100)) %" }
        return "\(delay.inMilliseconds)+\(jitter.inMilliseconds) ms, \(percent(loss)) lost"
            + (bursts == nil ? "" : " and in bursts") + ", \(percent(reorder)) late, \(percent(duplicate)) twice"
    }
}
