import TelephonyPrimitives
import Testing

@testable import Agent

/// What is done when somebody is asked whether they take a caller, in every awkward order, in virtual time.
@Suite("Somebody is asked whether they take the caller")
struct ConsultationTests {
    private struct Stage {
        var core: Consultation
        var now = Instant(nanoseconds: 0)
        var done: [String] = []

        init(_ kind: TransferDestination.Kind, _ acceptance: TransferDestination.Acceptance, hasVoice: Bool) {
            var destination = TransferDestination("sip:desk@example.com", kind: kind)
            destination.acceptance = acceptance
            destination.question = "Will you?"
            core = Consultation(
                ConsultationOrder(to: "desk", destination, summary: "It is Ada.", caller: "Ada"), hasVoice: hasVoice)
            tell(.began)
        }

        mutating func tell(_ event: Consultation.Event) {
            done += core.receive(event, now: now).compactMap(Self.name)
        }

        /// Lets time pass; ticks come when they are wanted.
        mutating func wait(_ seconds: Int) {
            let end = now + .seconds(seconds)
            var rounds = 0
            while let deadline = core.deadline, deadline <= end, rounds < 100 {
                rounds += 1
                now = deadline
                tell(.tick)
            }
            now = end
        }

        mutating func news() -> [String] {
            defer { done = [] }
            return done
        }

        /// Short names; records are left out but for those of the outcome.
        private static func name(_ action: Consultation.Action) -> String? {
            switch action {
            case .place: "place"
            case .withdraw: "withdraw"
            case .playMusic: "music"
            case .stopMusic: "quiet"
            case .brief(let text): "say \(text)"
            case .bridge: "bridge"
            case .refer: "refer"
            case .hangUpCallee(let words): words == nil ? "hang up" : "hang up with words"
            case .record(let kind, _):
                ["transferred", "transfer failed", "transfer called off"].contains(kind) ? kind : nil
            case .end(.returned): "back"
            case .end(let end): "end \(end)"
            }
        }
    }

    private static let bridged = ["quiet", "bridge", "transferred"]
    private static let back = ["transfer failed", "quiet", "back"]

    /// A step of a story: what happens, or seconds that pass.
    enum Step: Sendable, CustomTestStringConvertible {
        case happens(Consultation.Event)
        case passes(Int)

        var testDescription: String { "\(self)" }

        static let rings = Step.happens(.ringing)
        static let answers = Step.happens(.answered(takesReplaces: false))
        static let canGoOn = Step.happens(.answered(takesReplaces: true))
        static let told = Step.happens(.briefed(failure: nil))
        static let calleeLeaves = Step.happens(.calleeGone)
        static let callerLeaves = Step.happens(.callerGone)
        static func presses(_ key: Character) -> Step { .happens(.pressed(key)) }
        static func says(_ text: String) -> Step { .happens(.said(text)) }
    }

    struct Story: Sendable, CustomTestStringConvertible {
        var name: String
        var kind = TransferDestination.Kind.warm
        var acceptance = TransferDestination.Acceptance.keyOrYes
        var hasVoice = true
        var steps: [Step]
        var done: [String]

        var testDescription: String { name }
    }

    private static let asked = "say It is Ada. Will you?"

