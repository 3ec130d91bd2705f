import RTPMedia
import TelephonyPrimitives
import Testing

@Suite("Media sessions")
struct MediaSessionTests {
    @Test(
        "On a clean line the sound arrives sample for sample as the codec makes it",
        arguments: [AudioCodecKind.pcmu, .pcma])
    func cleanLine(codec: AudioCodecKind) throws {
        var pair = MediaPair(codec: codec)
        pair.run(.seconds(4), frame: Tone.frame)
        let coder = G711(codec == .pcmu ? .mu : .a)
        let sent = (0..<200).flatMap { coder.decode(coder.encode(Tone.frame($0).samples)[...]) }
        let heard = pair.right.heard.flatMap(\.samples)
        // The tone begins somewhere within the first 200 ms of what is heard and then never breaks off.
        let start = try #require(heard.firstIndex { abs(Int($0)) > 5000 })
        #expect(start < 1600)
        let offset = try #require(sent.firstIndex { abs(Int($0)) > 5000 })
        let length = heard.count - start - 160
        #expect(Array(heard[start..<(start + length)]) == Array(sent[offset..<(offset + length)]))
        #expect(pair.right.heard.allSatisfy { $0.samples.count == 160 && $0.sampleRate == 8000 })
        let statistics = pair.right.session.statistics
        #expect(statistics.packetsLost == 0)
        #expect(statistics.concealedFrames == 0)
        #expect(statistics.estimatedMOS > 4)
        #expect(statistics.codec == codec.name)
    }

    @Test("One packet of 20 ms leaves per tick, silence included, with numbers and timestamps that run on")
    func sending() throws {
        var pair = MediaPair()
        pair.run(.seconds(1)) { $0 < 10 ? Tone.frame($0) : nil }
        let sent = pair.left.sent
        #expect(sent.count == 50)
        for (early, late) in zip(sent, sent.dropFirst()) {
            #expect(late.sequence == early.sequence &+ 1)
            #expect(late.timestamp == early.timestamp &+ 160)
        }
        #expect(sent.map(\.marker) == [true] + [Bool](repeating: false, count: 49))
        #expect(sent.allSatisfy { $0.payload.count == 160 && $0.ssrc == 1 && $0.payloadType == 0 })
        #expect(sent.last.map { Array($0.payload) } == [UInt8](repeating: 0xFF, count: 160))
        #expect(pair.left.session.statistics.packetsSent == 50)
        #expect(pair.left.session.statistics.octetsSent == 8000)
    }

    @Test("Over a line that loses a tenth the tone goes on, and the loss is told", arguments: [1, 2, 3] as [UInt64])
    func lossyLine(seed: UInt64) {
        var pair = MediaPair(seed: seed)
        pair.loss = 10
        pair.jitter = 15
        pair.duplication = 3
        pair.run(.seconds(20), frame: Tone.frame)
        let statistics = pair.right.session.statistics
        #expect(statistics.packetsSent == 1000)
        #expect((60...140).contains(statistics.packetsLost + statistics.duplicate))
        #expect(statistics.duplicate > 5)
        #expect(statistics.concealedFrames > 30)
        #expect(statistics.jitter > .milliseconds(1) && statistics.jitter < .milliseconds(20))
        #expect(statistics.estimatedMOS > 2 && statistics.estimatedMOS < 4.2)
        let loud = pair.right.heard.dropFirst(20).filter { Tone.power($0) > 1e6 }
        #expect(loud.count > 900)
    }

    @Test(
        "All keys arrive, once each and in order, when a fifth of the packets is lost",
        arguments: 0..<20 as Range<UInt64>)
    func keysUnderLoss(seed: UInt64) {
        let keys = "0123456789*#ABCD5511"
        var pair = MediaPair(seed: seed)
        pair.loss = 20
        pair.jitter = 25
        pair.duplication = 10
        pair.run(.milliseconds(500), frame: Tone.frame)
        #expect(pair.left.session.sendDTMF(keys) == 20)
        #expect(pair.left.session.isSendingDTMF)
        pair.run(.seconds(5), frame: Tone.frame)
        #expect(pair.right.keys == keys)
        #expect(!pair.left.session.isSendingDTMF)
        #expect(pair.left.events.filter { $0 == .dtmfSent }.count == 1)
    }

    @Test("A key on a clean line is told with its 100 ms, and shares SSRC and numbers with the audio")
    func keyOnCleanLine() throws {
        var pair = MediaPair()
        pair.run(.milliseconds(200), frame: Tone.frame)
        pair.left.session.sendDTMF("7")
        pair.run(.milliseconds(400), frame: Tone.frame)
        #expect(pair.right.events.contains(.dtmf(digit: "7", duration: .milliseconds(100))))
        let sent = pair.left.sent
        #expect(sent.count == 30)
        #expect(zip(sent, sent.dropFirst()).allSatisfy { $1.sequence == $0.sequence &+ 1 && $1.ssrc == $0.ssrc })
        #expect(sent.filter { $0.payloadType == 101 }.count == 8)
        let before = try #require(sent.lastIndex { $0.payloadType == 0 && $0.sequence < sent[10].sequence })
        let after = try #require(sent.firstIndex { $0.payloadType == 0 && $0.sequence > sent[12].sequence })
        #expect(sent[after].timestamp == sent[before].timestamp &+ 160 * UInt32(after - before))
        #expect(sent[after].marker)
        #expect(pair.right.session.statistics.packetsLost == 0)
        #expect(pair.right.session.statistics.concealedFrames == 0)
    }

