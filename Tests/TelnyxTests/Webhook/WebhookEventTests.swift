import TelephonyPrimitives
import Testing

@testable import Telnyx

@Suite("Webhook events")
struct WebhookEventTests {
    @Test("A call that comes in says who, where and with what state")
    func initiated() throws {
        let event = try TelnyxFixtures.webhook("initiated")
        #expect(event.type == "call.initiated" && event.attempt == 1)
        #expect(event.deliveredTo == "https://agent.example/telnyx")
        #expect(event.occurredAt == 1_767_323_041_678_901)
        #expect(event.call.control == "v3:9f2a" && event.call.connection == "1494404757140276705")
        #expect(event.call.clientState == nil)
        guard case .initiated(let beginning) = event.details else {
            Issue.record("\(event.details)")
            return
        }
        #expect(beginning.parties.from == "+12025550133" && beginning.parties.to == "+12025550131")
        #expect(beginning.direction == .incoming && beginning.state == "parked" && beginning.callerName == "ADA")
        #expect(beginning.offeredCodecs == ["PCMU", "PCMA", "G722"])
        #expect(beginning.customHeaders == [SIPHeader("X-Tenant", "harbour")])
        #expect(beginning.sipHeaders == [SIPHeader("User-to-User", "abc;encoding=hex")])
        #expect(beginning.attestation == "A" && beginning.isIdentityValid == true && beginning.screening == "flagged")
        #expect(beginning.tags == ["a", "b"])
    }

    @Test("The end of a call says why, by whom, and how it sounded")
    func hangup() throws {
        guard case .hangup(let ending) = try TelnyxFixtures.webhook("hangup").details else {
            Issue.record("no hangup")
            return
        }
        #expect(ending.cause == .normalClearing && ending.source == .caller && ending.sipStatus == 200)
        #expect(ending.quality?.meanOpinionScore == 4.5 && ending.quality?.packetsFromLegSkipped == 3)
        #expect(ending.quality?.jitterMaximumVariance == 31.29 && ending.quality?.packetsToLeg == 2_995)
        #expect((ending.endedAt ?? 0) - (ending.startedAt ?? 0) == 60_000_000)
        guard case .hangup(let other) = try TelnyxFixtures.webhook("hangup-unspecified").details else { return }
        #expect(other.cause == "brand_new_cause" && other.sipStatus == nil && other.quality == nil)
    }

    @Test("Every other event is what its name says")
    func others() throws {
        func details(_ name: String) throws -> LegEvent { try TelnyxFixtures.webhook(name).details }
        #expect(try details("dtmf") == .digit(PressedDigits("7")))
        #expect(try details("gather-ended") == .gatherEnded(digits: PressedDigits("4711#"), status: .valid))
        #expect(try details("speak-started") == .speakStarted)
        #expect(try details("speak-ended") == .speakEnded(status: .completed))
        #expect(try details("streaming-started") == .streamingStarted(url: "wss://agent.example/stream"))
        #expect(try details("streaming-stopped") == .streamingStopped(url: "wss://agent.example/stream"))
        #expect(try details("machine-detected") == .machineDetected(.human, isPremium: false))
        #expect(try details("machine-premium-detected") == .machineDetected(.fax, isPremium: true))
        #expect(try details("machine-screening") == .machineDetected(.screening, isPremium: true))
        #expect(try details("machine-greeting-ended") == .greetingEnded(.ended, isPremium: false))
        #expect(try details("machine-premium-greeting-ended") == .greetingEnded(.beep, isPremium: true))
        #expect(try details("fork-started") == .forkStarted)
        #expect(try details("fork-stopped") == .forkStopped)
        #expect(try details("enqueued") == .enqueued(queue: "support"))
        #expect(try details("dequeued") == .dequeued(queue: "support"))
        guard case .playbackEnded(let playback) = try details("playback-ended"),
            case .recordingSaved(let recording) = try details("recording-saved"),
            case .streamingFailed(let failure) = try details("streaming-failed"),
            case .transcribed(let speech) = try details("transcription"),
            case .recordingTranscribed(let text) = try details("recording-transcribed"),
            case .referFailed(let refer) = try details("refer-failed"), case .cost(let cost) = try details("cost"),
            case .bridged(let parties) = try details("bridged"), case .answered = try details("answered"),
            case .held = try details("hold"), case .unheld = try details("unhold"),
            case .recordingFailed(let reason) = try details("recording-error"),
            case .referStarted = try details("refer-started"), case .referCompleted = try details("refer-completed"),
            case .playbackStarted = try details("playback-started")
        else {
            Issue.record("an event is not what it is called")
            return
        }
        #expect(playback.status == .fileNotFound && playback.isOverlay && playback.statusDetail == "404")
        #expect(recording.urls == ["mp3": "https://s3.example/r.mp3?sig=1"] && recording.channels == "dual")
        #expect((recording.endedAt ?? 0) - (recording.startedAt ?? 0) == 60_000_000)
        #expect(failure.reason == "connection_failed" && failure.url == "wss://agent.example/stream")
        #expect(speech.text == "hello this is a test speech" && speech.isFinal && speech.confidence == 0.977219)
        #expect(text.text == "Hello there." && text.recordingID == "r1")
        #expect(refer.sipStatus == 603)
        #expect(cost.total == "0.0085" && cost.parts.map(\.name) == ["sip-trunking", "call-control"])
        #expect(cost.isKnown && cost.billedSeconds == 60 && cost.parts.first?.cost == "0.0065")
        #expect(parties.from == "+12025550133" && reason.hasPrefix("Failed to authorize"))
    }