    private static let stories: [Story] = [
        // The way it should go.
        Story(name: "key 1", steps: [.rings, .answers, .told, .presses("1")], done: [asked] + bridged),
        Story(
            name: "key 1 in the midst of the briefing", steps: [.rings, .answers, .presses("1"), .told],
            done: [asked] + bridged),
        Story(name: "a yes", steps: [.answers, .told, .says("Yes, please.")], done: [asked] + bridged),
        Story(
            name: "a yes to the question asked again", steps: [.answers, .told, .passes(9), .says("Okay.")],
            done: [asked, "say Will you?"] + bridged),
        Story(
            name: "any answer", acceptance: .answer, steps: [.answers, .told],
            done: [asked] + bridged),
        Story(name: "without a voice any answer counts", hasVoice: false, steps: [.answers], done: bridged),
        Story(name: "attended", kind: .attended, steps: [.rings, .answers], done: bridged),
        Story(
            name: "attended, and the phones go on without us", kind: .attended,
            steps: [.canGoOn, .calleeLeaves, .happens(.referEnded(failure: nil))],
            done: ["refer", "transferred", "quiet", "hang up", "end transferred"]),
        Story(
            name: "the caller talks until the other side hangs up", steps: [.answers, .presses("1"), .calleeLeaves],
            done: [asked] + bridged + ["end bridgeOver"]),
        Story(
            name: "the caller hangs up after talking", steps: [.answers, .presses("1"), .callerLeaves],
            done: [asked] + bridged + ["hang up", "end abandoned"]),
        // Ways back.
        Story(name: "key 2", steps: [.answers, .told, .presses("2")], done: [asked, "hang up with words"] + back),
        Story(
            name: "a no", steps: [.answers, .told, .says("No, not now.")],
            done: [asked, "hang up with words"] + back),
        Story(
            name: "a yes before the question is how people answer the telephone",
            steps: [.answers, .says("Yes?"), .told, .says("Hm."), .presses("2")],
            done: [asked, "hang up with words"] + back),
        Story(
            name: "where a key is wanted a yes is none", acceptance: .key,
            steps: [.answers, .told, .says("Yes."), .passes(30), .told, .passes(30)],
            done: [asked, "say Will you?", "hang up"] + back),
        Story(
            name: "a machine that records",
            steps: [
                .answers, .told, .says("Please leave a message after the tone, and we will call you back."),
                .passes(9), .told, .passes(9),
            ], done: [asked, "say Will you?", "hang up"] + back),
        Story(name: "busy", steps: [.happens(.failed("486 Busy Here"))], done: back),
        Story(name: "it rings and rings", steps: [.rings, .passes(26)], done: ["withdraw"] + back),
        Story(
            name: "hung up in the briefing", steps: [.answers, .calleeLeaves], done: [asked, "hang up"] + back),
        Story(
            name: "hung up at the question", steps: [.answers, .told, .calleeLeaves],
            done: [asked, "hang up"] + back),
        Story(
            name: "the voice fails", steps: [.answers, .happens(.briefed(failure: "hoarse"))],
            done: [asked, "hang up"] + back),
        Story(
            name: "the voice fails where any answer counts", acceptance: .answer,
            steps: [.answers, .happens(.briefed(failure: "hoarse"))], done: [asked] + bridged),
        Story(name: "the voice never ends", steps: [.answers, .passes(100)], done: [asked, "hang up"] + back),
        Story(
            name: "gone while the question is asked again", steps: [.answers, .told, .passes(9), .calleeLeaves],
            done: [asked, "say Will you?", "hang up"] + back),
        // The caller does not wait.
        Story(
            name: "the caller hangs up while it rings", steps: [.rings, .callerLeaves],
            done: ["withdraw", "end abandoned"]),
        Story(
            name: "the caller hangs up in the briefing", steps: [.answers, .callerLeaves],
            done: [asked, "hang up with words", "end abandoned"]),
        Story(
            name: "answered just after the caller has hung up", steps: [.callerLeaves, .answers],
            done: ["withdraw", "end abandoned", "hang up with words"]),
        Story(
            name: "answered just after the time was over", steps: [.passes(26), .answers],
            done: ["withdraw"] + back + ["hang up with words"]),
        Story(
            name: "both hang up at once, the caller first", steps: [.answers, .callerLeaves, .calleeLeaves],
            done: [asked, "hang up with words", "end abandoned"]),
        Story(
            name: "both hang up at once, the other first", steps: [.answers, .calleeLeaves, .callerLeaves],
            done: [asked, "hang up"] + back),
        // Asking the caller's telephone.
        Story(
            name: "REFER refused: both are connected here", kind: .attended,
            steps: [.canGoOn, .happens(.referEnded(failure: "603 Decline"))], done: ["refer"] + bridged),
        Story(
            name: "REFER refused, and the other side has gone", kind: .attended,
            steps: [.canGoOn, .calleeLeaves, .happens(.referEnded(failure: "603 Decline"))],
            done: ["refer", "hang up"] + back),
        Story(
            name: "REFER never answered", kind: .attended, steps: [.canGoOn, .passes(40)], done: ["refer"] + bridged),
        Story(
            name: "both leave us before the report", kind: .attended, steps: [.canGoOn, .calleeLeaves, .callerLeaves],
            done: ["refer", "transferred", "hang up", "end abandoned"]),
        Story(
            name: "the caller leaves and nobody has taken our place", kind: .attended,
            steps: [.canGoOn, .callerLeaves], done: ["refer", "hang up", "end abandoned"]),
        Story(
            name: "the report comes after it was given up", kind: .attended,
            steps: [.canGoOn, .passes(40), .happens(.referEnded(failure: nil))], done: ["refer"] + bridged),
        // The dialogue changes its mind.
        Story(
            name: "called off while it rings", steps: [.rings, .happens(.calledOff)],
            done: ["withdraw", "transfer called off", "quiet", "end calledOff"]),
        Story(
            name: "called off in the briefing", steps: [.answers, .happens(.calledOff)],
            done: [asked, "hang up with words", "transfer called off", "quiet", "end calledOff"]),
        Story(
            name: "who is connected is not torn away", steps: [.answers, .presses("1"), .happens(.calledOff)],
            done: [asked] + bridged),
        // What means nothing.
        Story(
            name: "keys that mean nothing", steps: [.answers, .presses("5"), .presses("#"), .told, .presses("1")],
            done: [asked] + bridged),
        Story(
            name: "the outcome of a call that was withdrawn",
            steps: [.passes(26), .happens(.failed("487")), .calleeLeaves, .callerLeaves, .happens(.calledOff)],
            done: ["withdraw"] + back),
    ]

