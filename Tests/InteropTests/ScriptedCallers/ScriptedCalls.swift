import Telephony

/// What is said again and again.
extension ScriptedCall {
    static let ofFlow =
        questions + short + pauses + lines + talkedOver + noises + interruptions + keyed + silent + echoes + held
    static let ofModel = modelled

    static let goodbye = CallerSound.prompt("goodbye")
    static let hours = CallerSound.sequence([.prompt("your"), .prompt("hours")])
    static let whereAreYou = CallerSound.words("Where are you?", .briton)
    static let whereToFindYou = CallerSound.words("Where can I find you?", .woman)
    static let whenOpen = CallerSound.words("When are you open?", .man)

    static let greeted = ["good day"]
    static let hoursTold = ["from nine to five, monday to friday"]
    static let placeTold = ["12 harbour street|twelve harbour street"]
    static let misunderstood = "did not understand"

    /// Greeting, question, answer, goodbye.
    static func ask(
        _ name: String, _ sound: CallerSound, heard: String, answer: [String], line: Line = Line(),
        group: Group = .questions
    ) -> ScriptedCall {
        ScriptedCall(
            name: name, group: group, line: line,
            steps: [.listen(), .say(sound), .listen(), .say(goodbye), .untilEnded],
            expected: Expected(
                heard: [heard, "bye|buy|good-by"], said: greeted + answer + ["anything else", "thank you for calling"],
                unsaid: [misunderstood], end: .localHangUp, turnsHeard: 2...2))
    }

    /// Greeting, one word, whatever the flow makes of it.
    private static func word(
        _ name: String, _ sound: CallerSound, heard: String, said: [String]
    ) -> ScriptedCall {
        ScriptedCall(
            name: "F-26: \(name)", group: .short, steps: [.listen(), .say(sound), .listen(), .hangUp],
            expected: Expected(heard: [heard], said: greeted + said, end: .remoteHangUp, turnsHeard: 1...1))
    }

    /// Conversations in which nobody cuts in.
    static let questions: [ScriptedCall] = [
        ask("F-28: a human asks for the hours", hours, heard: "hours", answer: hoursTold),
        ask("a man asks when we are open", whenOpen, heard: "open", answer: hoursTold),
        ask(
            "a Briton asks for Saturday", .words("Are you open on Saturday?", .briton), heard: "open", answer: hoursTold
        ),
        ask("a Briton asks where we are", whereAreYou, heard: "where are you", answer: placeTold),
        ask("a woman asks where to find us", whereToFindYou, heard: "find", answer: placeTold),
        ask(
            "a man asks for Saturday", .words("Are you open on Saturday?", .man), heard: "open", answer: hoursTold),
    ]

    static let short: [ScriptedCall] = [
        word("hours", .prompt("hours"), heard: "hours", said: hoursTold),
        word("location, by a human", .prompt("location"), heard: "location", said: placeTold),
        word("location, by a woman", .words("location", .woman), heard: "location", said: placeTold),
        word("message", .prompt("vm-message"), heard: "message", said: ["your name"]),
        word("yes, by a man", .words("yes", .man), heard: "yes", said: []),
        word("yes, by a woman", .words("yes", .woman), heard: "yes", said: []),
        word("no, by a human", .prompt("vm-no"), heard: "no", said: []),
    ]

    /// The caller stops to think and goes on: what was said before and after is answered together.
    private static func paused(
        _ name: String, _ parts: CallerSound, _ milliseconds: Int, _ rest: CallerSound, heard: [String],
        answer: [String]
    ) -> ScriptedCall {
        var call = ask(
            "\(name), \(milliseconds) ms apart", .sequence([parts, .silence(milliseconds: milliseconds), rest]),
            heard: heard[0], answer: answer, group: .pauses)
        call.expected.heard += heard.dropFirst()
        call.expected.turnsHeard = 2...3
        return call
    }

    static let pauses: [ScriptedCall] =
        [400, 650, 900].map {
            paused("and … your hours", .prompt("vm-and"), $0, hours, heard: ["hours"], answer: hoursTold)
        } + [
            paused(
                "and … when are you open", .words("and", .man), 600, whenOpen, heard: ["open"], answer: hoursTold),
            paused(
                "and … location", .prompt("vm-and"), 500, .prompt("location"), heard: ["location"], answer: placeTold),
        ]

    static let lines: [ScriptedCall] = [
        ask("A-law", whenOpen, heard: "open", answer: hoursTold, line: Line(codec: .pcma), group: .lines),
        ask("G.722", whereAreYou, heard: "where are you", answer: placeTold, line: Line(codec: .g722), group: .lines),
        ask("Opus", whenOpen, heard: "open", answer: hoursTold, line: Line(codec: .opus), group: .lines),
        ask("3 % of the packets lost", hours, heard: "hours", answer: hoursTold, line: Line(loss: 0.03), group: .lines),
        ask(
            "3 % lost, a man", whenOpen, heard: "open", answer: hoursTold, line: Line(codec: .pcma, loss: 0.03),
            group: .lines),
        ask(
            "noise 20 dB below the voice", whenOpen, heard: "open", answer: hoursTold, line: Line(signalToNoise: 20),
            group: .lines),
        ask(
            "noise 15 dB below the voice", .prompt("location"), heard: "location", answer: placeTold,
            line: Line(signalToNoise: 15), group: .lines),
    ]
}
