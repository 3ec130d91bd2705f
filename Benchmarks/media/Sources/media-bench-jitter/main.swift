// What the jitter buffer makes of a recorded line, in virtual time.
//
//   media-bench-jitter jitter TRACE.csv IN8K.raw OUT8K.raw
//       the contract of the peers' drivers (jbio.h): at tick k, k × 20 ms after packet 0 was sent, all packets that
//       have arrived go in, then 160 samples come out. The last line on stderr is "missing N of M".
//   media-bench-jitter plc LOSS_PERCENT MEAN_BURST SEED IN8K.raw OUT8K.raw
//       no jitter, the loss of plc.c's Gilbert chain; the output is aligned with the input.
//   media-bench-jitter opus|opus-plain LOSS_PERCENT MEAN_BURST SEED IN16K.raw OUT16K.raw
//       the same loss with Opus, with and without in-band error correction; the far end reports its loss by RTCP.
//   media-bench-jitter cost PACKETS LOSS_PERCENT IN8K.raw
//   media-bench-jitter drift PPM SECONDS IN8K.raw
//
// DELAYS=FILE writes a line for each pull: the delay, the target in milliseconds, and how the frame came to be.
// OMISSION=MS sets how much late audio may be left out.
import Foundation
import RTPMedia
import TelephonyPrimitives

struct Arrival {
    var microseconds: Int64
    var sequence: UInt16
    var timestamp: UInt32
    var offset: Int
}

func fail(_ text: String) -> Never {
    FileHandle.standardError.write(Data((text + "\n").utf8))
    exit(2)
}

func readSamples(_ path: String) -> [Int16] {
    guard let data = FileManager.default.contents(atPath: path) else { fail("can't read \(path)") }
    return stride(from: 0, to: data.count - 1, by: 2).map { index in
        Int16(bitPattern: UInt16(data[index]) | UInt16(data[index + 1]) << 8)
    }
}

func write(_ samples: [Int16], to path: String) {
    var data = Data(capacity: samples.count * 2)
    for sample in samples {
        data.append(UInt8(truncatingIfNeeded: sample))
        data.append(UInt8(truncatingIfNeeded: sample >> 8))
    }
    guard FileManager.default.createFile(atPath: path, contents: data) else { fail("can't write \(path)") }
}

func readTrace(_ path: String) -> [Arrival] {
    guard let text = try? String(contentsOfFile: path, encoding: .utf8) else { fail("can't read \(path)") }
    return text.split(separator: "\n").compactMap { line in
        let cells = line.split(separator: ",").compactMap { Int64($0) }
        guard cells.count == 4 else { return nil }
        return Arrival(
            microseconds: cells[0], sequence: UInt16(truncatingIfNeeded: cells[1]),
            timestamp: UInt32(truncatingIfNeeded: cells[2]), offset: Int(cells[3]))
    }
}

func milliseconds(_ duration: Duration) -> Double {
    Double(duration.components.seconds) * 1000 + Double(duration.components.attoseconds) / 1e15
}

/// What plays a line through a buffer.
struct Listener {
    var buffer: JitterBuffer
    let codec = G711(.mu)
    let speech: [Int16]
    var played: [Int16] = []
    var missing = 0
    var ticks = 0
    var delays: [String] = []

    init(_ speech: [Int16], configuration: JitterBufferConfiguration) {
        self.speech = speech
        buffer = JitterBuffer(configuration: configuration)
        buffer.setDecoder(codec, for: 0)
        played.reserveCapacity(speech.count + 32_000)
    }

    mutating func take(_ packet: Arrival) {
        guard packet.offset + 160 <= speech.count else { return }
        let payload = codec.encode(Array(speech[packet.offset..<packet.offset + 160]))
        buffer.insert(
            payload: payload.span, payloadType: 0, sequence: packet.sequence, timestamp: packet.timestamp,
            arrival: Instant(nanoseconds: packet.microseconds * 1000))
    }

    mutating func pull() {
        let frame = buffer.pull(now: Instant(nanoseconds: Int64(ticks) * 20_000_000))
        if frame.origin == .concealed || frame.origin == .silence { missing += 1 }
        played += frame.samples
        let statistics = buffer.statistics
        delays.append(
            "\(milliseconds(statistics.currentDelay)) \(milliseconds(statistics.targetDelay)) \(frame.origin)")
        ticks += 1
    }

