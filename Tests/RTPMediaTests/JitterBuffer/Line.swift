import RTPMedia
import TelephonyPrimitives

/// A packet of a simulated line: what is in it and when it comes.
struct LinePacket {
    var arrival: Double
    var sequence: UInt16
    var timestamp: UInt32
    var marker: Bool
    var samples: [Int16]
}

/// A sender and a network in virtual time: packets of a signal, which tests then delay, lose, swap and repeat.
struct Line {
    var packets: [LinePacket]
    let sampleRate: Int

    /// Packets of `packetTime` milliseconds that arrive when they are full, `ppm` faster than the receiver's clock.
    init(
        _ signal: [Int16], sampleRate: Int = 8000, packetTime: Int = 20, firstSequence: UInt16 = 1000,
        firstTimestamp: UInt32 = 5000, ppm: Double = 0
    ) {
        self.sampleRate = sampleRate
        let length = sampleRate * packetTime / 1000
        packets = (0..<signal.count / length).map { index in
            LinePacket(
                arrival: Double(index + 1) * Double(packetTime) * (1 - ppm * 1e-6),
                sequence: firstSequence &+ UInt16(truncatingIfNeeded: index),
                timestamp: firstTimestamp &+ UInt32(truncatingIfNeeded: index * length), marker: index == 0,
                samples: Array(signal[index * length..<(index + 1) * length]))
        }
    }

    /// Adds a delay to each packet; the network keeps order unless told otherwise.
    mutating func delay(inOrder: Bool = true, by delay: (Int) -> Double) {
        var latest = 0.0
        for index in packets.indices {
            packets[index].arrival += delay(index)
            if inOrder { packets[index].arrival = max(packets[index].arrival, latest) }
            latest = max(latest, packets[index].arrival)
        }
    }

    /// Nothing arrives from `start` for `length` milliseconds, then everything at once.
    mutating func stall(at start: Double, for length: Double) {
        for index in packets.indices where (start..<start + length).contains(packets[index].arrival) {
            packets[index].arrival = start + length
        }
    }
}

/// What came out of a buffer for a line.
struct Playback {
    var buffer: JitterBuffer
    var frames: [PCMFrame] = []
    var outcomes: [InsertOutcome] = []
    /// The buffer's delay after each pull, in milliseconds.
    var delays: [Double] = []

    var samples: [Int16] { frames.flatMap(\.samples) }

    /// Pulls every 20 ms, the first at `phase` milliseconds, until half a second after the last packet.
    init(
        _ line: Line, configuration: JitterBufferConfiguration? = nil, clockRate: Int? = nil, phase: Double = 5,
        until: Double? = nil
    ) {
        buffer = JitterBuffer(
            linear: configuration ?? JitterBufferConfiguration(sampleRate: line.sampleRate), clockRate: clockRate)
        let arriving = line.packets.enumerated().sorted {
            ($0.element.arrival, $0.offset) < ($1.element.arrival, $1.offset)
        }
        .map(\.element)
        let end = until ?? (arriving.last?.arrival ?? 0) + 500
        var next = 0
        var now = phase
        while now < end {
            while next < arriving.count, arriving[next].arrival <= now {
                let packet = arriving[next]
                outcomes.append(
                    buffer.insert(
                        linear: packet.samples, sequence: packet.sequence, timestamp: packet.timestamp,
                        marker: packet.marker, arrival: .milliseconds(packet.arrival)))
                next += 1
            }
            frames.append(buffer.pull(now: .milliseconds(now)))
            delays.append(Double(buffer.statistics.currentDelay.inNanoseconds) / 1e6)
            now += Double(buffer.configuration.frameDuration.inNanoseconds) / 1e6
        }
    }

    /// The part of the frames that is neither silence nor empty, from the first such frame to the last.
    var audible: ArraySlice<PCMFrame> {
        guard let first = frames.firstIndex(where: { $0.origin != .silence }),
            let last = frames.lastIndex(where: { $0.origin != .silence })
        else { return [] }
        return frames[first...last]
    }
}

extension Instant {
    static func milliseconds(_ value: Double) -> Instant { Instant(nanoseconds: Int64(value * 1e6)) }
}
