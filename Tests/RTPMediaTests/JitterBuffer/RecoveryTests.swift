import RTPMedia
import TelephonyPrimitives
import Testing

/// A codec whose payload is one level for 20 ms and the level of the packet before, as redundancy.
private struct Redundant: AudioDecoder {
    var sampleRate = 16_000
    var clockRate = 48_000
    var hasRedundancy = true
    var hasConcealment = true
    /// The level of concealed audio; what comes after a decoded packet remembers it.
    var last: Int16 = 0

    static func payload(_ level: UInt8, before: UInt8) -> [UInt8] { [level, before] }

    func sampleCount(of payload: Span<UInt8>) -> Int { payload.count == 2 ? 320 : 0 }

    mutating func decode(_ payload: Span<UInt8>, into samples: inout [Int16]) {
        last = Int16(payload[0]) * 100
        samples.append(contentsOf: repeatElement(last, count: 320))
    }

    mutating func conceal(_ count: Int, into samples: inout [Int16]) -> Bool {
        guard hasConcealment else { return false }
        samples.append(contentsOf: repeatElement(last &+ 1, count: count))
        return true
    }

    mutating func recover(_ count: Int, from next: Span<UInt8>, into samples: inout [Int16]) -> Bool {
        guard hasRedundancy else { return false }
        samples.append(contentsOf: repeatElement(Int16(next[1]) * 100, count: count))
        return true
    }

    mutating func reset() { last = 0 }
}

/// A codec that never forgets a concealment: the level of a packet is a multiple of 100, and one more for each.
private struct Resentful: AudioDecoder {
    let sampleRate = 16_000
    let clockRate = 48_000
    var concealments: Int16 = 0

    func sampleCount(of payload: Span<UInt8>) -> Int { payload.count == 1 ? 320 : 0 }

    mutating func decode(_ payload: Span<UInt8>, into samples: inout [Int16]) {
        samples.append(contentsOf: repeatElement(Int16(payload[0]) * 100 + concealments, count: 320))
    }

    mutating func conceal(_ count: Int, into samples: inout [Int16]) -> Bool {
        concealments += 1
        samples.append(contentsOf: repeatElement(50 + concealments, count: count))
        return true
    }

    mutating func recover(_ count: Int, from next: Span<UInt8>, into samples: inout [Int16]) -> Bool { false }
}

@Suite("A jitter buffer whose codec knows about loss")
struct RecoveryTests {
    /// Sends packets of levels 1, 2, 3 … but for some, at a delay that lets each wait for its successor.
    private func play(_ decoder: Redundant, lost: Set<Int>, count: Int = 30) -> (buffer: JitterBuffer, played: [Int16])
    {
        var buffer = JitterBuffer(
            configuration: JitterBufferConfiguration(sampleRate: 16_000, minimumDelay: .milliseconds(30)))
        buffer.setDecoder(decoder, for: 111)
        var played: [Int16] = []
        for tick in 0..<count {
            if !lost.contains(tick) {
                let payload = Redundant.payload(UInt8(tick + 1), before: UInt8(tick))
                buffer.insert(
                    payload: payload.span, payloadType: 111, sequence: UInt16(tick), timestamp: UInt32(tick * 960),
                    arrival: .milliseconds(Double(tick) * 20))
            }
            played += buffer.pull(now: .milliseconds(Double(tick) * 20 + 5)).samples
        }
        return (buffer, played)
    }

    /// The levels played, a frame each, from the first packet on.
    private func levels(_ played: [Int16]) -> [Int16] {
        Array(stride(from: 0, to: played.count, by: 320).map { played[$0 + 160] }.drop { $0 == 0 })
    }

    @Test("takes a lost packet from the redundancy in the next one")
    func forwardErrorCorrection() {
        let (buffer, played) = play(Redundant(), lost: [10, 17])
        #expect(levels(played).prefix(25).elementsEqual((1...25).map { Int16($0 * 100) }))
        #expect(buffer.statistics.samplesRecovered == 2 * 320)
        #expect(buffer.statistics.samplesConcealed == 0)
    }

    @Test("goes on waiting for the next packet while the line loses some, though all of it is recovered")
    func patience() {
        var buffer = JitterBuffer(configuration: JitterBufferConfiguration(sampleRate: 16_000))
        buffer.setDecoder(Redundant(), for: 111)
        var concealedLate = 0
        for tick in 0..<3000 {
            if tick % 10 != 5 {
                let payload = Redundant.payload(UInt8(tick % 200), before: UInt8((tick + 199) % 200))
                buffer.insert(
                    payload: payload.span, payloadType: 111, sequence: UInt16(tick), timestamp: UInt32(tick * 960),
                    arrival: .milliseconds(Double(tick) * 20))
            }
            let frame = buffer.pull(now: .milliseconds(Double(tick) * 20 + 5))
            if tick >= 1000, frame.origin == .concealed { concealedLate += 1 }
        }
        #expect(concealedLate == 0)
        #expect(buffer.statistics.samplesRecovered >= 190 * 320)
    }

    @Test("leaves a loss that no redundancy tells of to the codec's own concealment")
    func codecConcealment() {
        let (buffer, played) = play(Redundant(hasRedundancy: false), lost: [10])
        #expect(levels(played)[10] == 1001)
        #expect(levels(played)[11] == 1200)
        #expect(buffer.statistics.samplesConcealed == 320)
        #expect(buffer.statistics.samplesRecovered == 0)
    }

