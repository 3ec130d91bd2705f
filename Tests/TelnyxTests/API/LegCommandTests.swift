import TelephonyPrimitives
import Testing

@testable import Telnyx

@Suite("Commands for calls")
struct LegCommandTests {
    private static let id = CommandID(rawValue: "c0ffee00-0000-4000-8000-000000000001")

    struct Row: Sendable, CustomTestStringConvertible {
        var command: any LegCommand
        var action: String
        /// Without `command_id`.
        var body: String
        var testDescription: String { action }

        init(_ action: String, _ command: some LegCommand, _ body: String) {
            self.action = action
            self.command = command
            self.body = body
        }
    }

    private static func changed<Command>(_ command: Command, _ change: (inout Command) -> Void) -> Command {
        var command = command
        change(&command)
        return command
    }

    /// Each command, plain and with what it can say; the expected bodies are Telnyx's documentation in JSON.
    static let rows: [Row] = [
        Row("answer", AnswerCommand(), #"{"send_silence_when_idle":true}"#),
        Row(
            "answer",
            changed(AnswerCommand()) {
                $0.stream = StreamOptions(url: "wss://agent.example/s?token=1")
                $0.recording = changed(RecordingOptions()) { $0.maximumLength = .seconds(60) }
                $0.customHeaders = [SIPHeader("X-A", "1")]
                $0.preferredCodecs = ["G722", "PCMU"]
                $0.webhooks = WebhookOverrides(url: "https://agent.example/w")
            },
            #"""
            {"send_silence_when_idle":true,"stream_url":"wss://agent.example/s?token=1","stream_track":"inbound_track",
            "stream_bidirectional_mode":"rtp","stream_bidirectional_codec":"PCMU",
            "stream_bidirectional_target_legs":"self","record":"record-from-answer","record_channels":"dual",
            "record_format":"wav","record_max_length":60,"custom_headers":[{"name":"X-A","value":"1"}],
            "preferred_codecs":"G722,PCMU","webhook_url":"https://agent.example/w","webhook_url_method":"POST"}
            """#),
        Row("reject", RejectCommand(.busy), #"{"cause":"USER_BUSY"}"#),
        Row("hangup", HangupCommand(), "{}"),
        Row("client_state_update", ClientStateCommand(ClientState("0mh4x")), #"{"client_state":"MG1oNHg="}"#),
        Row(
            "transfer",
            changed(TransferCommand(to: "+12025550199")) {
                $0.from = "+12025550131"
                $0.ringing = .seconds(20)
                $0.timeLimit = .milliseconds(60_001)
                $0.machineDetection = changed(MachineDetection(.premium)) { $0.totalAnalysis = .milliseconds(3_500) }
                $0.targetState = ClientState("b")
                $0.mutedKeys = .ours
                $0.parksAfterUnbridge = true
                $0.sip.mediaEncryption = .srtp
                $0.sip.isPrivate = true
                $0.hasEarlyMedia = false
            },
            #"""
            {"to":"+12025550199","from":"+12025550131","timeout_secs":20,"time_limit_secs":61,
            "answering_machine_detection":"premium","answering_machine_detection_config":{"total_analysis_time_millis":3500},
            "target_leg_client_state":"Yg==","mute_dtmf":"self","park_after_unbridge":"self","media_encryption":"SRTP",
            "privacy":"id","early_media":false}
            """#),
        Row(
            "bridge", changed(BridgeCommand(with: "v3:other")) { $0.preventsDoubleBridge = true },
            #"{"call_control_id":"v3:other","prevent_double_bridge":true}"#),
        Row(
            "refer",
            changed(ReferCommand(to: "sip:desk@example.com")) {
                $0.username = "u"
                $0.password = Secret("p4ssw0rd")
            },
            #"{"sip_address":"sip:desk@example.com","sip_auth_username":"u","sip_auth_password":"p4ssw0rd"}"#),
        Row("enqueue", EnqueueCommand("support"), #"{"queue_name":"support"}"#),
        Row("leave_queue", LeaveQueueCommand(), "{}"),
        Row("switch_supervisor_role", SupervisorRoleCommand(.whisper), #"{"role":"whisper"}"#),
        Row(
            "speak",
            changed(SpeakCommand("<speak>Hi</speak>", voice: "female")) {
                $0.isSSML = true
                $0.language = "en-US"
                $0.repetition = .endless
                $0.stops = .all
                $0.targetLegs = .both
                $0.isPremium = true
            },
            #"""
            {"payload":"<speak>Hi</speak>","voice":"female","payload_type":"ssml","language":"en-US","loop":"infinity",
            "stop":"all","target_legs":"both","service_level":"premium"}
            """#),
        Row(
            "playback_start",
            changed(PlaybackStartCommand(.url("https://agent.example/a.wav"))) {
                $0.repetition = .times(3)
                $0.isOverlay = true
                $0.audioType = .wav
            },
            #"{"audio_url":"https://agent.example/a.wav","loop":3,"overlay":true,"audio_type":"wav"}"#),
        Row("playback_start", PlaybackStartCommand(.media("hello")), #"{"media_name":"hello"}"#),
        Row("playback_start", PlaybackStartCommand(.content([1, 2, 3])), #"{"playback_content":"AQID"}"#),
        Row("playback_stop", PlaybackStopCommand(.current), #"{"stop":"current"}"#),
        Row(
            "gather",
            changed(GatherCommand()) {
                $0.rules.minimumDigits = 4
                $0.rules.maximumDigits = 6
                $0.rules.timeout = .seconds(30)
                $0.rules.initialTimeout = .seconds(5)
                $0.rules.terminatingDigit = "#"
                $0.rules.validDigits = "0123456789"
                $0.gatherID = "pin"
            },
            #"""
            {"minimum_digits":4,"maximum_digits":6,"timeout_millis":30000,"initial_timeout_millis":5000,
            "terminating_digit":"#","valid_digits":"0123456789","gather_id":"pin"}
            """#),
        Row(
            "gather_using_audio",
            changed(GatherUsingAudioCommand(.url("https://agent.example/a.wav"))) {
                $0.invalidSource = .media("again")
                $0.maximumTries = 3
            },
            #"{"audio_url":"https://agent.example/a.wav","invalid_media_name":"again","maximum_tries":3}"#),
        Row(
            "gather_using_speak", GatherUsingSpeakCommand("Your PIN?", voice: "male"),
            #"{"payload":"Your PIN?","voice":"male"}"#),
        Row("gather_stop", GatherStopCommand(), "{}"),
        Row(
            "send_dtmf", changed(SendDTMFCommand("1w2W#")) { $0.duration = .milliseconds(250) },
            #"{"digits":"1w2W#","duration_millis":250}"#),
        Row(
            "send_sip_info", SendSIPInfoCommand("Signal=1", contentType: "application/dtmf-relay"),
            #"{"content_type":"application/dtmf-relay","body":"Signal=1"}"#),
        Row("record_start", RecordStartCommand(), #"{"channels":"dual","format":"wav"}"#),
        Row("record_stop", RecordStopCommand("r1"), #"{"recording_id":"r1"}"#),
        Row("record_pause", RecordPauseCommand(), "{}"),
        Row("record_resume", RecordResumeCommand(), "{}"),
        Row(
            "streaming_start",
            changed(
                StreamingStartCommand(
                    changed(StreamOptions(url: "wss://agent.example/s")) {
                        $0.track = .both
                        $0.codec = .pcma
                        $0.reply = StreamFormat(.l16, sampleRate: 24_000)
                        $0.authToken = "t0k3n"
                    })
            ) { $0.parameters = ["b": "2", "a": "1"] },
            #"""
            {"stream_url":"wss://agent.example/s","stream_track":"both_tracks","stream_codec":"PCMA",
            "stream_bidirectional_mode":"rtp","stream_bidirectional_codec":"L16",
            "stream_bidirectional_sampling_rate":24000,"stream_bidirectional_target_legs":"self",
            "stream_auth_token":"t0k3n","custom_parameters":[{"name":"a","value":"1"},{"name":"b","value":"2"}]}
            """#),
        Row(
            "streaming_start",
            StreamingStartCommand(changed(StreamOptions(url: "wss://agent.example/s")) { $0.reply = nil }),
            #"{"stream_url":"wss://agent.example/s","stream_track":"inbound_track"}"#),
        Row("streaming_stop", StreamingStopCommand("s1"), #"{"stream_id":"s1"}"#),
        Row(
            "fork_start", ForkStartCommand(heard: "udp:192.0.2.1:9000", said: "udp:192.0.2.1:9002"),
            #"{"rx":"udp:192.0.2.1:9000","tx":"udp:192.0.2.1:9002"}"#),
        Row("fork_stop", ForkStopCommand(), "{}"),
        Row(
            "transcription_start",
            changed(TranscriptionStartCommand()) {
                $0.engine = "Telnyx"
                $0.tracks = .both
            }, #"{"transcription_engine":"Telnyx","transcription_tracks":"both"}"#),
        Row("transcription_stop", TranscriptionStopCommand(), "{}"),
        Row(
            "suppression_start", changed(SuppressionStartCommand()) { $0.direction = .both },
            #"{"direction":"both"}"#),
        Row("suppression_stop", SuppressionStopCommand(), "{}"),
    ]

    @Test("Each command is a request with the documented method and body", arguments: rows)
    func bodies(_ row: Row) throws {
        let request = try row.command.request(on: "v3:a/b c", commandID: Self.id)
        var expected = try JSONValue(parsing: row.body.utf8).object ?? [:]
        if type(of: row.command).isNumbered { expected["command_id"] = .string(Self.id.rawValue) }
        #expect(request.body == .object(expected))
        #expect(request.method == (row.action == "client_state_update" ? .put : .post) && request.query.isEmpty)
        #expect(request.target == "/calls/v3%3Aa%2Fb%20c/actions/\(row.action)")
        #expect(request.repeatability == (type(of: row.command).isNumbered ? .byCommandID : .always))
        guard type(of: row.command).isNumbered else { return }
        let stated = try row.command.request(on: "v3:a", clientState: ClientState("x"), commandID: Self.id)
        #expect(stated.body?["client_state"]?.string == "eA==")
    }

    @Test("A dial says all that can be said, and is never repeated blindly")
    func dial() throws {
        var dial = DialCommand(to: "+12025550131", from: "+12025550133", application: "149")
        dial.fromName = "Harbour"
        dial.ringing = .seconds(30)
        dial.timeLimit = .seconds(600)
        dial.stream = StreamOptions(url: "wss://agent.example/s")
        dial.streamsBeforeRinging = true
        dial.machineDetection = MachineDetection(.detectBeep)
        dial.linkedTo = "v3:first"
        dial.isForBridge = true
        dial.sip.customHeaders = [SIPHeader("X-A", "1")]
        dial.webhooks.urls = ["call.hangup": ["https://agent.example/h"]]
        dial.webhooks.retries = ["call.hangup": [.milliseconds(500), .seconds(2)]]
        let request = try dial.request(clientState: ClientState("a"), commandID: Self.id)
        let expected = #"""
            {"to":"+12025550131","from":"+12025550133","connection_id":"149","from_display_name":"Harbour",
            "timeout_secs":30,"time_limit_secs":600,"stream_url":"wss://agent.example/s","stream_track":"inbound_track",
            "stream_bidirectional_mode":"rtp","stream_bidirectional_codec":"PCMU","stream_bidirectional_sampling_rate":8000,
            "stream_bidirectional_target_legs":"self","stream_establish_before_call_originate":true,
            "send_silence_when_idle":true,"answering_machine_detection":"detect_beep","link_to":"v3:first",
            "bridge_intent":true,"custom_headers":[{"name":"X-A","value":"1"}],
            "webhook_urls":{"call.hangup":["https://agent.example/h"]},"webhook_urls_method":"POST",
            "webhook_retries_policies":{"call.hangup":{"retries_ms":[500,2000]}},"client_state":"YQ==",
            "command_id":"c0ffee00-0000-4000-8000-000000000001"}
            """#
        let body = try JSONValue(parsing: expected.utf8)
        #expect(request.body == body)
        #expect(request.target == "/calls" && request.repeatability == .never)
        let several = try DialCommand(to: ["+1", "+2"], from: "+3", application: "1").request(commandID: Self.id)
        #expect(several.body?["to"] == ["+1", "+2"])
    }

    struct Fault: Sendable, CustomTestStringConvertible {
        var name: String
        var command: any LegCommand
        var testDescription: String { name }
    }

    static let faults: [Fault] = [
        Fault(name: "payload", command: SpeakCommand("", voice: "male")),
        Fault(name: "payload", command: SpeakCommand(String(repeating: "x", count: 3_001), voice: "male")),
        Fault(name: "loop", command: changed(SpeakCommand("a", voice: "male")) { $0.repetition = .times(0) }),
        Fault(name: "audio_url", command: PlaybackStartCommand(.url("file:///etc/passwd"))),
        Fault(name: "playback_content", command: PlaybackStartCommand(.content([]))),
        Fault(name: "maximum_digits", command: changed(GatherCommand()) { $0.rules.maximumDigits = 129 }),
        Fault(
            name: "minimum_digits",
            command: changed(GatherCommand()) {
                $0.rules.minimumDigits = 5
                $0.rules.maximumDigits = 4
            }),
        Fault(
            name: "initial_timeout_millis",
            command: changed(GatherCommand()) { $0.rules.initialTimeout = .seconds(121) }),
        Fault(name: "digits", command: SendDTMFCommand("")),
        Fault(name: "digits", command: SendDTMFCommand("12e")),
        Fault(name: "duration_millis", command: changed(SendDTMFCommand("1")) { $0.duration = .seconds(1) }),
        Fault(
            name: "body", command: SendSIPInfoCommand(String(repeating: "x", count: 1_401), contentType: "text/plain")),
        Fault(name: "content_type", command: SendSIPInfoCommand("x", contentType: "text/plain\r\nX-Evil: 1")),
        Fault(name: "to", command: TransferCommand(to: "")),
        Fault(name: "timeout_secs", command: changed(TransferCommand(to: "+1")) { $0.ringing = .seconds(4) }),
        Fault(name: "time_limit_secs", command: changed(TransferCommand(to: "+1")) { $0.timeLimit = .seconds(20_000) }),
        Fault(
            name: "from_display_name",
            command: changed(TransferCommand(to: "+1")) { $0.fromName = String(repeating: "x", count: 129) }),
        Fault(name: "sip_address", command: ReferCommand(to: "+12025550131")),
        Fault(name: "call_control_id", command: BridgeCommand(with: "")),
        Fault(name: "stream_url", command: StreamingStartCommand(StreamOptions(url: "https://agent.example"))),
        Fault(
            name: "PCMU at 16000 Hz",
            command: StreamingStartCommand(
                changed(StreamOptions(url: "wss://a")) { $0.reply = StreamFormat(.pcmu, sampleRate: 16_000) })),
        Fault(
            name: "sampling rate",
            command: changed(AnswerCommand()) {
                $0.stream = changed(StreamOptions(url: "wss://a")) { $0.reply = StreamFormat(.l16, sampleRate: 16_000) }
            }),
        Fault(
            name: "stream_auth_token",
            command: changed(AnswerCommand()) {
                $0.stream = changed(StreamOptions(url: "wss://a")) { $0.authToken = "t" }
            }),
        Fault(
            name: "custom_headers",
            command: changed(AnswerCommand()) { $0.customHeaders = [SIPHeader("X-A", "1\r\nB: 2")] }),
        Fault(name: "custom_headers", command: changed(HangupCommand()) { $0.customHeaders = [SIPHeader("X A", "1")] }),
        Fault(name: "rx", command: ForkStartCommand(heard: "192.0.2.1", said: "udp:192.0.2.1:1")),
        Fault(name: "max_length", command: changed(RecordStartCommand()) { $0.maximumLength = .seconds(14_401) }),
        Fault(name: "queue_name", command: EnqueueCommand("")),
        Fault(
            name: "webhook_retries_policies",
            command: changed(AnswerCommand()) { $0.webhooks.retries = ["a": [.seconds(61)]] }),
        Fault(name: "webhook", command: changed(AnswerCommand()) { $0.webhooks.url = "ftp://a" }),
    ]

    @Test("What Telnyx would refuse is not sent, and named", arguments: faults)
    func refused(_ fault: Fault) {
        let error = #expect(throws: TelnyxError.self) {
            try fault.command.request(on: "v3:a", commandID: Self.id)
        }
        guard case .invalid(let sentence)? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(sentence.contains(fault.name) && sentence.hasSuffix("."))
    }

    @Test("A dial without a target, an application or sense is not sent")
    func refusedDials() {
        var dials = [
            DialCommand(to: [], from: "+1", application: "1"), DialCommand(to: "", from: "+1", application: "1"),
            DialCommand(to: "+1", from: "+1", application: ""),
        ]
        dials.append(Self.changed(DialCommand(to: "+1", from: "+1", application: "1")) { $0.ringing = .seconds(601) })
        dials.append(Self.changed(DialCommand(to: "+1", from: "+1", application: "1")) { $0.digitsOnAnswer = "x" })
        for dial in dials { #expect(throws: TelnyxError.self) { try dial.request(commandID: Self.id) } }
        #expect(throws: TelnyxError.self) { try HangupCommand().request(on: "", commandID: Self.id) }
    }

    @Test("Command identifiers are version 4 UUIDs, each another")
    func identifiers() {
        var generator = SeededGenerator(seed: 7)
        let all = Set((0..<100).map { _ in CommandID.random(using: &generator).rawValue })
        #expect(all.count == 100)
        for text in all {
            let parts = text.split(separator: "-").map(\.count)
            #expect(parts == [8, 4, 4, 4, 12] && text.dropFirst(14).first == "4")
            #expect("89ab".contains(text.dropFirst(19).first ?? "x"))
        }
    }

    @Test(
        "A segment of a path stays one",
        arguments: [
            ("v3:abc", "v3%3Aabc"), ("..", "%2E%2E"), ("a/../b", "a%2F..%2Fb"), ("a?b#c", "a%3Fb%23c"), ("é", "%C3%A9"),
            ("A-z_0.~", "A-z_0.~"),
        ])
    func segments(_ text: String, _ encoded: String) {
        #expect(URLText.encoded(text) == encoded)
        #expect(URLText.decoded(encoded) == text)
    }
}
