import RTPMedia
import Synchronization
import Telephony
import Testing

@testable import Agent

/// Supervisors on conversations, with both calls in memory.
@Suite(.timeLimit(.minutes(1)))
struct SupervisingTests {
    /// Calls nobody but the one that a test has.
    private final class Line: SupervisorLine {
        let supervisor = ScriptedCall()
        private let state = Mutex((called: [String](), isWithdrawn: false))
        let isAnswered: Bool

        init(answers: Bool = true) { isAnswered = answers }

        var called: [String] { state.withLock { $0.called } }
        var isWithdrawn: Bool { state.withLock { $0.isWithdrawn } }

        func call(
            _ order: SupervisionOrder, about call: any Call, ringing: @escaping @Sendable () -> Void,
            _ body: @escaping @Sendable (any Call) async -> Void
        ) async throws(CallError) {
            state.withLock { $0.called.append(order.target) }
            ringing()
            guard isAnswered else {
                while !Task.isCancelled { await Task.yield() }
                state.withLock { $0.isWithdrawn = true }
                throw .ended(CallEnd(cause: .localHangUp, explanation: "It was withdrawn."))
            }
            await body(supervisor)
            await supervisor.hangUp(reason: .normal)
        }
    }

    /// Answers each question with its own words, and keeps what it is told.
    private final class Mind: Dialogue, DialogueSession {
        let name = "mind"
        let abilities: AgentAbilities
        private let state = Mutex((notes: [SupervisorNote](), heard: [String]()))

        init(takesNotes: Bool) { abilities = takesNotes ? [.notes] : [] }

        func makeSession(_ context: DialogueContext) async throws(ProviderError) -> any DialogueSession { self }

        func reply(to input: DialogueInput, turn: TurnCommitment) -> AsyncThrowingStream<DialogueAction, any Error> {
            AsyncThrowingStream { sink in
                switch input {
                case .began: sink.yield(.say("Hello."))
                case .said("Bye."): sink.yield(.hangUp)
                case .said(let text): sink.yield(.say("You said \(text)"))
                default: break
                }
                sink.finish()
            }
        }

        func interrupted(heard: String) async { state.withLock { $0.heard.append(heard) } }
        func supervised(_ note: SupervisorNote) async { state.withLock { $0.notes.append(note) } }
        var notes: [SupervisorNote] { state.withLock { $0.notes } }
        var heard: [String] { state.withLock { $0.heard } }
    }

    /// The caller's hearing, then the supervisor's.
    private final class Ears: SpeechToText {
        let name = "ears"
        private let left: Mutex<[ScriptedHearing]>

        init(_ hearings: [ScriptedHearing]) { left = Mutex(hearings) }

        func makeSession(_ format: SpeechFormat) async throws(ProviderError) -> any SpeechToTextSession {
            guard let next = left.withLock({ $0.isEmpty ? nil : $0.removeFirst() }) else { throw .overloaded("none") }
            return next
        }
    }

    /// Says nothing, and ends its part when it is told to.
    private struct LeavingAgent: CallAgent {
        let name = "leaving"
        let gate: Gate

        func converse(on call: any Call, observer: @escaping ConversationObserver) async -> ConversationOutcome {
            await gate.passes()
            return ConversationOutcome(reason: .failure)
        }
    }

    private struct Talk {
        let call = ScriptedCall()
        let log = EntryLog()
        let hearing = ScriptedHearing()
        let supervisorHearing = ScriptedHearing()
        let line: Line
        let desk = SupervisionDesk()
        let mind: Mind
        /// Opened once the agent has ended its part.
        let hasLeft = Gate()

        init(answers: Bool = true, takesNotes: Bool = true) {
            line = Line(answers: answers)
            mind = Mind(takesNotes: takesNotes)
        }

        /// Runs a call as the server does, while `act` happens.
        func run(
            _ agent: (any CallAgent)? = nil, _ act: @escaping @Sendable () async -> Void
        ) async -> ConversationOutcome? {
            let agent =
                agent
                ?? SpokenAgent(
                    hearing: Ears([hearing, supervisorHearing]), dialogue: mind, voice: ScriptedVoice())
            let (log, hasLeft) = (log, hasLeft)
            let supervision = CallSupervision(call, line: line, desk: desk) { log.take($0(0)) }
            async let acting: Void = act()
            let outcome = await withTaskGroup(of: ConversationOutcome?.self) { group in
                group.addTask {
                    let outcome = await agent.converse(
                        on: supervision.agentCall, brief: CallBrief(supervision: desk), observer: { log.take($0) })
                    let left = await supervision.agentLeft(outcome)
                    hasLeft.open()
                    return left
                }
                group.addTask { await supervision.watch() }
                var outcome: ConversationOutcome?
                while outcome == nil, let next = await group.next() { outcome = next }
                group.cancelAll()
                return outcome
            }
            await call.hangUp(reason: .normal)
            await supervision.close()
            await acting
            return outcome
        }

