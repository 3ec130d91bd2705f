package import RTPMedia
internal import TelephonyPrimitives

/// What of the sound a replay may change.
package struct ReplayedMedia: Sendable {
    package var configuration: MediaSessionConfiguration
    /// `nil`: as ever.
    package var jitterBuffer: JitterBufferConfiguration?
}

/// The sound of one call again, in the clear: a new session is given the packets that came, at the times at which they
/// came, and what the application said, and has to send the same octets and let the same samples be heard.
struct MediaReplay {
    private var session: MediaSession?
    private let chance = GivenChance.Draws()
    private let change: (inout ReplayedMedia) -> Void
    private var frame = PCMFrame(samples: [], sampleRate: 8_000)
    private(set) var difference: ReplayDifference?
    private(set) var packets = 0
    private(set) var frames = 0
    private(set) var received = 0

    init(change: @escaping (inout ReplayedMedia) -> Void) {
        self.change = change
    }

    var isRunning: Bool { difference == nil }

    /// - Returns: what there is to say about it, for the timeline.
    mutating func take(_ record: JournalRecord) throws(JournalError) -> String? {
        var reading = JournalReading(record.payload)
        switch record.kind {
        case .mediaBegin, .mediaChange:
            var changed = ReplayedMedia(configuration: try MediaSessionConfiguration(from: &reading))
            change(&changed)
            try give(&reading)
            if session == nil {
                session = MediaSession(configuration: changed.configuration, random: GivenChance(chance))
                if let jitterBuffer = changed.jitterBuffer { session?.replaceJitterBuffer(jitterBuffer) }
            } else {
                session?.update(changed.configuration)
            }
            return "sound: \(changed.configuration.codec), \(changed.configuration.direction.rawValue)"
        case .mediaReceived:
            let control = try reading.truth()
            let remote = try reading.address()
            let octets = try reading.octets()
            try give(&reading)
            if control {
                session?.receiveControl(packet: octets, from: remote, now: record.time)
            } else {
                session?.receive(packet: octets, from: remote, now: record.time)
            }
            received += 1
            return received == 1 ? "the first packet comes from \(remote)" : nil
        case .mediaBeat:
            let pushed = try reading.optional { (reading) throws(JournalError) in try Self.frame(&reading) }
            try give(&reading)
            session?.push(pushed, now: record.time)
            session?.wake(now: record.time)
        case .mediaKeys:
            session?.sendDTMF(try reading.text())
        case .mediaClose:
            try give(&reading)
            session?.close(now: record.time)
        case .mediaSent: try compareSent(record, &reading)
        case .mediaEvent:
            let recorded = try reading.text()
            let output = session?.nextOutput()
            guard case .event(let event)? = output, "\(event)" == recorded else {
                differs(record, "what happens", recorded: recorded, replayed: Self.words(of: output))
                return nil
            }
            if case .quality = event { return nil }
            return "sound: \(Self.words(of: output))"
        default: break
        }
        return nil
    }

    private func give(_ reading: inout JournalReading) throws(JournalError) {
        chance.give(try reading.list { (reading) throws(JournalError) in try reading.word() })
    }

    private static func frame(_ reading: inout JournalReading) throws(JournalError) -> PCMFrame {
        let rate = try reading.int()
        let count = try reading.int()
        guard (4_000...192_000).contains(rate), (0...rate / 10).contains(count) else {
            throw JournalError("a frame of sound is out of bounds")
        }
        var samples: [Int16] = []
        samples.reserveCapacity(count)
        for _ in 0..<count {
            samples.append(Int16(bitPattern: UInt16(try reading.octet()) << 8 | UInt16(try reading.octet())))
        }
        return PCMFrame(samples: samples, sampleRate: rate)
    }

    private mutating func compareSent(
        _ record: JournalRecord, _ reading: inout JournalReading
    ) throws(JournalError) {
        let tag = try reading.octet()
        guard tag < 2 else {
            try compareHeard(record, &reading)
            return
        }
        let remote = try reading.address()
        let octets = try reading.octets()
        let output = session?.nextOutput()
        let (replayed, place): ([UInt8], TransportAddress)
        switch output {
        case .rtp(let octets, let to)? where tag == 0: (replayed, place) = (octets, to)
        case .rtcp(let octets, let to)? where tag == 1: (replayed, place) = (octets, to)
        default:
            differs(
                record, "what is sent", recorded: Self.words(of: octets, control: tag == 1),
                replayed: Self.words(of: output))
            return
        }
        guard replayed == octets else {
            let offset =
                zip(replayed, octets).enumerated().first { $0.element.0 != $0.element.1 }?.offset
                ?? min(replayed.count, octets.count)
            differs(
                record, "octet \(offset) of what is sent",
                recorded: "\(Self.words(of: octets, control: tag == 1)), there \(Self.octet(octets, offset))",
                replayed: "\(Self.words(of: replayed, control: tag == 1)), there \(Self.octet(replayed, offset))")
            return
        }
        guard place == remote else {
            differs(record, "where a packet is sent", recorded: "\(remote)", replayed: "\(place)")
            return
        }
        packets += 1
    }

    private mutating func compareHeard(
        _ record: JournalRecord, _ reading: inout JournalReading
    ) throws(JournalError) {
        let (rate, count, digest) = (try reading.int(), try reading.int(), try reading.word())
        session?.pull(now: record.time, into: &frame)
        var now = Digest64()
        for sample in frame.samples { now.take(UInt16(bitPattern: sample)) }
        guard (rate, count, digest) == (frame.sampleRate, frame.samples.count, now.value) else {
            differs(
                record, "what is heard, frame \(frames + 1)",
                recorded: "\(count) samples at \(rate) Hz, digest \(String(digest, radix: 16))",
                replayed: "\(frame.samples.count) samples at \(frame.sampleRate) Hz (\(frame.origin)), "
                    + "digest \(String(now.value, radix: 16))")
            return
        }
        frames += 1
    }

    private mutating func differs(_ record: JournalRecord, _ place: String, recorded: String, replayed: String) {
        difference = ReplayDifference(
            track: .media, time: record.time, place: place, recorded: recorded, replayed: replayed)
    }

    private static func words(of output: MediaOutput?) -> String {
        switch output {
        case .rtp(let octets, _): words(of: octets, control: false)
        case .rtcp(let octets, _): words(of: octets, control: true)
        case .event(let event): "\(event)"
        case nil: "nothing"
        }
    }

    private static func words(of octets: [UInt8], control: Bool) -> String {
        guard !control, octets.count >= 12 else { return "\(control ? "RTCP" : "RTP") of \(octets.count) octets" }
        let sequence = Int(octets[2]) << 8 | Int(octets[3])
        let timestamp = octets[4..<8].reduce(0) { $0 << 8 | Int($1) }
        return "RTP \(sequence), timestamp \(timestamp), \(octets.count) octets"
    }

    private static func octet(_ octets: [UInt8], _ offset: Int) -> String {
        offset < octets.count ? "0x" + String(octets[offset], radix: 16) : "nothing"
    }
}