    @Test(
        "F-06, F-20: the caller is connected, or with the agent again; nobody is left alone on a line",
        arguments: stories)
    func awkward(_ story: Story) {
        var stage = Stage(story.kind, story.acceptance, hasVoice: story.hasVoice)
        #expect(stage.news() == ["music", "place"])
        for step in story.steps {
            switch step {
            case .happens(let event): stage.tell(event)
            case .passes(let seconds): stage.wait(seconds)
            }
        }
        #expect(stage.news() == story.done)
        #expect(stage.done.isEmpty)
    }

    /// Whatever comes in whatever order, there is one end, and nothing is begun after it.
    @Test("Any order of events has one end at most, and a way back leaves no call and no music", arguments: 0..<300)
    func anyOrder(seed: Int) {
        var generator = SeededGenerator(seed: UInt64(seed))
        let events: [Consultation.Event] = [
            .ringing, .answered(takesReplaces: false), .answered(takesReplaces: true), .failed("x"), .pressed("1"),
            .pressed("2"), .said("yes"), .said("no"), .briefed(failure: nil), .briefed(failure: "x"), .calleeGone,
            .callerGone, .referEnded(failure: nil), .referEnded(failure: "x"), .calledOff, .tick,
        ]
        let kind: TransferDestination.Kind = Bool.random(using: &generator) ? .warm : .attended
        var core = Consultation(
            ConsultationOrder(to: "desk", TransferDestination("sip:d@example.com", kind: kind), caller: "Ada"),
            hasVoice: true)
        var now = Instant(nanoseconds: 0)
        var actions = core.receive(.began, now: now)
        for _ in 0..<30 {
            now = now + .seconds(Int.random(in: 0...20, using: &generator))
            actions += core.receive(events[Int.random(in: 0..<events.count, using: &generator)], now: now)
        }
        let ends = actions.filter { if case .end = $0 { true } else { false } }
        #expect(ends.count <= 1)
        if case .end(.returned)? = ends.first {
            #expect(actions.contains(.stopMusic))
            #expect(!actions.contains(.bridge))
        }
        #expect(actions.count { $0 == .place } == 1 && actions.count { $0 == .bridge } <= 1)
    }

    @Test(
        "What somebody says to the question",
        arguments: [
            ("Yes.", true), ("yeah sure", true), ("Okay, put them through", true), ("No", false),
            ("I can't, sorry", false),
            ("yes no", false), ("hello?", nil), ("", nil), ("please leave a message after the tone", nil),
            ("Yes this is the voice mail of the desk, please leave", nil),
        ] as [(String, Bool?)])
    func answer(text: String, agrees: Bool?) {
        #expect(ConsultationAnswer.agrees(text) == agrees)
    }

    @Test(
        "What somebody is told is made of what was set up and of what the agent says",
        arguments: [
            (nil, "It is Ada.", "It is Ada."), (nil, "", "There is a call for you from +4930123."),
            ("{caller}: {summary} ({desk})", "It is {caller}.\r\nNow.", "+4930123: It is caller. Now. (front)"),
            ("Call for {unknown}.", "x", "Call for unknown."),
        ] as [(String?, String, String)])
    func briefing(template: String?, summary: String, told: String) {
        var destination = TransferDestination("sip:desk@example.com", kind: .warm)
        destination.briefing = template
        let order = ConsultationOrder(
            to: "desk", destination, summary: summary, caller: "sip:+4930123@carrier.example;x=y"
        ) {
            FlowText.fill($0, keepingUnknown: ["desk": "front"])
        }
        #expect(order.briefing == told)
    }
}
