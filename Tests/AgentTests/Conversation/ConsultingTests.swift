import RTPMedia
import Synchronization
import Telephony
import TelephonyPrimitives
import Testing

@testable import Agent

/// Conversations that ask somebody whether they take the caller, with both calls in memory.
@Suite(.timeLimit(.minutes(1)))
struct ConsultingTests {
    /// Calls nobody but the one that a test has.
    private final class Line: ConsultationLine {
        let callee = ScriptedCall()
        let failure: CallError?
        /// Whether anybody answers; else it rings until it is withdrawn.
        let isAnswered: Bool
        private let state = Mutex((called: [String](), isWithdrawn: false))

        init(answers: Bool = true, failure: CallError? = nil) {
            isAnswered = answers
            self.failure = failure
        }

        var called: [String] { state.withLock { $0.called } }
        var isWithdrawn: Bool { state.withLock { $0.isWithdrawn } }

        func address(of target: String) -> String { target == "+4930" ? "sip:+4930@trunk.example" : target }

        func call(
            _ name: String, for caller: any Call, ringing: @escaping @Sendable () -> Void,
            _ body: @escaping @Sendable (any Call) async -> Void
        ) async throws(CallError) {
            state.withLock { $0.called.append(name) }
            if let failure { throw failure }
            ringing()
            guard isAnswered else {
                while !Task.isCancelled { await Task.yield() }
                state.withLock { $0.isWithdrawn = true }
                throw .ended(CallEnd(cause: .localHangUp, explanation: "It was withdrawn."))
            }
            await body(callee)
            await callee.hangUp(reason: .normal)
        }
    }

    private static func order(_ kind: TransferDestination.Kind = .warm) -> ConsultationOrder {
        ConsultationOrder(
            to: "desk", TransferDestination("sip:desk@example.com", kind: kind), summary: "It is Ada.", caller: "Ada")
    }

    private struct Talk {
        let call = ScriptedCall()
        let log = EntryLog()
        let hearing = ScriptedHearing()
        let calleeHearing = ScriptedHearing()
        let line: Line
        let desk = TransferDesk()

        /// Holds a conversation that puts its caller through at once, while `act` happens.
        func run(
            _ kind: TransferDestination.Kind = .warm, byAgent: Bool = true, _ act: @escaping @Sendable () async -> Void
        )
            async -> (outcome: ConversationOutcome, inputs: [DialogueInput])
        {
            let dialogue = ScriptedDialogue { input in
                switch input {
                case .began: byAgent ? [.say("One moment."), .consult(ConsultingTests.order(kind))] : [.say("Hello.")]
                case .transferFailed(let reason): [.say("Sorry. \(reason)"), .hangUp]
                default: []
                }
            }
            var habits = ConversationConfiguration()
            habits.holdMusic = nil
            let agent = SpokenAgent(
                hearing: Ears([hearing, calleeHearing]), dialogue: dialogue, voice: ScriptedVoice(),
                configuration: habits)
            async let acting: Void = act()
            let outcome = await agent.converse(
                on: call, brief: CallBrief(transfers: desk, line: line), observer: { [log] in log.take($0) })
            await acting
            return (outcome, dialogue.inputs)
        }
    }

    /// Gives one hearing after the other: the caller's, then that of whoever is asked.
    private final class Ears: SpeechToText {
        let name = "ears"
        private let left: Mutex<[ScriptedHearing]>

        init(_ hearings: [ScriptedHearing]) { left = Mutex(hearings) }

        func makeSession(_ format: SpeechFormat) async throws(ProviderError) -> any SpeechToTextSession {
            guard let next = left.withLock({ $0.isEmpty ? nil : $0.removeFirst() }) else { throw .overloaded("none") }
            return next
        }
    }

    private static func event(_ kind: String) -> @Sendable (CallEntry) -> Bool {
        { if case .event(kind, _, _) = $0 { true } else { false } }
    }

    private static func loud(_ level: Int16) -> [Int16] { Array(repeating: level, count: 160) }

