import RTPMedia
import SIPCore
import SIPNIO
import Synchronization
import Telephony
import TelephonyPrimitives

/// A caller who asks, listens and cuts in, and sees every packet of its call.
final class Caller: Sendable {
    private struct Seen {
        /// Between the loops' clock and the timeline's, milliseconds.
        var offset: Double?
        var firstSent: Double?
        var lastSent: Double?
        var firstReceived: Double?
        var lastReceived: Double?
        var loudMs = 0.0
    }

    private let number: Int
    private let timeline: Timeline
    private let seen = Mutex(Seen())

    init(_ number: Int, _ timeline: Timeline) {
        self.number = number
        self.timeline = timeline
    }

    /// Calls, asks `turns` questions, and then cuts in `cuts` times.
    func call(_ target: String, turns: Int, cuts: Int) async throws {
        var configuration = EndpointConfiguration(listen: [try .udp("127.0.0.1", 0)])
        configuration.codecs = [.pcmu]
        configuration.mediaTrace = MediaTrace(isDecrypted: false) { self.saw($0) }
        let endpoint = try await Endpoint(configuration: configuration)
        var outgoing = OutgoingCall(to: target)
        outgoing.from = "sip:caller-\(number)@127.0.0.1"
        try await endpoint.call(outgoing) { call in
            await withTaskGroup(of: Void.self) { group in
                group.addTask { for await _ in call.audio {} }
                group.addTask { for await _ in call.events {} }
                await self.talk(on: call, turns: turns, cuts: cuts)
                await call.hangUp(reason: .normal)
                group.cancelAll()
            }
        }
        await endpoint.shutdown(drain: .zero)
    }

    private func talk(on call: any Call, turns: Int, cuts: Int) async {
        // The greeting.
        await untilAnswered()
        var turn = 0
        for _ in 0..<turns {
            turn += 1
            try? await Task.sleep(for: .milliseconds(300 + (number * 37 + turn * 101) % 400))
            await ask(turn, on: call)
            await untilAnswered()
            note(turn)
        }
        for _ in 0..<cuts {
            turn += 1
            try? await Task.sleep(for: .milliseconds(300 + (number * 37 + turn * 101) % 400))
            await ask(turn, on: call)
            // Into the answer, at any place of a word.
            while seen.withLock({ $0.firstReceived == nil }), !Task.isCancelled {
                try? await Task.sleep(for: .milliseconds(5))
            }
            try? await Task.sleep(for: .milliseconds(1_000 + (number * 53 + turn * 97) % 600))
            note(turn)
            turn += 1
            await interrupt(turn, on: call)
            await untilAnswered()
        }
    }

    private func ask(_ turn: Int, on call: any Call) async {
        seen.withLock { $0 = Seen(offset: $0.offset) }
        await say(on: call)
    }

    private func interrupt(_ turn: Int, on call: any Call) async {
        seen.withLock { seen in
            seen.firstSent = nil
            seen.lastSent = nil
        }
        await say(on: call)
        // The next answer comes half a second later at the earliest: what was heard by now belongs to the one cut.
        let (began, quiet, played) = seen.withLock { seen in
            defer { seen = Seen(offset: seen.offset, lastSent: seen.lastSent) }
            return (seen.firstSent, seen.lastReceived, seen.loudMs)
        }
        timeline.cut(.init(call: number, turn: turn)) { cut in
            cut.began = began
            cut.quiet = quiet
            cut.playedMs = played
        }
    }

    private func say(on call: any Call) async {
        let sound = Tone.samples(milliseconds: 400)
        for start in stride(from: 0, to: sound.count, by: 160) {
            try? await call.play(PCMFrame(samples: Array(sound[start..<start + 160]), sampleRate: 8_000))
        }
        await call.drain()
    }

    private func note(_ turn: Int) {
        let (asked, answered) = seen.withLock { ($0.lastSent, $0.firstReceived) }
        timeline.turn(.init(call: number, turn: turn)) { turn in
            turn.asked = asked
            turn.answered = answered
        }
    }

    /// Returns when the agent has spoken and been quiet for 400 ms, or never spoke for 10 s.
    private func untilAnswered() async {
        let start = timeline.now
        while !Task.isCancelled {
            try? await Task.sleep(for: .milliseconds(20))
            let (first, last) = seen.withLock { ($0.firstReceived, $0.lastReceived) }
            if first != nil, let last, timeline.now - last > 400 { return }
            if timeline.now - start > 10_000 { return }
        }
    }

    private func saw(_ datagram: TracedDatagram) {
        // RTP of PCMU.
        guard datagram.octets.count >= 172, datagram.octets[1] & 0x7F == 0 else { return }
        let isLoud = Loudness.isLoud(datagram.octets[12...])
        let time = Double(datagram.time.nanoseconds) / 1e6
        let now = timeline.now
        seen.withLock { seen in
            if !datagram.isReceived { seen.offset = min(seen.offset ?? .infinity, now - time) }
            guard isLoud, let offset = seen.offset else { return }
            let at = time + offset
            if datagram.isReceived {
                if seen.firstReceived == nil { seen.firstReceived = at }
                seen.lastReceived = at
                seen.loudMs += Double(datagram.octets.count - 12) / 8
            } else {
                if seen.firstSent == nil { seen.firstSent = at }
                seen.lastSent = at
            }
        }
    }
}