    @Test("of two lost packets conceals the first and recovers the second")
    func burst() {
        let (buffer, played) = play(Redundant(), lost: [10, 11])
        let found = levels(played)
        #expect(found[10...12] == [1001, 1200, 1300])
        #expect(buffer.statistics.samplesRecovered == 320)
        #expect(buffer.statistics.samplesConcealed == 320)
    }

    /// Plays packets of levels 1, 2, 3 … as soon as they come, with none of the next at hand; `nil` is a loss.
    private func playAtOnce(_ delays: [Int: Double?], count: Int = 30) -> [[Int16]] {
        var buffer = JitterBuffer(configuration: JitterBufferConfiguration(sampleRate: 16_000))
        buffer.setDecoder(Resentful(), for: 111)
        let packets = (0..<count).compactMap { index in
            delays[index, default: 0].map { (index, arrival: Double(index) * 20 + $0) }
        }
        var waiting = packets.sorted { $0.arrival < $1.arrival }[...]
        return (0..<count).map { tick in
            let now = Double(tick) * 20 + 5
            while let (index, arrival) = waiting.first, arrival <= now {
                waiting.removeFirst()
                buffer.insert(
                    payload: [UInt8(index + 1)].span, payloadType: 111, sequence: UInt16(index),
                    timestamp: UInt32(index * 960), arrival: .milliseconds(arrival))
            }
            return buffer.pull(now: .milliseconds(now)).samples
        }
    }

    @Test("has the codec conceal when the next packet is not there either, and joins nothing by itself afterwards")
    func concealmentBeforeTheNext() {
        let frames = playAtOnce([10: nil, 11: nil])
        #expect(frames[9].allSatisfy { $0 == 1000 })
        #expect(frames[10].allSatisfy { $0 == 51 })
        #expect(frames[11].allSatisfy { $0 == 52 })
        #expect(frames[12].allSatisfy { $0 == 1302 })
    }

    @Test("decodes a packet that was only late as if nothing had been concealed")
    func lateness() {
        let frames = playAtOnce([10: 24])
        #expect(frames[10].allSatisfy { $0 == 51 })
        // After the fade the levels are those of packets that follow on one another.
        let after = frames[12...].joined()
        #expect(after.count > 5000)
        #expect(after.allSatisfy { $0 % 100 == 0 || $0 < 100 })
        #expect(frames[29].allSatisfy { $0 >= 2800 })
    }

    @Test("lets a long loss fade into the background, whatever the codec would go on with")
    func longLoss() {
        let frames = playAtOnce(Dictionary(uniqueKeysWithValues: (10..<25).map { ($0, nil) }))
        #expect(frames[10..<18].map(Set.init) == (51...58).map { [$0] })
        #expect(frames[18..<25].allSatisfy { Set($0).count > 50 })
        #expect(frames[29].allSatisfy { $0 >= 2900 })
    }

    @Test("fills a loss by itself when the codec knows nothing of it")
    func ownConcealment() {
        let (buffer, played) = play(Redundant(hasRedundancy: false, hasConcealment: false), lost: [10])
        let between = played.filter { $0 > 1000 && $0 < 1200 }
        #expect(between.count > 100)
        #expect(buffer.statistics.samplesConcealed == 320)
    }

    @Test("plays nothing that no decoder was set for, nor with a decoder of another rate")
    func unusable() {
        var buffer = JitterBuffer(configuration: JitterBufferConfiguration(sampleRate: 8000))
        let payload: [UInt8] = [1, 2]
        func insert(_ type: UInt8, _ sequence: UInt16) -> InsertOutcome {
            buffer.insert(
                payload: payload.span, payloadType: type, sequence: sequence, timestamp: UInt32(sequence) * 2,
                arrival: .zero)
        }
        buffer.setDecoder(Redundant(), for: 111)
        for type: UInt8 in [0, 111] {
            #expect(insert(type, 1) == .unusable)
        }
        buffer.setDecoder(G711(.mu), for: 0)
        #expect(insert(0, 1) == .stored)
        buffer.removeDecoder(for: 0)
        #expect(insert(0, 2) == .unusable)
    }

    @Test("goes on without a gap when the sender changes its codec in mid-stream")
    func change() throws {
        let signal = Signal.voice(count: 8000 * 4)
        var buffer = JitterBuffer(configuration: JitterBufferConfiguration())
        buffer.setDecoder(G711(.mu), for: 0)
        buffer.setDecoder(G711(.a), for: 8)
        var frames: [PCMFrame] = []
        for tick in 0..<200 {
            let type: UInt8 = tick / 50 % 2 == 0 ? 0 : 8
            let payload = G711(type == 0 ? .mu : .a).encode(Array(signal[tick * 160..<tick * 160 + 160]))
            buffer.insert(
                payload: payload.span, payloadType: type, sequence: UInt16(tick), timestamp: UInt32(tick * 160),
                arrival: .milliseconds(Double(tick) * 20))
            frames.append(buffer.pull(now: .milliseconds(Double(tick) * 20 + 5)))
        }
        #expect(frames.allSatisfy { $0.origin == .real })
        #expect(Signal.correlation(frames.flatMap(\.samples), signal) > 0.99)
    }
}
