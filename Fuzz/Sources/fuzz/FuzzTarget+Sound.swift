import CFuzz
import RTPMedia
import TelephonyPrimitives

/// Rows of operations on a call's sound, and files of it.
extension FuzzTarget {
    /// A file to be played: WAV or Opus in Ogg.
    static func audiofile(_ octets: [UInt8]) {
        guard let file = try? AudioFile(parsing: octets, longest: 1) else { return }
        let lengths = file.channels.map(\.count)
        guard let length = lengths.first, length > 0, lengths.count <= 2, lengths.allSatisfy({ $0 == length }),
            length <= file.sampleRate + file.sampleRate * 120 / 1000
        else { fatalError("\(lengths) samples at \(file.sampleRate) Hz in a second") }
        guard file.clip.samples.count == length else { fatalError("a clip is not as long as its file") }
        _ = try? file.clip(sampleRate: 8000)
    }

    /// A jitter buffer: each operation has an octet that says what it is, and one or two for how much.
    static func jitter(_ octets: [UInt8]) {
        let kinds: [AudioCodecKind] = [.pcmu, .l16(sampleRate: 8000), .pcma]
        var buffer = JitterBuffer(configuration: JitterBufferConfiguration())
        for (type, kind) in kinds.enumerated() { buffer.setDecoder(kind.makeDecoder(), for: UInt8(type)) }
        fuzz_reset_allocations()
        var rest = octets[...]
        var now = Instant.zero
        var (sequence, timestamp): (UInt16, UInt32) = (65_500, .max - 5000)
        var before = JitterBufferStatistics()
        while let kind = rest.popFirst(), let amount = rest.popFirst() {
            switch kind % 8 {
            case 0:
                for _ in 0..<(amount % 16 + 1) {
                    now = now + .milliseconds(20)
                    let frame = buffer.pull(now: now)
                    guard frame.samples.count == 160, frame.sampleRate == 8000 else {
                        fatalError("a frame is not of 20 ms")
                    }
                }
            case 1, 2, 3:
                sequence &+= 1
                timestamp &+= 160
                insert(&buffer, type: kind / 8 % 4, count: Int(amount), sequence, timestamp, now)
            case 4: sequence = sequence &+ UInt16(amount) &- 128
            case 5: timestamp = timestamp &+ (UInt32(amount) &- 128) &* 160
            case 6:
                switch amount % 6 {
                case 0: buffer.reset()
                case 1: buffer.skip(sequence: sequence)
                case 2: buffer.insertComfortNoise(ComfortNoise(level: kind), sequence: sequence &+ 1)
                case 3: buffer.removeDecoder(for: kind / 8 % 4)
                case 4: buffer.setDecoder(kinds[Int(kind / 8) % 3].makeDecoder(), for: kind / 8 % 4)
                default: timestamp = timestamp &* 77_777
                }
            default: now = now + .milliseconds(Int(amount % 20))
            }
            let after = buffer.statistics
            guard after.packetsStored >= before.packetsStored, after.samplesPulled >= before.samplesPulled,
                after.samplesPlayed >= before.samplesPlayed, after.samplesConcealed >= before.samplesConcealed
            else { fatalError("a counter fell") }
            before = after
        }
    }

    private static func insert(
        _ buffer: inout JitterBuffer, type: UInt8, count: Int, _ sequence: UInt16, _ timestamp: UInt32, _ now: Instant
    ) {
        let payload = [UInt8](repeating: UInt8(truncatingIfNeeded: sequence), count: count * 8)
        buffer.insert(
            payload: payload.span, payloadType: type, sequence: sequence, timestamp: timestamp, marker: count == 9,
            arrival: now)
    }

    /// A whole session: what comes, at any time, what the application does, and what the signalling changes.
    static func session(_ octets: [UInt8]) {
        var call = FuzzedSession(octets.first ?? 0)
        fuzz_reset_allocations()
        var rest = octets.dropFirst()
        while let kind = rest.popFirst(), let amount = rest.popFirst() { call.does(kind, amount, &rest) }
        call.ends()
    }
}

/// A session with the invariants of every call.
private struct FuzzedSession {
    private static let codecs: [(UInt8, AudioCodecKind)] = [
        (0, .pcmu), (8, .pcma), (9, .g722), (122, .l16(sampleRate: 16_000)),
    ]
    private let places = (0..<3).map {
        TransportAddress(ip: .v4(0xC000_0209 + UInt32($0 / 2)), port: 4000 + UInt16($0))
    }
    private let stranger = TransportAddress(ip: .v4(0xC633_6401), port: 4_002)
    private var configuration: MediaSessionConfiguration
    private var session: MediaSession
    private var now = Instant.zero
    private var isClosed = false
    private var outputs = 0
    private var before = MediaStatistics()

