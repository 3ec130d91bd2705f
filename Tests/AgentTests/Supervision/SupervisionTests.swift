import Testing

@testable import Agent

/// What a supervisor may do when, in every order, without a call.
@Suite("A supervisor on a call")
struct SupervisionTests {
    private struct Stage {
        var core: Supervision
        var done: [String] = []

        init(
            _ mode: SupervisionMode = .listen,
            _ facts: Supervision.Facts = Supervision.Facts(takesNotes: true, hearsWhispers: true)
        ) {
            core = Supervision(
                SupervisionOrder(to: "sip:lead@example.com", named: "lead", mode: mode, by: "token 1"), facts: facts)
            tell(.began)
        }

        mutating func tell(_ events: Supervision.Event...) {
            for event in events { done += core.receive(event).map(Self.name) }
        }

        mutating func news() -> [String] {
            defer { done = [] }
            return done
        }

        private static func name(_ action: Supervision.Action) -> String {
            switch action {
            case .place: "place"
            case .withdraw: "withdraw"
            case .set(let mode): mode.rawValue
            case .giveBack: "give back"
            case .hangUpSupervisor: "hang up"
            case .record(let kind, let detail): "[\(kind): \(detail)]"
            case .endCall: "end call"
            case .over: "over"
            }
        }

        /// On the line in `mode`.
        static func up(
            _ mode: SupervisionMode,
            _ facts: Supervision.Facts = Supervision.Facts(takesNotes: true, hearsWhispers: true)
        ) -> Stage {
            var stage = Stage(mode, facts)
            stage.tell(.ringing, .answered)
            _ = stage.news()
            return stage
        }
    }