    @Test(
        "F-20: whoever takes the caller by key or by word is connected: sound and keys both ways, and the agent hears nothing",
        arguments: [true, false])
    func connected(byKey: Bool) async {
        let talk = Talk(line: Line())
        let (call, callee, log, line) = (talk.call, talk.line.callee, talk.log, talk.line)
        let (hearing, calleeHearing) = (talk.hearing, talk.calleeHearing)
        let (outcome, inputs) = await talk.run {
            await log.entry(where: Self.event("consultation answered"))
            // F-20, F-30: while somebody is asked, what the caller says is for nobody.
            call.say(Self.loud(7_000))
            await log.entry(where: Self.event("briefed"))
            if byKey { callee.press("1") } else { calleeHearing.callerSays("Yes, sure.") }
            await log.entry(where: Self.event("transferred"))
            // The listener changes a moment later: until then nobody hears it.
            while !callee.played.contains(5_000), !Task.isCancelled {
                call.say(Self.loud(5_000))
                await Task.yield()
            }
            while !call.played.contains(3_000), !Task.isCancelled {
                callee.say(Self.loud(3_000))
                await Task.yield()
            }
            call.press("5")
            callee.press("9")
            await until { callee.digits == "5" && call.digits == "9" }
            callee.remoteHangUp()
        }
        #expect(outcome.reason == .normal)
        #expect(line.called == ["desk"])
        #expect(inputs == [.began])
        #expect(!callee.played.contains(7_000), "said before both were connected")
        #expect(hearing.heardSamples > 0 && hearing.loudest == 0)
        #expect(
            log.events.filter { $0 != "consultation rings" } == [
                "consulting", "consultation answered", "briefed", "accepted", "bridged",
                "transferred", "bridge over",
            ])
        // "One moment." for the one, the briefing and the question for the other.
        #expect(call.played.prefix(2 * ScriptedVoice.samplesPerWord).allSatisfy { $0 == 1_000 })
        #expect(callee.played.prefix(10 * ScriptedVoice.samplesPerWord).allSatisfy { $0 == 1_000 })
    }

    @Test("F-06: who is not taken is with the agent again, who knows why", arguments: ["2", "hangs up", "busy"])
    func back(_ how: String) async {
        let line = Line(failure: how == "busy" ? .refused(status: 486, reason: "Busy Here") : nil)
        let talk = Talk(line: line)
        let (log, callee) = (talk.log, line.callee)
        let (outcome, inputs) = await talk.run {
            guard how != "busy" else { return }
            await log.entry(where: Self.event("briefed"))
            if how == "2" { callee.press("2") } else { callee.remoteHangUp() }
        }
        #expect(outcome.reason == .normal)
        let reason: String? =
            if case .transferFailed(let reason)? = inputs.last { reason } else { nil }
        switch how {
        case "2": #expect(reason == "desk declined the call.")
        case "busy": #expect(reason == "486 Busy Here")
        default: #expect(reason == "desk hung up without taking the call.")
        }
        #expect(log.transcript.last?.hasPrefix("agent: Sorry.") == true)
        #expect(log.events.contains("transfer failed") && !log.events.contains("transferred"))
    }

    @Test("F-06: when the caller hangs up while it rings, the second call is withdrawn")
    func withdrawn() async {
        let talk = Talk(line: Line(answers: false))
        let (call, log, line) = (talk.call, talk.log, talk.line)
        let (outcome, _) = await talk.run {
            await log.entry(where: Self.event("consultation rings"))
            call.remoteHangUp()
        }
        #expect(outcome.end?.cause == .remoteHangUp)
        await until { line.isWithdrawn }
        #expect(log.events.last == "consultation withdrawn")
    }

    @Test("When the caller hangs up in the briefing, whoever listens is told, and hung up on")
    func callerLeaves() async {
        let talk = Talk(line: Line())
        let (call, log, callee) = (talk.call, talk.log, talk.line.callee)
        _ = await talk.run {
            await log.entry(where: Self.event("briefed"))
            call.remoteHangUp()
        }
        await until { callee.hangUps == [.normal] }
        let words = ConsultationWords().callerLeft.split(separator: " ").count
        let asked = "It is Ada. To take the call, press 1 or say yes. To decline it, press 2 or say no."
        let samples = (asked.split(separator: " ").count + words) * ScriptedVoice.samplesPerWord
        #expect(callee.played.count == samples)
    }

    @Test("An application has the agent ask somebody, as soon as it is quiet")
    func ordered() async {
        let talk = Talk(line: Line())
        let (call, log, line, desk) = (talk.call, talk.log, talk.line, talk.desk)
        #expect(!desk.isAttended)
        _ = await talk.run(byAgent: false) {
            await log.turn("Hello.")
            #expect(await desk.order(Self.order()))
            await log.entry(where: Self.event("consultation answered"))
            call.remoteHangUp()
        }
        #expect(line.called == ["desk"] && !desk.isAttended)
        #expect(await !desk.order(Self.order()))
    }

    @Test("Where nobody can be called, the agent is told so")
    func withoutLine() async {
        let call = ScriptedCall()
        let log = EntryLog()
        let dialogue = ScriptedDialogue { input in
            if case .transferFailed = input { [.hangUp] } else { [.consult(Self.order())] }
        }
        let agent = SpokenAgent(hearing: ScriptedHearing(), dialogue: dialogue, voice: ScriptedVoice())
        _ = await agent.converse(on: call) { log.take($0) }
        #expect(dialogue.inputs.last == .transferFailed(reason: "Nobody can be called for the caller from here."))
    }

    @Test("A number is put through to where the line calls it")
    func numbers() async {
        let call = ScriptedCall()
        let dialogue = ScriptedDialogue { _ in [.transfer(to: "+4930")] }
        let agent = SpokenAgent(hearing: ScriptedHearing(), dialogue: dialogue, voice: ScriptedVoice())
        _ = await agent.converse(on: call, brief: CallBrief(line: Line())) { _ in }
        #expect(call.transfers == ["sip:+4930@trunk.example"])
    }

    @Test("Whoever answers gets the caller of a model that hears and speaks, which hears nothing of it")
    func realtime() async {
        let (call, log, model, line) = (ScriptedCall(), EntryLog(), ScriptedSpeaker(), Line())
        var habits = ConversationConfiguration()
        habits.holdMusic = nil
        let agent = SpeechToSpeechAgent(model, configuration: habits)
        async let outcome = agent.converse(on: call, brief: CallBrief(line: line)) { log.take($0) }
        await until { model.prompts == [.began] }
        model.tell(.action(.consult(Self.order())))
        await log.entry(where: Self.event("transferred"))
        while !line.callee.played.contains(5_000), !Task.isCancelled {
            call.say(Self.loud(5_000))
            await Task.yield()
        }
        // What the model says now is for nobody.
        model.say(Self.loud(4_000), reply: 1, text: "Hello?")
        while !call.played.contains(3_000), !Task.isCancelled {
            line.callee.say(Self.loud(3_000))
            await Task.yield()
        }
        call.press("5")
        await until { line.callee.digits == "5" }
        line.callee.remoteHangUp()
        #expect(await outcome.reason == .normal)
        #expect(!model.heard.contains(5_000) && !call.played.contains(4_000))
        #expect(!line.callee.played.contains(4_000))
        #expect(log.events.contains("bridged") && !log.events.contains("briefed"))
    }

    @Test("A model that hears and speaks is told that nobody took its caller, and hears the caller again")
    func realtimeBack() async {
        let (call, log, model) = (ScriptedCall(), EntryLog(), ScriptedSpeaker())
        let line = Line(failure: .refused(status: 486, reason: "Busy Here"))
        var habits = ConversationConfiguration()
        habits.holdMusic = nil
        let agent = SpeechToSpeechAgent(model, configuration: habits)
        async let outcome = agent.converse(on: call, brief: CallBrief(line: line)) { log.take($0) }
        await until { model.prompts == [.began] }
        model.tell(.action(.consult(Self.order())))
        await until { model.prompts.last == .transferFailed(reason: "486 Busy Here") }
        call.say(Self.loud(5_000))
        await until { model.heard.contains(5_000) }
        model.say(Self.loud(4_000), reply: 1, text: "Sorry.")
        await until { call.played.contains(4_000) }
        call.remoteHangUp()
        _ = await outcome
    }

    // MARK: Turns

    @Test(
        "F-33: the wish to ask somebody outlasts the caller's speaking over the words, unless the plan changes",
        arguments: [false, true])
    func interrupted(changesPlan: Bool) {
        var talk = VirtualTalk.greeted()
        talk.callerSays("Put me through")
        talk.reply(
            .say("I will put you through to the desk now, please stay on the line, it may take a moment."),
            .consult(Self.order()))
        talk.make(seconds: 4)
        talk.tell(.speechStarted)
        talk.stopped(afterSeconds: 2)
        talk.tell(.speechEnded())
        talk.tell(.final("Thank you so much", startMs: 0, endMs: 1))
        if changesPlan { talk.tell(.action(reply: talk.replyID, .cancelPlans)) }
        talk.reply(.say("You are welcome."))
        talk.playAll()
        #expect(talk.outputs.contains(.consult(Self.order())) != changesPlan)
        guard !changesPlan else { return }
        // F-33: who speaks while waiting calls nothing off, and nobody is asked whether they are there.
        talk.callerSays("Hello?")
        talk.tell(.pressed("1"))
        talk.wait(seconds: 60)
        #expect(!talk.outputs.contains(.callOffConsultation) && talk.questions.last == .said("Thank you so much"))
        talk.tell(.consultationEnded(.returned("busy")))
        #expect(talk.questions.last == .transferFailed(reason: "busy"))
    }

    @Test(
        "How it came out decides whether the conversation goes on",
        arguments: [
            (ConsultationEnd.transferred, true), (.bridgeOver, true), (.abandoned, true), (.calledOff, false),
            (.returned("no"), false),
        ])
    func ends(end: ConsultationEnd, isOver: Bool) {
        var talk = VirtualTalk.greeted()
        talk.callerSays("Put me through")
        talk.reply(.say("One moment."), .consult(Self.order()))
        talk.playAll()
        talk.tell(.consultationEnded(end))
        #expect(talk.isOver == isOver)
        talk.tell(.consultationEnded(end))
        if !isOver {
            talk.callerSays("All right")
            #expect(talk.questions.last == .said("All right"))
        }
    }

    @Test("A model that hears and speaks asks somebody once it is quiet, and is told when the caller is back")
    func duplex() {
        var configuration = ConversationConfiguration()
        configuration.answerBudget = nil
        var turns = DuplexTurns(
            configuration: configuration, sampleRate: 8_000, isFullDuplex: false, played: 0, now: .zero)
        _ = turns.receive(.began, now: .zero)
        #expect(turns.receive(.event(.action(.consult(Self.order()))), now: .zero).contains(.consult(Self.order())))
        #expect(turns.receive(.pressed("1"), now: .zero).isEmpty)
        #expect(turns.receive(.event(.action(.cancelPlans)), now: .zero).contains(.callOffConsultation))
        let outputs = turns.receive(.consultationEnded(.returned("busy")), now: .zero)
        #expect(outputs.contains(.prompt(.transferFailed(reason: "busy"))))
        #expect(turns.receive(.consult(Self.order()), now: .zero).contains(.consult(Self.order())))
        #expect(turns.receive(.consultationEnded(.bridgeOver), now: .zero).contains(.hangUp(.normal)))
    }

    // MARK: Holding

    @Test("F-23: a caller is put on hold once that was said, and taken back when the time is over or something is said")
    func hold() {
        var talk = VirtualTalk.greeted()
        talk.callerSays("Can you check that?")
        talk.reply(.say("One moment, please."), .hold(.seconds(30)))
        #expect(!talk.outputs.contains(.holdMusic(true)))
        talk.playAll()
        #expect(talk.outputs.last == .holdMusic(true))
        talk.wait(seconds: 29)
        #expect(talk.questions.count == 2, "nobody is asked whether they are there")
        talk.wait(seconds: 2)
        #expect(talk.questions.last == .holdEnded && talk.outputs.contains(.holdMusic(false)))
        talk.reply(.say("I am back."), .hold(.seconds(60)))
        talk.playAll()
        #expect(talk.outputs.last == .holdMusic(true))
        // Others have something said: the caller is taken back for it.
        _ = talk.news()
        talk.tell(.announce("A notice."))
        #expect(talk.news().prefix(3).contains(.holdMusic(false)))
        talk.playAll()
        talk.wait(seconds: 100)
        #expect(talk.questions.last == .silence(count: 2) || talk.questions.last == .silence(count: 1))
    }

    @Test("F-23: music is heard on hold, the caller is not, and a key brings the agent back")
    func holdMusic() async {
        let call = ScriptedCall()
        let log = EntryLog()
        let hearing = ScriptedHearing()
        let dialogue = ScriptedDialogue { input in
            switch input {
            case .began: [.say("One moment."), .hold(.seconds(60))]
            case .pressed: [.say("I am back."), .hangUp]
            default: []
            }
        }
        let agent = SpokenAgent(hearing: hearing, dialogue: dialogue, voice: ScriptedVoice())
        async let acting: Void = {
            await log.turn("One moment.")
            call.stopClock()
            await log.entry(where: Self.event("on hold"))
            await until { call.queuedSamples >= 1_600 }
            call.say(Self.loud(7_000))
            await until { hearing.heardSamples >= 320 }
            call.press("1")
            await log.entry(where: Self.event("taken back"))
            while !log.transcript.contains("agent: I am back."), !Task.isCancelled {
                call.sound(samples: 160)
                await Task.yield()
            }
        }()
        _ = await agent.converse(on: call) { log.take($0) }
        await acting
        #expect(hearing.loudest == 0)
        #expect(log.transcript == ["agent: One moment.", "agent: I am back."])
        #expect(log.events == ["on hold", "taken back"])
    }

    // MARK: Tools and flows

    private static let context = DialogueContext(
        callID: "c", caller: "sip:+4930123@carrier.example", called: "sip:desk@example.com")

    @Test("A model's briefing goes to whoever is asked; the model names places and no addresses")
    func tool() async throws {
        var warm = TransferDestination("sip:desk@example.com", kind: .warm)
        warm.briefing = "{caller} calls {called}: {summary}"
        let tool = TransferTool(destinations: [
            "desk": warm, "night": "+1555", "sales": .init("sip:s@example.com", kind: .attended),
        ])
        let briefing = tool.declaration.parameters["properties"]?["briefing"]?["description"]?.string
        #expect(briefing?.contains("For desk:") == true)
        let result = try await tool.run(
            ["destination": "Desk", "briefing": "wants {called} \u{202E}hours"], context: Self.context)
        guard case .consult(let order)? = result.actions.first else {
            Issue.record("\(result.actions)")
            return
        }
        #expect(
            order.name == "desk" && order.briefing == "+4930123 calls sip:desk@example.com: wants called \u{FFFD}hours")
        #expect(try await tool.run(["destination": "night"], context: Self.context).actions == [.transfer(to: "+1555")])
        let attended = try await tool.run(["destination": "sales"], context: Self.context).actions.first
        guard case .consult = attended else {
            Issue.record("\(String(describing: attended))")
            return
        }
        #expect(TransferTool(destinations: ["night": "+1555"]).declaration.parameters["properties"]?["briefing"] == nil)
    }

    @Test(
        "T-12: a model can name no place that was not set up",
        arguments: [
            "sip:evil@example.net", "+19005550100", "desk?Route=%3Csip:evil%3E", "desk\r\nRoute: x", "",
            "desk;method=BYE",
            "<sip:desk@example.com>", " desk", "desk ", "../desk", "desk\0",
        ])
    func unlisted(destination: String) async {
        let tool = TransferTool(destinations: ["desk": .init("sip:desk@example.com", kind: .warm)])
        await #expect(throws: ToolRefusal.self) {
            try await tool.run(
                ["destination": .string(destination), "to": "sip:evil@example.net"], context: Self.context)
        }
    }

    @Test("A flow's transfer step takes a name that was set up, and fills in what the caller has said")
    func flow() throws {
        let flow = try Flow(
            parsing: """
                greeting: Hello.
                intents:
                  person:
                    phrases: [put me through]
                    steps:
                      - ask: {slot: matter, kind: text, prompt: "What about?"}
                      - transfer: desk
                  night: {phrases: [night], steps: [{transfer: night}]}
                  other: {phrases: [other], steps: [{transfer: "sip:other@example.com"}]}
                """, file: "flow")
        var warm = TransferDestination("sip:desk@example.com", kind: .warm)
        warm.briefing = "{caller} asks about {matter}."
        var machine = FlowMachine(flow, context: Self.context, transfers: ["desk": warm, "night": "sip:n@example.com"])
        _ = machine.receive(.began)
        _ = machine.receive(.said("put me through"))
        guard case .consult(let order)? = machine.receive(.said("{caller} hours")).last else {
            Issue.record("nobody is asked")
            return
        }
        #expect(order.briefing == "+4930123 asks about caller hours.")
        #expect(machine.receive(.said("night")).last == .transfer(to: "sip:n@example.com"))
        #expect(machine.receive(.said("other")).last == .transfer(to: "sip:other@example.com"))
    }
}