    @Test("Each sample is read, and what is unknown is passed on whole")
    func passThrough() throws {
        let names = try TelnyxFixtures.webhookNames()
        #expect(names.count == 35)
        for name in names {
            let event = try TelnyxFixtures.webhook(name)
            #expect((event.details == .other) == ["unknown", "conference"].contains(name), "\(name)")
            let octets = try TelnyxFixtures.octets("webhooks/\(name).json")
            #expect(event.raw == octets)
        }
        let unknown = try TelnyxFixtures.webhook("unknown")
        #expect(unknown.type == "call.teleported" && unknown.payload["to_planet"]?.string == "Mars")
        #expect(unknown.payload["nested"]?["a"] == [1, 2.5, nil, true])
    }

    @Test("Fields of a wrong type or none at all are no error")
    func lenient() throws {
        let odd = #"""
            {"event_type":"call.hangup","payload":{"from":12025550133,"hangup_cause":null,"sip_hangup_cause":486,
            "call_control_id":"","client_state":"%%%","custom_headers":{"a":1},"call_quality_stats":"none","tags":7}}
            """#
        let event = try WebhookEvent(body: Array(odd.utf8))
        guard case .hangup(let ending) = event.details else {
            Issue.record("no hangup")
            return
        }
        #expect(ending.parties.from == "12025550133" && ending.cause == .unspecified && ending.sipStatus == 486)
        #expect(event.call.control == nil && event.call.clientState == nil && event.occurredAt == nil)
        // Without an identifier the body names it: the same body is the same event.
        let again = try WebhookEvent(body: Array(odd.utf8))
        #expect(event.id.count == 64 && event.id == again.id)
    }

    @Test(
        "The query of a GET is read in every plausible spelling",
        arguments: [
            "event_type=call.dtmf.received&id=e1&call_control_id=v3%3A9f2a&digit=5&attempt=2",
            "data[event_type]=call.dtmf.received&data[id]=e1&data[payload][call_control_id]=v3:9f2a"
                + "&data[payload][digit]=5&meta[attempt]=2",
            "data.event_type=call.dtmf.received&data.id=e1&data.payload.call_control_id=v3:9f2a&data.payload.digit=5"
                + "&meta.attempt=2&broken=%zz",
        ])
    func query(_ query: String) throws {
        let event = try WebhookEvent(query: query)
        #expect(event.id == "e1" && event.call.control == "v3:9f2a" && event.attempt == 2)
        #expect(event.details == .digit(PressedDigits("5")))
    }

    @Test("Neither keys nor names show in what a log gets")
    func secrets() throws {
        for name in ["dtmf", "gather-ended", "initiated"] {
            let event = try TelnyxFixtures.webhook(name)
            #expect("\(event)" == "\(event.type) \(event.id)")
        }
        let digits = PressedDigits("4711")
        var dumped = ""
        dump(LegEvent.gatherEnded(digits: digits, status: .valid), to: &dumped)
        #expect(!dumped.contains("4711") && "\(digits)" == "(4 digits)")
    }

    @Test(
        "Times are read to the microsecond, in any zone, and what is none is not",
        arguments: [
            ("1970-01-01T00:00:00Z", 0), ("2026-01-02T03:04:05.678901Z", 1_767_323_045_678_901),
            ("2026-01-02T04:04:05.678901+01:00", 1_767_323_045_678_901),
            ("2026-01-02 03:04:05.6789012345Z", 1_767_323_045_678_901),
            ("2000-02-29T23:59:59.9", 951_868_799_900_000), ("2026-13-01T00:00:00Z", nil), ("", nil),
            ("2026-01-02T03:04:05.678901Zoo", nil), ("2026-01-02T03:04:0", nil), ("1969-12-31T00:00:00Z", nil),
        ] as [(String, Int64?)])
    func times(_ text: String, _ expected: Int64?) {
        #expect(ISOTime.microseconds(text) == expected)
        if let expected { #expect(ISOTime.microseconds(ISOTime.text(expected)) == expected) }
    }

    @Test("Damaged webhooks never trap", arguments: 1...20 as ClosedRange<UInt64>)
    func damage(_ seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        var read = 0
        for name in try TelnyxFixtures.webhookNames() {
            let octets = try TelnyxFixtures.octets("webhooks/\(name).json")
            for _ in 0..<10 {
                let broken = damaged(octets, by: &generator)
                if (try? WebhookEvent(body: broken)) != nil { read += 1 }
                _ = try? WebhookEvent(query: String(decoding: broken, as: UTF8.self))
            }
        }
        #expect(read > 0)
    }
}