    @Test("Who is called hears the call first, and then does what was ordered")
    func answered() {
        var stage = Stage(.takeover)
        #expect(stage.news() == ["[supervision: lead to takeover, by token 1]", "place"])
        stage.tell(.ringing)
        #expect(stage.news() == ["[supervisor rings: ]"])
        #expect(!stage.core.holdsCaller)
        stage.tell(.answered)
        #expect(
            stage.news() == [
                "listen", "[supervisor listens: lead]", "takeover", "[supervisor took over: by token 1]",
            ])
        #expect(stage.core.holdsCaller)
    }

    @Test(
        "Each mode follows each, by keys and by request, and a caller who was taken over is given back first",
        arguments: SupervisionMode.allCases, SupervisionMode.allCases)
    func changes(from: SupervisionMode, to: SupervisionMode) throws {
        let key = try #require(Supervision.keys.first { $0.value == to }?.key)
        for byKey in [true, false] {
            var stage = Stage.up(from)
            stage.tell(byKey ? .pressed(key) : .asked(to, by: "token 2"))
            var expected: [String] = []
            let by = byKey ? "key \(key)" : "token 2"
            if from != to {
                if from == .takeover { expected += ["give back", "[supervisor gave back: \(by)]"] }
                expected += [to.rawValue, "[\(SupervisionRecord.kind(of: to)): by \(by)]"]
            }
            #expect(stage.news() == expected)
            #expect(stage.core.mode == to)
        }
    }

    @Test(
        "What an agent can't is refused, whoever wants it",
        arguments: [
            (SupervisionMode.whisper, Supervision.Facts(takesNotes: false, hearsWhispers: false), .noNotes),
            (.whisper, Supervision.Facts(takesNotes: true, hearsWhispers: false), .noHearing),
            (
                .takeover, Supervision.Facts(takesNotes: true, hearsWhispers: true, isTransferring: true),
                .transferring
            ),
        ] as [(SupervisionMode, Supervision.Facts, SupervisionRefusal)])
    func refused(wanted: SupervisionMode, facts: Supervision.Facts, refusal: SupervisionRefusal) throws {
        #expect(Stage(wanted, facts).core.obstacle(to: wanted) == refusal)
        var stage = Stage.up(.listen, facts)
        let key = try #require(Supervision.keys.first { $0.value == wanted }?.key)
        stage.tell(.pressed(key))
        #expect(stage.news() == ["[supervisor refused: \(wanted.rawValue) by key \(key): \(refusal.sentence)]"])
        #expect(stage.core.mode == .listen)
    }

    @Test("Whoever is not answered, and whose call ends meanwhile, is withdrawn")
    func beforeTheAnswer() {
        for (event, reason) in [
            (Supervision.Event.callOver, "the call ended"), (.dismissed(by: "token 1"), "ended by token 1"),
        ] {
            var stage = Stage()
            _ = stage.news()
            stage.tell(event)
            #expect(stage.news() == ["withdraw", "[supervision over: \(reason)]", "over"])
            // Answered all the same: nobody is left on the line.
            stage.tell(.answered)
            #expect(stage.news() == ["hang up"])
        }
        var stage = Stage()
        _ = stage.news()
        stage.tell(.failed("486 Busy Here"))
        #expect(stage.news() == ["[supervision over: 486 Busy Here]", "over"])
        #expect(stage.core.isOver)
        var other = Stage()
        other.tell(.asked(.whisper, by: "token 1"), .answered)
        #expect(other.core.mode == .whisper)
    }

    @Test("A supervisor who hangs up ends a call that was taken over, and no other")
    func hangsUp() {
        for mode in [SupervisionMode.listen, .whisper] {
            var stage = Stage.up(mode)
            stage.tell(.supervisorGone(hungUp: true))
            #expect(stage.news() == ["[supervision over: the supervisor hung up]", "over"])
        }
        var stage = Stage.up(.takeover)
        stage.tell(.supervisorGone(hungUp: true))
        #expect(stage.news() == ["[supervision over: the supervisor hung up]", "over", "end call"])
    }

    @Test("A caller whose supervisor's line breaks is with the agent again; when that has gone, the call ends")
    func breaksOff() {
        let reason = "the supervisor's call broke off"
        var stage = Stage.up(.takeover)
        stage.tell(.supervisorGone(hungUp: false))
        #expect(
            stage.news() == [
                "give back", "[supervisor gave back: \(reason)]", "[supervision over: \(reason)]", "over",
            ])
        var alone = Stage.up(.takeover)
        alone.core.facts.isAgentThere = false
        alone.tell(.supervisorGone(hungUp: false))
        #expect(alone.news() == ["[supervision over: \(reason)]", "over", "end call"])
    }

    @Test(
        "Ending the supervision gives the caller back; without an agent it ends the call, and other modes are refused")
    func dismissed() {
        var stage = Stage.up(.takeover)
        stage.tell(.dismissed(by: "token 1"))
        #expect(
            stage.news() == [
                "give back", "[supervisor gave back: token 1]", "hang up", "[supervision over: ended by token 1]",
                "over",
            ])
        var alone = Stage.up(.takeover)
        alone.core.facts.isAgentThere = false
        #expect(alone.core.obstacle(to: .listen) == .agentGone && alone.core.obstacle(to: .takeover) == nil)
        alone.tell(.pressed("4"))
        #expect(alone.core.holdsCaller)
        _ = alone.news()
        alone.tell(.dismissed(by: "token 1"))
        #expect(alone.news() == ["hang up", "[supervision over: ended by token 1]", "over", "end call"])
    }

    @Test("Who can't be understood any more listens")
    func whisperFails() {
        var stage = Stage.up(.whisper)
        stage.tell(.whisperFailed("No ears."))
        #expect(
            stage.news() == [
                "[supervisor refused: whisper: No ears.]", "listen", "[supervisor listens: since whispering failed]",
            ])
        stage.tell(.whisperFailed("No ears."), .pressed("1"))
        #expect(stage.news() == [])
    }

    @Test("What the record tells of a supervisor says what they do")
    func record() {
        var mode: SupervisionMode?
        for (kind, expected) in [
            (SupervisionRecord.ordered, nil), (SupervisionRecord.listens, .listen),
            (SupervisionRecord.whispers, .whisper), ("held", .whisper), (SupervisionRecord.tookOver, .takeover),
            (SupervisionRecord.gaveBack, .listen), (SupervisionRecord.over, nil),
        ] as [(String, SupervisionMode?)] {
            mode = SupervisionRecord.mode(after: kind, before: mode)
            #expect(mode == expected)
        }
    }

    @Test("A note is one line without brackets, within bounds")
    func note() {
        #expect(SupervisorNote.advice(of: "Offer\n(now) [10 %]  off.") == .advice("Offer now 10 % off."))
        #expect(
            SupervisorNote.advice(of: String(repeating: "é", count: 5_000))
                == .advice(String(repeating: "é", count: SupervisorNote.longestAdvice)))
    }

    @Test("What a supervisor says while the recording pauses is not kept")
    func masked() {
        var mask = RecordMask(masksKeys: false)
        let entry = CallEntry.event(kind: SupervisionRecord.note, detail: "token 1: His card is four two.", at: 50)
        #expect(mask.masked(entry) == entry)
        let isNews = mask.pause(at: 40)
        #expect(isNews)
        #expect(mask.masked(entry) == .event(kind: SupervisionRecord.note, detail: RecordMask.sign, at: 50))
    }
}