        func begin(_ mode: SupervisionMode) async throws {
            try await desk.begin(
                SupervisionOrder(to: "sip:lead@example.com", named: "lead", mode: mode, by: "token 1"))
        }

        func happened(_ kind: String) async {
            await log.entry { if case .event(kind, _, _) = $0 { true } else { false } }
        }
    }

    private static func loud(_ level: Int16) -> [Int16] { Array(repeating: level, count: 160) }

    @Test("Who listens hears both sides together, and is heard by nobody")
    func listens() async throws {
        let talk = Talk()
        let (call, supervisor, hearing) = (talk.call, talk.line.supervisor, talk.hearing)
        _ = await talk.run {
            await talk.log.turn("Hello.")
            #expect(!call.hasTap)
            await #expect(throws: Never.self) { try await talk.begin(.listen) }
            await talk.happened(SupervisionRecord.listens)
            while !supervisor.played.contains(5_000), !Task.isCancelled {
                call.passes(heard: 2_000, sent: 3_000)
                supervisor.say(Self.loud(7_000))
                call.say(Self.loud(100))
                await Task.yield()
            }
            await until { hearing.loudest > 0 }
            await #expect(throws: SupervisionRefusal.isSupervised) { try await talk.begin(.listen) }
            call.remoteHangUp()
        }
        #expect(talk.line.called == ["sip:lead@example.com"])
        #expect(!call.played.contains(7_000) && hearing.loudest < 7_000)
        #expect(talk.supervisorHearing.heardSamples == 0)
        #expect(supervisor.hangUps == [.normal] && !call.hasTap)
        #expect(talk.log.events.last == SupervisionRecord.over)
    }

