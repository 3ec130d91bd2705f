import Crypto
import Foundation
import RTPMedia
import TelephonyPrimitives
import Telnyx
import Testing

/// What we make for Telnyx and read of it, beside Telnyx's own Python package and Pipecat's serializer.
@Suite(.serialized)
struct TelnyxInteropTests {
    private static let telnyx = Workspace.root.appending(path: ".build-artifacts/telnyx/bin/python").path
    private static let pipecat = Workspace.root.appending(path: ".build-artifacts/pipecat/bin/python").path

    private static func isInstalled(_ path: String) -> Bool { FileManager.default.isExecutableFile(atPath: path) }

    private static func support(_ name: String) -> String {
        Workspace.root.appending(path: "Tests/InteropTests/Support/\(name)").path
    }

    /// Commands that say as much as they can.
    private static func requests() throws -> [TelnyxRequest] {
        let id = CommandID.random()
        let state = ClientState("0mh4x")
        var stream = StreamOptions(url: "wss://agent.example/s")
        stream.track = .both
        stream.codec = .l16
        stream.reply = StreamFormat(.l16, sampleRate: 16_000)
        stream.authToken = "token"
        var answered = StreamOptions(url: "wss://agent.example/s")
        answered.codec = .pcma
        var recording = RecordingOptions()
        recording.track = .both
        recording.maximumLength = .seconds(60)
        recording.silenceTimeout = .seconds(10)
        recording.fileName = "call"
        recording.trimsSilence = true
        var webhooks = WebhookOverrides(url: "https://agent.example/w")
        webhooks.urls = ["call.hangup": ["https://agent.example/h"]]
        webhooks.retries = ["call.hangup": [.milliseconds(500)]]
        var detection = MachineDetection(.premiumScreening)
        detection.totalAnalysis = .seconds(5)
        detection.initialSilence = .seconds(3)
        detection.afterGreetingSilence = .seconds(1)
        detection.betweenWordsSilence = .milliseconds(50)
        detection.greetingDuration = .seconds(3)
        detection.greetingSilence = .seconds(1)
        detection.greetingTotalAnalysis = .seconds(5)
        detection.maximumWordLength = .seconds(3)
        detection.maximumWords = 5
        detection.silenceThreshold = 256
        var sip = SIPOptions()
        sip.username = "u"
        sip.password = Secret("password")
        sip.transport = .tls
        sip.region = .middleEast
        sip.mediaEncryption = .srtp
        sip.customHeaders = [SIPHeader("X-A", "1")]
        sip.sipHeaders = [SIPHeader("User-to-User", "1")]
        sip.preferredCodecs = ["G722", "PCMU"]
        sip.isPrivate = true

        var dial = DialCommand(to: ["+12025550131", "+12025550132"], from: "+12025550133", application: "149")
        dial.fromName = "Harbour"
        dial.ringing = .seconds(30)
        dial.timeLimit = .seconds(600)
        dial.machineDetection = detection
        dial.stream = stream
        dial.streamsBeforeRinging = true
        dial.recording = recording
        dial.sip = sip
        dial.webhooks = webhooks
        dial.linkedTo = "v3:a"
        dial.isForBridge = true
        dial.bridgesOnAnswer = true
        dial.parksAfterUnbridge = true
        dial.preventsDoubleBridge = true
        dial.digitsOnAnswer = "1w2"
        dial.supervised = "v3:b"
        dial.supervisorRole = .monitor

        var answer = AnswerCommand()
        answer.stream = answered
        answer.recording = recording
        answer.customHeaders = [SIPHeader("X-A", "1")]
        answer.webhooks = webhooks
        var hangup = HangupCommand()
        hangup.customHeaders = [SIPHeader("X-A", "1")]
        var transfer = TransferCommand(to: "+12025550199")
        transfer.from = "+12025550131"
        transfer.fromName = "Harbour"
        transfer.hasEarlyMedia = true
        transfer.ringing = .seconds(20)
        transfer.timeLimit = .seconds(600)
        transfer.machineDetection = detection
        transfer.targetState = state
        transfer.mutedKeys = .opposite
        transfer.parksAfterUnbridge = true
        transfer.recording = recording
        transfer.sip = sip
        transfer.webhooks = webhooks
        transfer.digitsOnAnswer = "1"
        transfer.audioURL = "https://agent.example/a.wav"
        var bridge = BridgeCommand(with: "v3:b")
        bridge.parksAfterUnbridge = true
        bridge.holdsAfterUnbridge = true
        bridge.playsRingtone = true
        bridge.ringtone = "us"
        bridge.mutedKeys = .both
        bridge.preventsDoubleBridge = true
        bridge.recording = recording
        var refer = ReferCommand(to: "sip:desk@example.com")
        refer.username = "u"
        refer.password = Secret("password")
        refer.customHeaders = [SIPHeader("X-A", "1")]
        refer.sipHeaders = [SIPHeader("User-to-User", "1")]
        var speak = SpeakCommand("Hello.", voice: "female")
        speak.isSSML = true
        speak.language = "en-US"
        speak.repetition = .endless
        speak.stops = .current
        speak.targetLegs = .both
        speak.isPremium = true
        var play = PlaybackStartCommand(.content([1, 2, 3]))
        play.audioType = .wav
        play.repetition = .times(3)
        play.isOverlay = true
        play.stops = .all
        play.targetLegs = .opposite
        play.isCached = false
        var stopPlaying = PlaybackStopCommand(.all)
        stopPlaying.isOverlay = true
        var rules = GatherRules()
        rules.minimumDigits = 4
        rules.maximumDigits = 6
        rules.timeout = .seconds(30)
        rules.interDigitTimeout = .seconds(3)
        rules.initialTimeout = .seconds(5)
        rules.terminatingDigit = "#"
        rules.validDigits = "0123456789"
        var gather = GatherCommand(rules)
        gather.gatherID = "pin"
        var gatherAudio = GatherUsingAudioCommand(.url("https://agent.example/a.wav"), rules: rules)
        gatherAudio.invalidSource = .media("again")
        gatherAudio.maximumTries = 3
        var gatherSpeak = GatherUsingSpeakCommand("PIN?", voice: "male", rules: rules)
        gatherSpeak.invalidText = "Again?"
        gatherSpeak.isSSML = true
        gatherSpeak.language = "en-US"
        gatherSpeak.maximumTries = 3
        var keys = SendDTMFCommand("1w2W#")
        keys.duration = .milliseconds(250)
        var record = RecordStartCommand()
        record.track = .inbound
        record.playsBeep = true
        record.maximumLength = .seconds(60)
        record.silenceTimeout = .seconds(10)
        record.trimsSilence = true
        record.fileName = "call"
        record.isTranscribed = true
        var streaming = StreamingStartCommand(stream)
        streaming.parameters = ["tenant": "harbour"]
        var transcription = TranscriptionStartCommand()
        transcription.engine = "Telnyx"
        transcription.tracks = .both
        var suppression = SuppressionStartCommand()
        suppression.direction = .both
        suppression.engine = "Denoiser"
        var queue = EnqueueCommand("support")
        queue.maximumWait = .seconds(600)
        queue.maximumSize = 10

        let commands: [any LegCommand] = [
            answer, RejectCommand(.busy), hangup, ClientStateCommand(state), transfer, bridge, refer, queue,
            LeaveQueueCommand(), SupervisorRoleCommand(.barge), speak, play, stopPlaying, gather, gatherAudio,
            gatherSpeak,
            GatherStopCommand(), keys, SendSIPInfoCommand("x", contentType: "text/plain"), record,
            RecordStopCommand("r"),
            RecordPauseCommand("r"), RecordResumeCommand("r"), streaming, StreamingStopCommand("s"),
            ForkStartCommand(heard: "udp:192.0.2.1:9000", said: "udp:192.0.2.1:9002"), ForkStopCommand(), transcription,
            TranscriptionStopCommand(), suppression, SuppressionStopCommand(),
        ]
        return try [dial.request(clientState: state, commandID: id)]
            + commands.map { try $0.request(on: "v3:a", clientState: state, commandID: id) }
    }

