import CallReplay
import Foundation
import SIPNIO
import Telephony
import Testing

/// `trunkline serve` puts callers through, between phones that others wrote: who hears whom is told by their recordings.
@Suite(.serialized)
struct TransferTests {
    /// A caller says nothing for a while and then gives a tone; whoever is called gives another from the beginning.
    private static let (callerTone, calleeTone) = (440.0, 880.0)

    /// One caller and whom they are put through to.
    private struct Scene {
        /// The name under `transfers:`, and of both phones' parts in the log.
        var name: String
        /// The key by which the flow puts the caller through.
        var key: String
        var settings: String
    }

    private static let flow = """
        name: Desk
        greeting: "Hello."
        intents:
        %INTENTS%
        menu:
          prompt: "Anything else?"
          keys:
        %KEYS%
        fallback:
          say: ["Pardon?"]
        silence: ["Still there?", "Goodbye."]
        transfer_failed: "I am sorry, nobody can take your call now."
        """

    private static func flow(_ scenes: [Scene]) -> String {
        let intents = scenes.map { scene in
            "  go\(scene.key): {phrases: [\"go to \(scene.name)\"], steps: [{say: \"Yes.\"}, {transfer: \(scene.name)}]}"
        }
        let keys = scenes.map { "    \"\($0.key)\": go\($0.key)" }
        return flow.replacing("%INTENTS%", with: intents.joined(separator: "\n"))
            .replacing("%KEYS%", with: keys.joined(separator: "\n"))
    }