    @Test("What is whispered reaches the model in words, and the caller not at all")
    func whispers() async throws {
        let talk = Talk()
        let (call, supervisor, ears) = (talk.call, talk.line.supervisor, talk.supervisorHearing)
        _ = await talk.run {
            await talk.log.turn("Hello.")
            await #expect(throws: Never.self) { try await talk.begin(.whisper) }
            await talk.happened(SupervisionRecord.whispers)
            while ears.loudest < 7_000, !Task.isCancelled {
                supervisor.say(Self.loud(7_000))
                await Task.yield()
            }
            ears.callerSays("Offer (her) Tuesday.")
            await until { !talk.mind.notes.isEmpty }
            // By key the supervisor only listens again: the ears are closed.
            supervisor.press("4")
            await talk.log.entry {
                if case .event(SupervisionRecord.listens, "by key 4", _) = $0 { true } else { false }
            }
            while !ears.isClosed, !Task.isCancelled {
                supervisor.say(Self.loud(7_000))
                await Task.yield()
            }
            call.remoteHangUp()
        }
        #expect(talk.mind.notes == [.advice("Offer her Tuesday.")])
        #expect(!call.played.contains(7_000) && talk.hearing.loudest == 0)
        #expect(
            talk.log.entries.contains(
                .event(kind: SupervisionRecord.note, detail: "whispered: Offer her Tuesday.", at: 0)))
    }

    @Test("Text is whispered without a telephone; an agent without a model takes none")
    func text() async throws {
        for takesNotes in [true, false] {
            let talk = Talk(takesNotes: takesNotes)
            _ = await talk.run {
                await #expect(throws: SupervisionRefusal.self) { try await talk.desk.change(to: .listen, by: "a") }
                await talk.log.turn("Hello.")
                if takesNotes {
                    await #expect(throws: Never.self) { try await talk.desk.advise("Be brief.", by: "token 2") }
                } else {
                    await #expect(throws: SupervisionRefusal.noNotes) {
                        try await talk.desk.advise("Be brief.", by: "token 2")
                    }
                    await #expect(throws: SupervisionRefusal.noNotes) { try await talk.begin(.whisper) }
                }
                await #expect(throws: SupervisionRefusal.notSupervised) { try await talk.desk.end(by: "token 1") }
                talk.call.remoteHangUp()
            }
            #expect(talk.mind.notes == (takesNotes ? [.advice("Be brief.")] : []))
            #expect(
                talk.log.entries.contains(
                    .event(kind: SupervisionRecord.note, detail: "token 2: Be brief.", at: 0)) == takesNotes)
            await #expect(throws: SupervisionRefusal.noConversation) {
                try await talk.desk.advise("Late.", by: "token 2")
            }
        }
    }

    @Test(
        "Taken over: supervisor and caller hear each other, the agent is silent and deaf, and goes on when given back")
    func takesOver() async throws {
        let talk = Talk()
        let (call, supervisor, hearing) = (talk.call, talk.line.supervisor, talk.hearing)
        let outcome = await talk.run {
            await talk.log.turn("Hello.")
            await #expect(throws: Never.self) { try await talk.begin(.takeover) }
            await talk.happened(SupervisionRecord.tookOver)
            while !call.played.contains(7_000), !Task.isCancelled {
                supervisor.say(Self.loud(7_000))
                await Task.yield()
            }
            // The supervisor hears the caller, and not what the caller is told, which is the supervisor.
            while !supervisor.played.contains(2_000), !Task.isCancelled {
                call.passes(heard: 2_000, sent: 7_000)
                await Task.yield()
            }
            call.say(Self.loud(9_000))
            call.press("3")
            await until { supervisor.digits == "3" }
            hearing.callerSays("Do you hear me?")
            await talk.log.turn("Do you hear me?")
            supervisor.press("4")
            await talk.happened(SupervisionRecord.gaveBack)
            await until { !talk.mind.notes.isEmpty }
            // Only now is there an answer.
            await talk.log.entry {
                if case .event(SupervisionRecord.listens, "by key 4", _) = $0 { true } else { false }
            }
            hearing.callerSays("Are you there?", at: 32_000)
            await talk.log.turn("You said Are you there?")
            hearing.callerSays("Bye.", at: 64_000)
        }
        #expect(outcome?.reason == .normal && outcome?.end == nil)
        #expect(hearing.loudest < 9_000)
        #expect(talk.mind.notes == [.givenBack])
        #expect(!talk.log.transcript.contains("agent: You said Do you hear me?"))
        // Of the tap's 7 000 nothing came back to the supervisor.
        #expect(!supervisor.played.contains { $0 > 5_000 })
    }

    @Test("What the agent is saying when it is taken over is cut, and the record has what was heard")
    func cut() async throws {
        let talk = Talk()
        let call = talk.call
        _ = await talk.run {
            await talk.log.turn("Hello.")
            call.stopClock()
            talk.hearing.callerSays("one two three four five six seven")
            await until { call.queuedSamples >= 1_600 }
            await #expect(throws: Never.self) { try await talk.begin(.takeover) }
            await talk.happened(SupervisionRecord.tookOver)
            await until { talk.log.transcript.contains { $0.hasSuffix("—") } || !talk.mind.heard.isEmpty }
            #expect(call.queuedSamples == 0)
            call.remoteHangUp()
        }
        #expect(!talk.log.transcript.contains("agent: You said one two three four five six seven"))
    }

    @Test("A supervisor who took over and hangs up ends the call; one who listened does not")
    func hangsUp() async throws {
        for mode in [SupervisionMode.takeover, .listen] {
            let talk = Talk()
            let outcome = await talk.run {
                await talk.log.turn("Hello.")
                await #expect(throws: Never.self) { try await talk.begin(mode) }
                await talk.happened(SupervisionRecord.kind(of: mode))
                talk.line.supervisor.remoteHangUp()
                await talk.happened(SupervisionRecord.over)
                if mode == .listen { talk.call.remoteHangUp() }
            }
            #expect(outcome?.end?.cause == (mode == .listen ? .remoteHangUp : nil))
        }
    }

    @Test("An agent that ends its part while the caller is with a supervisor takes nobody with it")
    func agentGoes() async throws {
        let talk = Talk()
        let call = talk.call
        let gate = Gate()
        let outcome = await talk.run(LeavingAgent(gate: gate)) {
            await until { talk.desk.sampleRate != nil }
            await #expect(throws: Never.self) { try await talk.begin(.takeover) }
            await talk.happened(SupervisionRecord.tookOver)
            gate.open()
            await talk.hasLeft.passes()
            await #expect(throws: SupervisionRefusal.agentGone) {
                try await talk.desk.change(to: .listen, by: "token 1")
            }
            #expect(call.hangUps == [])
            call.press("7")
            await until { talk.line.supervisor.digits == "7" }
            call.remoteHangUp()
        }
        #expect(outcome?.end?.cause == .remoteHangUp)
    }

    @Test("Whoever does not answer is withdrawn when the call ends")
    func withdrawn() async throws {
        let talk = Talk(answers: false)
        _ = await talk.run {
            await talk.log.turn("Hello.")
            await #expect(throws: Never.self) { try await talk.begin(.listen) }
            await talk.happened(SupervisionRecord.rings)
            talk.call.remoteHangUp()
        }
        #expect(talk.line.isWithdrawn)
    }

    @Test("A slow listener loses the oldest, and the call knows nothing of it")
    func slow() async throws {
        let call = ScriptedCall()
        let taps = CallTaps(call)
        let heard = Mutex(0)
        await taps.add { _, _ in heard.withLock { $0 += 1 } }
        let sound = await taps.listen(capacity: 3)
        for level in 1...10 { call.passes(heard: Int16(level), sent: 0) }
        #expect(heard.withLock { $0 } == 10 && sound.lost == 7)
        await taps.close()
        var levels: [Int16] = []
        for await moment in sound.moments { levels.append(moment.heard.samples[0]) }
        #expect(levels == [8, 9, 10] && !call.hasTap)
        #expect(await taps.listen(capacity: 3).moments.first { _ in true } == nil)
    }
}