    init(_ choice: UInt8) {
        let (type, codec) = Self.codecs[Int(choice) % 4]
        configuration = MediaSessionConfiguration(
            codec: codec, sendPayloadType: type,
            receivePayloadTypes: Dictionary(uniqueKeysWithValues: Self.codecs),
            telephoneEventSend: choice & 16 == 0 ? 101 : nil, telephoneEventReceive: choice & 32 == 0 ? [101] : [],
            keying: choice & 192 == 192 ? Self.keying(1) : nil, remote: places[0], ssrc: 1, cname: "c")
        session = MediaSession(configuration: configuration, random: SeededGenerator(seed: 1))
    }

    private static func keying(_ octet: UInt8) -> MediaKeying {
        func keys(_ octet: UInt8) -> SRTPKeying {
            let octets = [UInt8](repeating: octet, count: SRTPSuite.aes128CMSHA1With80.masterLength)
            return SRTPKeying(suite: .aes128CMSHA1With80, keys: [SRTPMasterKey(key: SRTPKey(octets: octets.span))])
        }
        return MediaKeying(sending: keys(octet), receiving: keys(octet &+ 1))
    }

    mutating func does(_ kind: UInt8, _ amount: UInt8, _ rest: inout ArraySlice<UInt8>) {
        switch kind % 8 {
        case 0, 1: for _ in 0..<(amount % 16 + 1) { tick(pushes: kind & 8 == 0) }
        case 2, 3, 4:
            let octets = Array(rest.prefix(Int(amount)))
            rest = rest.dropFirst(octets.count)
            let source = kind & 128 == 0 ? places[Int(kind / 8) % 3] : stranger
            if kind % 8 == 4 {
                session.receiveControl(packet: octets, from: source, now: now)
            } else {
                session.receive(packet: octets, from: source, now: now)
            }
        case 5: session.sendDTMF(["1", "2#", "A,*", ""][Int(amount) % 4])
        case 6: change(amount)
        default: now = now + .milliseconds(Int(amount))
        }
        if kind == 255 { close() }
        drain()
        judge()
    }

    private mutating func tick(pushes: Bool) {
        now = now + .milliseconds(20)
        session.push(pushes ? PCMFrame.silence(sampleRate: session.sampleRate) : nil, now: now)
        drain()
        session.wake(now: now)
        let frame = session.pull(now: now)
        guard [8000, 16_000].contains(frame.sampleRate), frame.samples.count == frame.sampleRate / 50 else {
            fatalError("\(frame.samples.count) samples at \(frame.sampleRate) Hz")
        }
        drain()
    }

    private mutating func change(_ amount: UInt8) {
        switch amount % 8 {
        case 0, 1:
            (configuration.sendPayloadType, configuration.codec) = Self.codecs[Int(amount / 8) % 4]
        case 2: configuration.direction = MediaDirection.allCases[Int(amount / 8) % 4]
        case 3: configuration.remote = places[Int(amount / 8) % 3]
        case 4: configuration.telephoneEventSend = amount & 8 == 0 ? 101 : nil
        case 5: configuration.telephoneEventReceive = amount & 8 == 0 ? [101] : []
        // What is encrypted stays so.
        case 6: if configuration.keying != nil { configuration.keying = Self.keying(amount / 8 % 4) }
        default: configuration.remoteRTCP = amount & 8 == 0 ? configuration.remote : nil
        }
        session.update(configuration)
    }

    private mutating func close() {
        session.close(now: now)
        drain()
        isClosed = true
    }

    private mutating func drain() {
        while let output = session.nextOutput() {
            switch output {
            case .event: break
            case .rtp(let octets, let destination), .rtcp(let octets, let destination):
                if isClosed { fatalError("it sends after its end") }
                guard destination.ip != stranger.ip else { fatalError("it sends to a stranger") }
                if DatagramKind(octets) == .rtp, !configuration.direction.sends { fatalError("it sends on hold") }
            }
        }
    }

    private mutating func judge() {
        let holding = session.holding
        guard holding.packets <= 512, holding.samples <= holding.sampleRate * 3, holding.outputs == 0,
            holding.candidates <= 32
        else { fatalError("\(holding)") }
        let statistics = session.statistics
        guard statistics.packetsReceived >= before.packetsReceived, statistics.late >= before.late,
            statistics.duplicate >= before.duplicate, statistics.malformed >= before.malformed,
            statistics.discardedFromWrongSource >= before.discardedFromWrongSource,
            statistics.concealed >= before.concealed
        else { fatalError("a counter fell") }
        before = statistics
    }

    mutating func ends() {
        if !isClosed { close() }
        tick(pushes: true)
    }
}