    @Test("Only the directions that were agreed on are used", arguments: MediaDirection.allCases)
    func directions(direction: MediaDirection) {
        var pair = MediaPair { left, _ in left.direction = direction }
        pair.run(.seconds(1), frame: Tone.frame)
        #expect(pair.left.sent.isEmpty == !direction.sends)
        // The right side sends silence; what it says is heard as real audio only when we receive.
        #expect(pair.left.heard.contains { $0.origin == .real } == direction.receives)
    }

    @Test("After a hold the timestamp has run on and the first packet is marked")
    func hold() throws {
        var pair = MediaPair()
        pair.run(.seconds(1), frame: Tone.frame)
        var configuration = MediaPair.configuration(remote: MediaPair.right, ssrc: 1)
        configuration.direction = .inactive
        pair.left.session.update(configuration)
        pair.run(.seconds(1), frame: Tone.frame)
        #expect(pair.left.sent.count == 50)
        configuration.direction = .sendrecv
        pair.left.session.update(configuration)
        pair.run(.seconds(1), frame: Tone.frame)
        #expect(pair.left.sent.count == 100)
        let (last, first) = (pair.left.sent[49], pair.left.sent[50])
        #expect(first.sequence == last.sequence &+ 1)
        #expect(first.timestamp == last.timestamp &+ 51 * 160)
        #expect(first.marker)
        #expect(pair.right.session.statistics.packetsLost == 0)
        #expect(pair.right.heard.suffix(20).allSatisfy { Tone.power($0) > 1e6 })
    }

    @Test("A frame of another rate is refused, a short one filled up, a long one cut")
    func frames() {
        var pair = MediaPair()
        pair.run(.milliseconds(60)) { tick in
            [
                PCMFrame(samples: Array(repeating: 1000, count: 320), sampleRate: 16_000),
                PCMFrame(samples: [1000], sampleRate: 8000),
                PCMFrame(samples: Array(repeating: 1000, count: 400), sampleRate: 8000),
            ][tick]
        }
        #expect(pair.left.session.statistics.framesRefused == 1)
        let coded = G711(.mu).encode([1000])[0]
        #expect(pair.left.sent.map { $0.payload.filter { $0 == coded }.count } == [0, 1, 160])
        #expect(pair.left.sent.map(\.payload.count) == [160, 160, 160])
    }

    @Test("The codec may change in mid-call, on either side")
    func codecChange() {
        var pair = MediaPair()
        pair.run(.seconds(1), frame: Tone.frame)
        pair.left.session.update(MediaPair.configuration(remote: MediaPair.right, ssrc: 1, codec: .pcma))
        pair.run(.seconds(1), frame: Tone.frame)
        #expect(pair.left.sent.suffix(50).allSatisfy { $0.payloadType == 8 })
        #expect(pair.right.session.statistics.unknownPayload == 0)
        #expect(pair.right.session.statistics.concealedFrames == 0)
        #expect(pair.right.heard.suffix(40).allSatisfy { Tone.power($0) > 1e6 })
    }

    @Test("A line that goes dead is told at 5, 10 and 20 s, and so is its return, once")
    func silence() {
        var pair = MediaPair()
        pair.run(.seconds(1))
        pair.loss = 100
        pair.run(.seconds(25))
        #expect(
            pair.left.events.filter { if case .silent = $0 { true } else { false } }
                == [.silent(.seconds(5)), .silent(.seconds(10)), .silent(.seconds(20))])
        #expect(!pair.left.events.contains(.flows))
        pair.loss = 0
        pair.run(.seconds(4))
        #expect(pair.left.events.filter { $0 == .flows }.count == 1)
        #expect(pair.left.events.filter { if case .silent = $0 { true } else { false } }.count == 3)
    }

    @Test("On hold nobody is told of silence")
    func silenceOnHold() {
        var pair = MediaPair { left, right in
            left.direction = .sendonly
            right.direction = .recvonly
        }
        pair.run(.seconds(12))
        #expect(!pair.left.events.contains { if case .silent = $0 { true } else { false } })
    }

    @Test("The same seed gives the same octets, another seed other numbers")
    func determinism() {
        func run(_ seed: UInt64) -> [RTPPacket] {
            var pair = MediaPair(seed: seed)
            pair.run(.seconds(1), frame: Tone.frame)
            return pair.left.sent
        }
        #expect(run(1) == run(1))
        #expect(run(1).first?.sequence != run(2).first?.sequence)
        #expect(run(1).first?.timestamp != run(2).first?.timestamp)
    }

    @Test("After close nothing is sent or heard")
    func close() {
        var pair = MediaPair()
        pair.run(.seconds(1), frame: Tone.frame)
        pair.left.session.close(now: pair.now)
        pair.drain()
        let sent = pair.left.sent.count
        let received = pair.left.session.statistics.packetsReceived
        pair.run(.seconds(8), frame: Tone.frame)
        #expect(pair.left.sent.count == sent)
        #expect(pair.left.session.statistics.packetsReceived == received)
        #expect(pair.left.heard.allSatisfy { $0.samples.count == 160 })
        #expect(pair.left.session.sendDTMF("1") == 0)
    }
}