    func finish(_ output: String) {
        write(played, to: output)
        if let path = ProcessInfo.processInfo.environment["DELAYS"] {
            _ = FileManager.default.createFile(atPath: path, contents: Data(delays.joined(separator: "\n").utf8))
        }
        let statistics = buffer.statistics
        FileHandle.standardError.write(
            Data(
                """
                concealed \(statistics.samplesConcealed) removed \(statistics.samplesRemoved) \
                added \(statistics.samplesAdded) late \(statistics.packetsLate) mean delay \(statistics.meanDelay)
                missing \(missing) of \(ticks)

                """.utf8))
    }
}

func playTrace(_ trace: [Arrival], _ listener: inout Listener) {
    var next = 0
    for tick in 0..<listener.speech.count / 160 + 100 {
        while next < trace.count, trace[next].microseconds <= Int64(tick) * 20_000 {
            listener.take(trace[next])
            next += 1
        }
        listener.pull()
    }
}

/// The frames that are lost, by the chain of plc.c.
func lostFrames(count: Int, percent: Double, burst: Double, seed: UInt64) -> [Bool] {
    var state = seed &* 7919 &+ 12_345
    func draw() -> Double {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Double(state >> 33) / 2_147_483_648
    }
    let rate = percent / 100
    let leave = 1 / burst
    let enter = burst <= 1 ? rate : rate * leave / (1 - rate)
    var isBad = false
    return (0..<count).map { _ in
        isBad = burst <= 1 ? draw() < rate : isBad ? draw() >= leave : draw() < enter
        return isBad
    }
}

/// What a packet in and a frame out cost; a counter of allocations (valgrind, or one that is preloaded) tells the rest.
func measureCost(packets: Int, percent: Double, speech: [Int16], configuration: JitterBufferConfiguration) {
    var buffer = JitterBuffer(configuration: configuration)
    let codec = G711(.mu)
    buffer.setDecoder(codec, for: 0)
    let count = speech.count / 160
    let payloads = (0..<count).map { codec.encode(Array(speech[$0 * 160..<$0 * 160 + 160])) }
    let lost = lostFrames(count: packets, percent: percent, burst: 1, seed: 1)
    var frame: [Int16] = []
    frame.reserveCapacity(320)
    var sum = 0
    let clock = ContinuousClock()
    let elapsed = clock.measure {
        for number in 0..<packets {
            let now = Instant(nanoseconds: Int64(number) * 20_000_000)
            if !lost[number] {
                let payload = payloads[number % count]
                buffer.insert(
                    payload: payload.span, payloadType: 0,
                    sequence: UInt16(truncatingIfNeeded: number),
                    timestamp: UInt32(truncatingIfNeeded: number * 160), arrival: now)
            }
            frame.removeAll(keepingCapacity: true)
            _ = buffer.pull(now: now, into: &frame)
            sum &+= Int(frame[0])
        }
    }
    print("\(milliseconds(elapsed) * 1000 / Double(packets)) µs for each packet in and frame out (\(sum & 1))")
}

/// The delay and the steps of a long call whose clocks differ.
func measureDrift(ppm: Double, seconds: Int, speech: [Int16], configuration: JitterBufferConfiguration) {
    var buffer = JitterBuffer(configuration: configuration)
    let codec = G711(.mu)
    buffer.setDecoder(codec, for: 0)
    let count = speech.count / 160
    let payloads = (0..<count).map { codec.encode(Array(speech[$0 * 160..<$0 * 160 + 160])) }
    let decoded = codec.decode(payloads.joined().map { $0 }[...])
    var random = SeededGenerator(seed: 5)
    var frame: [Int16] = []
    var last: Int16 = 0
    var step = 0
    var delays: [Double] = []
    var number = 0
    var arrival = 0.0
    for tick in 0..<seconds * 50 {
        let now = Double(tick) * 20
        while arrival <= now {
            let payload = payloads[number % count]
            buffer.insert(
                payload: payload.span, payloadType: 0, sequence: UInt16(truncatingIfNeeded: number),
                timestamp: UInt32(truncatingIfNeeded: number * 160), arrival: Instant(nanoseconds: Int64(arrival * 1e6))
            )
            number += 1
            let jitter = Double.random(in: 0...3, using: &random)
            arrival = max(arrival, Double(number) * 20 * (1 - ppm * 1e-6) + jitter)
        }
        frame.removeAll(keepingCapacity: true)
        _ = buffer.pull(now: Instant(nanoseconds: Int64(now * 1e6)), into: &frame)
        for sample in frame {
            step = max(step, abs(Int(sample) - Int(last)))
            last = sample
        }
        if tick > 100 { delays.append(milliseconds(buffer.statistics.currentDelay)) }
    }
    let natural = zip(decoded, decoded.dropFirst()).map { abs(Int($0) - Int($1)) }.max() ?? 0
    delays.sort()
    print(
        "delay ms: median \(delays[delays.count / 2]), longest \(delays[delays.count - 1]); largest step \(step),",
        "of the speech itself \(natural); concealed \(buffer.statistics.samplesConcealed) samples")
}