    @Test(
        "Telnyx's own package takes our signatures, knows every member of our requests and every event that we read",
        .enabled(if: isInstalled(telnyx), "the package telnyx is not installed: scripts/install-telnyx.sh"))
    func package() async throws {
        let workspace = try Workspace("telnyx")
        let key = Curve25519.Signing.PrivateKey()
        let publicKey = key.publicKey.rawRepresentation.base64EncodedString()
        let verifier = try WebhookVerifier(publicKey: publicKey)
        let now = Int64(Date().timeIntervalSince1970)
        let folder = Workspace.root.appending(path: "Fixtures/telnyx/webhooks")
        var signed: [JSONValue] = []
        var events: [JSONValue] = []
        for name in try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() {
            let body = Array(try Data(contentsOf: folder.appending(path: name)))
            let signature = try key.signature(for: Array("\(now)|".utf8) + body).base64EncodedString()
            let headers = [
                (name: "telnyx-timestamp", value: "\(now)"), (name: "telnyx-signature-ed25519", value: signature),
            ]
            let event = try verifier.event(body: body, headers: headers, now: now)
            signed.append([
                "body": .string(Data(body).base64EncodedString()),
                "headers": .object(Dictionary(uniqueKeysWithValues: headers.map { ($0.name, .string($0.value)) })),
            ])
            if event.details != .other { events.append(.string(event.type)) }
        }
        let requests = try Self.requests()
        let given: JSONValue = [
            "key": .string(publicKey), "signed": .array(signed), "events": .array(events),
            "requests": .array(
                requests.map {
                    ["method": .string($0.method.rawValue), "path": .string($0.path), "body": $0.body ?? [:]]
                }),
        ]
        try workspace.write(given.json, to: "given.json")
        let program = try Program(Self.telnyx, [Self.support("telnyx_check.py"), workspace.path("given.json")])
        #expect(try await program.end() == 0, "\(program.output)")
        #expect(program.output.contains("signatures 35\n"), "\(program.output)")
        #expect(program.output.contains("requests \(requests.count)\n"))
        #expect(program.output.contains("events \(events.count)\n") && events.count == 33)
        workspace.remove()
    }

