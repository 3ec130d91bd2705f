import ProviderDoubles
import RTPMedia
import Synchronization
import Telephony
import TelephonyPrimitives
import Testing
import WebSockets

@testable import CallControl
@testable import Telnyx

/// Calls over real sockets, with a carrier that is none.
@Suite("Calls under Call Control")
struct CallTests {
    private func sound(_ octet: UInt8) -> [UInt8] { Array(repeating: octet, count: 160) }

    @Test(
        "A call is answered, heard, answered to, and hung up; its keys are told; the other side hears each sample once")
    func usual() async throws {
        let events = Told<CallEvent>()
        let frames = Told<(PCMFrame, PCMFrame)>()
        let rim = try await Rim { leg in
            #expect(leg.remote == CallParty(address: "+12025550133"))
            #expect(leg.local.address == "+12025550131")
            #expect(leg.session == "session-v3:one" && leg.leg == "leg-v3:one")
            try await leg.answer { call in
                #expect(call.sampleRate == 8_000 && call.direction == .incoming)
                await call.setTap { frames.tell(($0, $1)) }
                Task { for await event in call.events { events.tell(event) } }
                for await frame in call.audio where frame.origin == .real { try await call.play(frame) }
            }
        }
        let peer = try await rim.ring()
        let answer = try #require(rim.double.commands.first)
        #expect(answer.authorization == "Bearer KEYplanted" && answer.call == "v3%3Aone")
        #expect(answer.fields["stream_bidirectional_mode"] == "rtp")
        #expect(answer.fields["stream_bidirectional_codec"] == "PCMU")
        #expect(answer.fields["stream_bidirectional_target_legs"] == "self")
        #expect(answer.fields["stream_url"]?.hasPrefix("wss://agent.example/telnyx/stream?token=") == true)

        for octet in UInt8(0x80)..<0x94 { try peer.say(sound(octet)) }
        let heard = await peer.wait { $0.sound.count { $0.first != 0xFF } >= 20 }
        #expect(heard.sound.filter { $0.first != 0xFF } == (UInt8(0x80)..<0x94).map { sound($0) })
        #expect(heard.odd == 0)
        // Both sides in step, frame by frame.
        var hasHeard = false
        while let (heard, sent) = await frames.next() {
            #expect(heard.samples.count == 160 && sent.samples.count == 160)
            if heard.origin == .real { hasHeard = true }
            if hasHeard, sent.origin == .real { break }
        }
        try peer.press("7")
        #expect(await events.next() == .dtmf(digit: "7", duration: .milliseconds(100)))
        try await rim.post("call.dtmf.received", ["digit": "7"])
        try await rim.post("call.hangup", ["hangup_cause": "normal_clearing", "sip_hangup_cause": "200"])
        #expect(
            await events.next()
                == .ended(CallEnd(cause: .remoteHangUp, status: 200, explanation: "The other side hung up.")))
        await peer.wait { $0.isClosed }
        #expect(await rim.server.live == 0)
        await rim.close()
        #expect(!rim.lines.all.joined().contains("KEYplanted"))
        #expect(!rim.lines.all.joined().contains("token="))
    }

    @Test("What is queued is cut off at Telnyx, too, when the caller cuts in; and what has sounded is known")
    func bargeIn() async throws {
        let played = Told<Int>()
        let started = Told<Void>()
        let rim = try await Rim { leg in
            try await leg.answer { call in
                let speaking = Task {
                    for _ in 0..<500 where !Task.isCancelled {
                        try await call.play(PCMFrame(samples: Array(repeating: 4_000, count: 160), sampleRate: 8_000))
                    }
                }
                started.tell(())
                for await event in call.events {
                    if case .dtmf = event { break }
                }
                speaking.cancel()
                played.tell(await call.flush())
                #expect(await call.playedSamples() >= 0)
                for await _ in call.events {}
            }
        }
        let peer = try await rim.ring()
        await peer.wait { $0.sound.count >= 10 }
        try peer.press("1")
        await peer.wait { $0.clears == 1 }
        let samples = try #require(await played.next())
        // No more than was sent has sounded, and what was sent ahead is no more than 100 ms.
        let sent = peer.heard.sound.count * 160
        #expect(samples <= sent && samples > 0)
        try await rim.post("call.hangup")
        await rim.close()
    }

    @Test("Drained is what Telnyx says was heard; a farewell is not cut off by the hang-up")
    func drained() async throws {
        let rim = try await Rim { leg in
            try await leg.answer { call in
                for _ in 0..<10 {
                    try await call.play(PCMFrame(samples: Array(repeating: 900, count: 160), sampleRate: 8_000))
                }
                try await call.play(PCMFrame(samples: Array(repeating: 900, count: 40), sampleRate: 8_000))
                await call.drain()
                #expect(await call.playedSamples() == 1_640)
            }
        }
        let peer = try await rim.ring()
        _ = await rim.double.next("hangup")
        let heard = peer.heard
        #expect(heard.marks.count == 1)
        #expect(heard.sound.count == 11 && heard.clears == 0)
        try await rim.post("call.hangup")
        await rim.close()
    }

    @Test("Keys are sent, a transfer is put through by Telnyx, and the caller's leg is left to it")
    func keysAndTransfer() async throws {
        let rim = try await Rim { leg in
            try await leg.answer { call in
                try await call.sendDTMF("12,#")
                await #expect(throws: CallError.notADigit("x")) { try await call.sendDTMF("x") }
                await #expect(throws: CallError.self) { try await call.transfer(to: "not a number\r\n") }
                try await call.transfer(to: "tel:+12025550199")
            }
        }
        let peer = try await rim.ring()
        #expect(await rim.double.next("send_dtmf").fields["digits"] == "12w#")
        let transfer = await rim.double.next("transfer")
        #expect(transfer.fields["to"] == "+12025550199")
        let state = transfer.fields["target_leg_client_state"] ?? ""
        try await rim.post("call.initiated", call: "v3:target", ["direction": "outgoing", "client_state": state])
        try await rim.post("call.bridged", call: "v3:target", ["client_state": state])
        _ = await rim.double.next("streaming_stop")
        await peer.wait { $0.isClosed }
        #expect(!rim.double.commands.contains { $0.action == "hangup" })
        #expect(await rim.server.live == 0)
        await rim.close()
    }

    @Test("A stream that breaks is followed by another with a token of its own, and the call is the same")
    func reconnect() async throws {
        let notes = Told<String>()
        let rim = try await Rim { leg in
            try await leg.answer { kind, detail in
                if kind == "stream" { notes.tell(detail) }
            } _: { call in
                for await frame in call.audio where frame.origin == .real { try await call.play(frame) }
            }
        }
        let first = try await rim.ring()
        await first.cut()
        let again = await rim.double.next("streaming_start")
        #expect(again.fields["stream_url"] != rim.double.commands.first?.fields["stream_url"])
        #expect(again.fields["stream_bidirectional_sampling_rate"] == "8000")
        let second = try await MediaStreamPeer.open(again.fields["stream_url"] ?? "", port: rim.port)
        try second.begin(call: "v3:one")
        #expect(await notes.next() == "The media stream broke off, and is asked for anew.")
        #expect(await notes.next() == "The media stream is there again.")
        for _ in 0..<6 { try second.say(sound(0x91)) }
        await second.wait { $0.sound.contains(self.sound(0x91)) }
        try await rim.post("call.hangup")
        await rim.close()
    }

    @Test("G722 and L16 are heard and said at 16 000 Hz; L16 is streamed after the answer, for its rate")
    func codecs() async throws {
        for codec in [CallControlConfiguration.Codec.g722, .l16] {
            let rate = Told<Int>()
            let rim = try await Rim(codec: codec) { leg in
                try await leg.answer { call in
                    rate.tell(call.sampleRate)
                    for await frame in call.audio where frame.origin == .real { try await call.play(frame) }
                }
            }
            try await rim.post("call.initiated", Rim.incoming)
            var command = await rim.double.next("answer")
            if codec == .l16 {
                #expect(command.fields["stream_url"] == nil)
                command = await rim.double.next("streaming_start")
                #expect(command.fields["stream_bidirectional_sampling_rate"] == "16000")
            }
            #expect(command.fields["stream_codec"] == codec.rawValue)
            let peer = try await MediaStreamPeer.open(command.fields["stream_url"] ?? "", port: rim.port)
            try peer.begin(call: "v3:one", encoding: codec.rawValue, rate: codec == .l16 ? 16_000 : 8_000)
            #expect(await rate.next() == 16_000)
            let size = codec == .l16 ? 640 : 160
            for _ in 0..<10 { try peer.say((0..<size).map { UInt8(truncatingIfNeeded: $0 * 7) }) }
            let heard = await peer.wait { $0.sound.count >= 5 }
            #expect(heard.sound.allSatisfy { $0.count == size })
            try await rim.post("call.hangup")
            await rim.close()
        }
    }

    @Test("A call of ours is placed once, streamed when it is answered, and talked on")
    func outgoing() async throws {
        let rim = try await Rim { _ in }
        let (progress, notes) = (Told<CallProgress>(), Told<String>())
        let server = rim.server
        let talk = Task {
            try await server.call(
                CallIdentifier("ours"), to: "+12025550199", from: nil, ringing: .seconds(30),
                progress: { progress.tell($0) }, note: { notes.tell("\($0): \($1)") }
            ) { call in
                try await call.play(PCMFrame(samples: Array(repeating: 900, count: 160), sampleRate: 8_000))
                await call.drain()
                return call.remote.address
            }
        }
        let dial = await rim.double.next("dial")
        #expect(dial.fields["to"] == "+12025550199" && dial.fields["from"] == "+12025550131")
        #expect(dial.fields["connection_id"] == "1494404757140276705" && dial.fields["timeout_secs"] == "30")
        let state = dial.fields["client_state"] ?? ""
        try await rim.post("call.initiated", call: "v3:dialled", ["direction": "outgoing", "client_state": state])
        try await rim.post("call.answered", call: "v3:dialled", ["client_state": state])
        let start = await rim.double.next("streaming_start")
        let peer = try await MediaStreamPeer.open(start.fields["stream_url"] ?? "", port: rim.port)
        try peer.begin(call: "v3:dialled")
        #expect(try await talk.value == "+12025550199")
        #expect(await progress.next() == .provisional(status: 100, reason: "Trying"))
        #expect(await progress.next() == .answered)
        #expect(await rim.double.next("hangup").call == "v3%3Adialled")
        // What Telnyx calls it, once.
        #expect(await notes.next()?.hasPrefix("carrier session: ") == true)
        #expect(await notes.next()?.hasPrefix("carrier leg: ") == true)
        await rim.close()
    }

    @Test("Stopping hangs up what is up, takes no more, and closes the port")
    func stopping() async throws {
        let (up, ended) = (Told<Void>(), Told<CallEnd>())
        let rim = try await Rim { leg in
            try await leg.answer { call in
                up.tell(())
                for await event in call.events {
                    if case .ended(let end) = event { ended.tell(end) }
                }
            }
        }
        let peer = try await rim.ring()
        _ = await up.next()
        async let closing: Void = rim.close()
        #expect(await ended.next()?.cause == .localHangUp)
        await peer.wait { $0.isClosed }
        await closing
        await #expect(throws: WebSocketConnectionError.self) {
            try await MediaStreamPeer.open("wss://agent.example/telnyx/stream", port: rim.port)
        }
    }

    @Test("More calls than may be are told to be busy")
    func busy() async throws {
        let rim = try await Rim(maximumCalls: 1) { leg in
            try await leg.answer { call in for await _ in call.events {} }
        }
        let peer = try await rim.ring()
        try await rim.post("call.initiated", call: "v3:two", Rim.incoming)
        let reject = await rim.double.next("reject")
        #expect(reject.call == "v3%3Atwo" && reject.fields["cause"] == "USER_BUSY")
        #expect(!peer.heard.isClosed)
        await rim.close()
    }
}