let arguments = CommandLine.arguments
var configuration = JitterBufferConfiguration()
if let text = ProcessInfo.processInfo.environment["OMISSION"], let milliseconds = Int(text) {
    configuration.longestOmission = .milliseconds(milliseconds)
}
let usage =
    "usage: jitter TRACE IN OUT | plc|opus|opus-plain LOSS BURST SEED IN OUT | cost PACKETS LOSS IN | drift PPM SECONDS IN"
guard arguments.count >= 5 else { fail(usage) }
switch arguments[1] {
case "jitter":
    var listener = Listener(readSamples(arguments[3]), configuration: configuration)
    playTrace(readTrace(arguments[2]), &listener)
    listener.finish(arguments[4])
case "plc" where arguments.count >= 7:
    guard let percent = Double(arguments[2]), let burst = Double(arguments[3]), let seed = UInt64(arguments[4]) else {
        fail("LOSS BURST SEED")
    }
    let speech = readSamples(arguments[5])
    var listener = Listener(speech, configuration: configuration)
    let lost = lostFrames(count: speech.count / 160, percent: percent, burst: burst, seed: seed)
    for (frame, isLost) in lost.enumerated() {
        if !isLost {
            listener.take(
                Arrival(
                    microseconds: Int64(frame) * 20_000, sequence: UInt16(truncatingIfNeeded: frame),
                    timestamp: UInt32(frame * 160), offset: frame * 160))
        }
        listener.pull()
    }
    for _ in 0..<3 { listener.pull() }
    // The delay is constant without jitter: the first frame that is not silence is the first packet.
    let delay = Int(ProcessInfo.processInfo.environment["PLC_DELAY"] ?? "160") ?? 160
    listener.played = Array(listener.played.dropFirst(delay).prefix(speech.count))
    listener.finish(arguments[6])
case "opus" where arguments.count >= 7, "opus-plain" where arguments.count >= 7:
    guard let percent = Double(arguments[2]), let burst = Double(arguments[3]), let seed = UInt64(arguments[4]) else {
        fail("LOSS BURST SEED")
    }
    let speech = readSamples(arguments[5])
    var line = OpusLine(correctsErrors: arguments[1] == "opus", configuration: configuration)
    let count = speech.count / OpusLine.frameLength
    line.play(speech, lost: lostFrames(count: count, percent: percent, burst: burst, seed: seed))
    // One packet of look-ahead; what the encoder looks ahead by is left in, as it is for the peers.
    write(Array(line.played.dropFirst(OpusLine.frameLength).prefix(speech.count)), to: arguments[6])
    let statistics = line.buffer.statistics
    let bitRate = Double(line.octets * 8) / Double(count * 20)
    let note =
        "kbit/s \(bitRate) recovered \(statistics.samplesRecovered) concealed \(statistics.samplesConcealed)"
        + " mean delay \(statistics.meanDelay) added \(statistics.samplesAdded) removed \(statistics.samplesRemoved)\n"
    FileHandle.standardError.write(Data(note.utf8))
case "cost":
    // cost PACKETS LOSS_PERCENT IN8K.raw: so many packets of G.711 in, as many frames out, the speech over and over.
    guard let packets = Int(arguments[2]), let percent = Double(arguments[3]) else { fail("PACKETS LOSS") }
    measureCost(packets: packets, percent: percent, speech: readSamples(arguments[4]), configuration: configuration)
case "drift":
    // drift PPM SECONDS IN8K.raw: a sender whose clock is off, with 3 ms of jitter.
    guard let ppm = Double(arguments[2]), let seconds = Int(arguments[3]) else { fail("PPM SECONDS") }
    measureDrift(ppm: ppm, seconds: seconds, speech: readSamples(arguments[4]), configuration: configuration)
default:
    fail(usage)
}