    @Test(
        "Pipecat's serializer reads the messages of a media stream that we write, and we read its own",
        .enabled(if: isInstalled(pipecat), "pipecat is not installed: scripts/install-pipecat.sh"),
        arguments: [StreamEncoding.pcmu, .pcma])
    func serializer(_ encoding: StreamEncoding) async throws {
        let workspace = try Workspace("telnyx-pipecat-\(encoding)")
        let format = StreamFormat(encoding, sampleRate: 8_000)
        var sound = try #require(StreamSound(format))
        let samples = (0..<160).map { Int16($0 * 100 - 8_000) }
        let payload = try #require(sound.payloads(of: samples).first)
        let start = StreamStart(control: "v3:9f2a", from: "+12025550133", to: "+12025550131", format: format)
        let events: [StreamMessage.Event] = [
            .connected(version: "1.0.0"), .start(start), .media(StreamMedia(payload, chunk: 1, timestamp: 0)),
            .dtmf(PressedDigits("7"), occurredAt: 1_767_323_045_678_901), .mark("m"), .stop(StreamStop()),
        ]
        let lines = events.enumerated().map { StreamMessage($1, sequence: $0, streamID: "s-1").json + "\n" }
        try workspace.write(lines.joined(), to: "messages.jsonl")
        let program = try Program(Self.pipecat, [Self.support("pipecat_telnyx.py"), workspace.path("messages.jsonl")])
        #expect(try await program.end() == 0, "\(program.output)")
        #expect(program.output.contains("call telnyx s-1 v3:9f2a \(encoding)\n"), "\(program.output)")
        let heard = sound.samples(of: payload)
        #expect(program.output.contains("heard 160 \(heard[0]) \(heard[159])\n"), "\(program.output)")
        #expect(program.output.contains("key 7\n"))
        let orders = try program.output.split(separator: "\n").filter { $0.hasPrefix("out ") }
            .map { try StreamOrder(parsing: Array($0.dropFirst(4).utf8)) }
        guard orders.count == 2, case .media(let theirs) = orders[0] else {
            Issue.record("\(program.output)")
            return
        }
        #expect(orders[1] == .clear)
        // Encoders may choose the one or the other of two neighbouring steps.
        let sounds = zip(sound.samples(of: theirs), samples).map {
            abs(Int($0) - Int($1)) <= max(16, abs(Int($1)) / 16)
        }
        #expect(sounds == Array(repeating: true, count: 160))
        workspace.remove()
    }
}