    @Test(
        "F-06, F-20: callers are put through attended and warm between baresips, each hears whom they should and no others, and who is not taken is with the agent again"
    )
    func kinds() async throws {
        let workspace = try Workspace("transfers")
        let (calling, called) = (workspace.path("calling.wav"), workspace.path("called.wav"))
        try Tone.write(Self.callerTone, seconds: 110, after: 6, to: calling)
        try Tone.write(Self.calleeTone, seconds: 110, after: 0, to: called)

        var callees: [String: Baresip] = [:]
        for name in ["accepts", "declines", "rings", "attended", "blind"] {
            callees[name] = try Baresip(
                in: workspace, user: "\(name)2", speaking: called, answers: name != "rings")
        }
        for phone in callees.values { try await phone.ready() }
        func warm(_ uri: String, _ more: String = "") -> String { "{to: \"\(uri)\", kind: warm\(more)}" }
        let busy = try await Endpoint(configuration: EndpointConfiguration(listen: [.udp("127.0.0.1", 0)]))
        let refusing: Task<Void, Never> = Task { await busy.serve { await $0.reject(status: 486) } }
        let busyAddress = try #require(busy.addresses.first).address
        let scenes = [
            Scene(name: "busy", key: "7", settings: warm("sip:busy@\(busyAddress)")),
            Scene(
                name: "accepts", key: "1",
                settings: warm(
                    callees["accepts"]?.uri() ?? "", ", briefing: \"Somebody asks about the opening hours.\"")),
            Scene(name: "declines", key: "2", settings: warm(callees["declines"]?.uri() ?? "")),
            Scene(
                name: "rings", key: "3", settings: warm(callees["rings"]?.uri() ?? "", ", ring_timeout: 3s")),
            Scene(
                name: "attended", key: "4",
                settings: "{to: \"\(callees["attended"]?.uri() ?? "")\", kind: attended}"),
            Scene(name: "blind", key: "6", settings: "\"\(callees["blind"]?.uri() ?? "")\""),
            Scene(
                name: "nowhere", key: "5",
                settings: warm("sip:nobody@127.0.0.1:\(try Workspace.freePort());transport=tcp")),
        ]
        try workspace.write(Self.flow(scenes), to: "desk.yaml")
        let places = scenes.map { "  \($0.name): \($0.settings)" }.joined(separator: "\n")
        let server = try await Server(
            in: workspace, agent: "local",
            settings: "flow: \(workspace.path("desk.yaml"))\ntransfers:\n\(places)")

        var callers: [String: Baresip] = [:]
        for scene in scenes {
            let caller = try Baresip(in: workspace, user: "\(scene.name)1", speaking: calling, dial: server.uri())
            callers[scene.name] = caller
            // One after the other: so many strangers at once would be taken for an attack.
            try await caller.callEstablished()
        }
        _ = try await server.program.line(number: scenes.count, containing: "agent:  Hello.")
        for scene in scenes { try callers[scene.name]?.control("sndcode", scene.key) }

        // Both are told what it is about; one takes the call, one does not.
        _ = try await server.program.line(number: 2, containing: "briefed: ")
        try callees["accepts"]?.control("sndcode", "1")
        try callees["declines"]?.control("sndcode", "2")
        _ = try await server.program.line(number: 2, containing: "bridged: ")
        try await callees["blind"]?.hears()
        // Four callers are with the agent again.
        _ = try await server.program.line(number: 4, containing: "agent:  I am sorry, nobody can take your call now.")
        // The keys of the caller reach whoever they are connected with, once.
        try callers["accepts"]?.control("sndcode", "7")
        _ = try await callees["accepts"]?.program.line(containing: "received event: '7' (end=1)")
        try callees["accepts"]?.control("sndcode", "9")
        _ = try await callers["accepts"]?.program.line(containing: "received event: '9' (end=1)")
        try await Task.sleep(for: .seconds(2))
        // One pair is ended by the one side, the other by the other.
        try callers["accepts"]?.control("hangup")
        try await callees["accepts"]?.callOver()
        try callees["attended"]?.control("hangup")
        try await callers["attended"]?.callOver()
        for name in ["busy", "declines", "rings", "nowhere", "blind"] { try callers[name]?.control("hangup") }
        _ = try await server.program.line(number: scenes.count, containing: "  ended: ")
        for phone in Array(callers.values) + Array(callees.values) { try await phone.stop() }

        let keys = Array(callers.values) + Array(callees.values)
        #expect(keys.reduce(0) { $0 + $1.keysHeard("7") } == 1 && keys.reduce(0) { $0 + $1.keysHeard("9") } == 1)

        let calls = try await server.calls()
        for scene in scenes {
            let call = try #require(
                calls.first { ($0["remote"] as? String)?.contains("\(scene.name)1@") == true }, "\(scene.name)")
            let told = Told(call)
            switch scene.name {
            case "accepts", "attended":
                try await connected(
                    told, try #require(callers[scene.name]), try #require(callees[scene.name]),
                    isBriefed: scene.name == "accepts")
            case "blind":
                #expect(told.at("transferred") != nil && told.at("bridged") == nil, "\(told.kinds)")
                let (byCaller, byCallee) = (
                    try Sound.read(try #require(callers["blind"]).heard()),
                    try Sound.read(try #require(callees["blind"]).heard())
                )
                #expect(Tone.first(Self.calleeTone, in: byCaller) != nil)
                #expect(Tone.first(Self.callerTone, in: byCallee) != nil)
            default:
                #expect(told.at("transfer failed") != nil && told.at("bridged") == nil, "\(told.kinds)")
                let reasons = [
                    "busy": "486", "declines": "declined the call", "rings": "Nobody answered within 3 s",
                    "nowhere": "could not be reached",
                ]
                let reason = told.detail("transfer failed")
                #expect(reason.contains(reasons[scene.name] ?? "-"), "\(scene.name): \(reason)")
                let heard = try await Transcriber.transcribe(try #require(try callers[scene.name]?.heard()))
                #expect(heard.contains("nobody can take"), "\(scene.name): \(heard)")
                let samples = try Sound.read(try #require(try callers[scene.name]?.heard()))
                #expect(Tone.strongest(Self.calleeTone, in: samples) < Tone.present, "\(scene.name)")
            }
        }
        #expect(try await server.stop() == 0)
        await busy.shutdown()
        await refusing.value
        try server.audit()
        workspace.remove()
    }

    @Test(
        "F-06: where both telephones can, an attended caller goes on without us: linphone takes our place in our call with a second linphone"
    )
    func byReferral() async throws {
        let workspace = try Workspace("transfers-referred")
        let silence = workspace.path("silence.wav")
        try Sound.write([.silence(seconds: 60)], to: silence)
        let caller = try await Linphone(in: workspace, user: "first", speaking: silence)
        let callee = try await Linphone(in: workspace, user: "second", speaking: silence, answers: true)
        let scene = Scene(name: "far", key: "1", settings: "{to: \"\(callee.uri())\", kind: attended}")
        try workspace.write(Self.flow([scene]), to: "desk.yaml")
        let server = try await Server(
            in: workspace, agent: "local",
            settings: """
                  journal: \(workspace.path("journal"))
                flow: \(workspace.path("desk.yaml"))
                transfers: {far: \(scene.settings)}
                """)
        caller.type("call \(server.uri())")
        _ = try await server.program.line(containing: "agent:  Hello.")
        caller.type("1")
        _ = try await server.program.line(containing: "transferred: far")
        try await caller.speaks(call: 2)
        try await callee.speaks(call: 2)
        _ = try await server.program.line(containing: "  ended: ")
        try await caller.hangUp(call: 2)
        try await callee.ended(call: 2)
        try await caller.stop()
        try await callee.stop()
        let call = try #require(try await server.calls().first)
        let told = Told(call)
        #expect(told.at("attended transfer") != nil && told.at("bridged") == nil, "\(told.kinds)")
        #expect(told.at("transferred") != nil, "\(told.kinds)")
        #expect(try await server.stop() == 0)
        try server.audit(waivers: caller.waivers + callee.waivers)
        let replays = try Journals.replayed(in: workspace)
        #expect(replays.count == 2 && replays.allSatisfy { $0.remarks.isEmpty }, "\(replays.map(\.remarks))")
        #expect(replays.filter { $0.timeline.contains("→ REFER") }.count == 1)
        workspace.remove()
    }

    /// Judges by both phones' recordings who heard whom.
    private func connected(_ told: Told, _ caller: Baresip, _ callee: Baresip, isBriefed: Bool) async throws {
        #expect(told.at("transferred") != nil && told.at("transfer failed") == nil, "\(told.kinds)")
        let (bridged, answered) = (
            try #require(told.at("bridged"), "\(told.kinds)"), try #require(told.at("consultation answered"))
        )
        let byCaller = try Sound.read(caller.heard())
        let byCallee = try Sound.read(callee.heard())
        // The caller: music, and none of the other's tone or of the briefing before both were connected.
        let heardTone = try #require(Tone.first(Self.calleeTone, in: byCaller), "the caller never heard the other side")
        #expect(abs(heardTone - Double(bridged - told.answeredMs) / 1_000) < 1.5, "\(heardTone) s, bridged \(bridged)")
        let before = Array(byCaller.prefix(max(0, Int(heardTone * 8_000) - 4_000)))
        #expect(before.suffix(16_000).contains { $0.magnitude > 200 }, "no music was heard")
        let words = try await Transcriber.transcribe(caller.heard())
        #expect(!words.contains("opening") && !words.contains("press"), "\(words)")
        // The other side: the briefing before, and nothing of the caller's tone.
        let reachedTone = try #require(
            Tone.first(Self.callerTone, in: byCallee), "the other side never heard the caller")
        #expect(
            reachedTone > Double(bridged - answered) / 1_000 - 0.7,
            "\(reachedTone) s, bridged after \(bridged - answered)")
        if isBriefed {
            let briefing = Array(byCallee.prefix(Int(reachedTone * 8_000)))
            let path = callee.workspace.path("briefing.wav")
            try Tone.write(briefing, to: path)
            let told = try await Transcriber.transcribe(path)
            #expect(told.contains("opening") && told.contains("press"), "\(told)")
        }
        // The record of the call has what the caller really heard.
        let recording = try Recording(try #require(told.call["recording"] as? String))
        #expect(Tone.first(Self.calleeTone, in: recording.right) != nil)
        #expect(Tone.first(Self.callerTone, in: recording.left) != nil)
    }
}

/// What a stored call tells.
private struct Told {
    let call: [String: Any]
    private let events: [(kind: String, detail: String, at: Int)]

    init(_ call: [String: Any]) {
        self.call = call
        events = (call["events"] as? [[String: Any]] ?? []).map {
            ($0["kind"] as? String ?? "", $0["detail"] as? String ?? "", $0["atMs"] as? Int ?? 0)
        }
    }

    var kinds: [String] { events.map(\.kind) }
    var answeredMs: Int { call["answeredMs"] as? Int ?? 0 }

    func detail(_ kind: String) -> String { events.first { $0.kind == kind }?.detail ?? "" }

    func at(_ kind: String) -> Int? { events.first { $0.kind == kind }?.at }
}
