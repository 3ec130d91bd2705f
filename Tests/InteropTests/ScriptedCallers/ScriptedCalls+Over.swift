import Telephony

/// Conversations in which something sounds while the agent speaks.
extension ScriptedCall {
    /// The address is asked for, and something sounds over the answer that is no interruption.
    private static func murmured(
        _ name: String, _ sound: CallerSound, after milliseconds: Int, group: Group, line: Line = Line(),
        question: CallerSound = whereAreYou
    ) -> ScriptedCall {
        ScriptedCall(
            name: "F-24: \(name)", group: group, line: line,
            steps: [
                .listen(), .say(question), .murmur(after: milliseconds, sound), .listen(), .say(goodbye),
                .untilEnded,
            ],
            expected: Expected(
                heard: ["where are you|location", "bye|buy|good-by"],
                said: greeted + placeTold + ["old lighthouse. is there anything else", "thank you for calling"],
                unsaid: [misunderstood], end: .localHangUp))
    }

    static let talkedOver: [ScriptedCall] = [
        murmured("okay, by a man", .words("okay", .man), after: 900, group: .backchannels),
        murmured("okay, by a woman", .words("okay", .woman), after: 1_300, group: .backchannels),
        murmured("yeah, by a woman", .words("yeah", .woman), after: 1_000, group: .backchannels),
        murmured("yes, by a Briton", .words("yes", .briton), after: 1_200, group: .backchannels),
        murmured("right, by a woman", .words("right", .woman), after: 800, group: .backchannels),
        murmured("a hummed mm-hm", .hum, after: 1_000, group: .backchannels),
    ]

    static let noises: [ScriptedCall] = [
        murmured("a cough of 150 ms", .cough(milliseconds: 150), after: 900, group: .noises),
        murmured("a cough of 220 ms", .cough(milliseconds: 220), after: 1_200, group: .noises),
        murmured("a cough of 300 ms", .cough(milliseconds: 300), after: 700, group: .noises),
        murmured(
            "three coughs",
            .sequence([
                .cough(milliseconds: 250), .silence(milliseconds: 250), .cough(milliseconds: 200),
                .silence(milliseconds: 300), .cough(milliseconds: 300),
            ]), after: 600, group: .noises),
        murmured(
            "a cough on a noisy line", .cough(milliseconds: 250), after: 1_000, group: .noises,
            line: Line(signalToNoise: 20), question: .prompt("location")),
        ScriptedCall(
            name: "F-24: a cough over the greeting", group: .noises,
            steps: [
                .murmur(after: 900, .cough(milliseconds: 250)), .listen(), .say(hours), .listen(), .say(goodbye),
                .untilEnded,
            ],
            expected: Expected(
                heard: ["hours", "bye|buy|good-by"], said: ["how can i help you"] + hoursTold, unsaid: [misunderstood],
                end: .localHangUp)),
    ]

    /// A question, another one over its answer, and a third after it: the agent must still hear and speak.
    private static func interrupted(
        _ name: String, by sound: CallerSound, after milliseconds: Int, heard: String, said: [String],
        line: Line = Line()
    ) -> ScriptedCall {
        ScriptedCall(
            name: "F-25: \(name)", group: .interruptions, line: line,
            steps: [
                .listen(), .say(whereAreYou), .interrupt(after: milliseconds, sound), .listen(), .say(goodbye),
                .untilEnded,
            ],
            expected: Expected(
                heard: ["where are you", heard, "bye|buy|good-by"], said: said + ["thank you for calling"], cut: 1...1,
                end: .localHangUp))
    }

    static let interruptions: [ScriptedCall] = [
        interrupted("a human cuts in", by: hours, after: 1_000, heard: "hours", said: hoursTold),
        interrupted("a man cuts in", by: whenOpen, after: 700, heard: "open", said: hoursTold),
        interrupted("a human shouts and clips", by: .shouted(hours), after: 1_300, heard: "hours", said: hoursTold),
        interrupted(
            "a man cuts in on a lossy line", by: whenOpen, after: 1_200, heard: "open", said: hoursTold,
            line: Line(loss: 0.03)),
        interrupted(
            "the caller says goodbye over the answer", by: .prompt("vm-goodbye"), after: 900, heard: "bye", said: []),
        ScriptedCall(
            name: "F-25: the greeting is cut by a question", group: .interruptions,
            steps: [.interrupt(after: 900, hours), .listen(), .say(goodbye), .untilEnded],
            expected: Expected(
                heard: ["hours", "bye|buy|good-by"], said: hoursTold + ["thank you for calling"], cut: 1...1,
                end: .localHangUp)),
        ScriptedCall(
            name: "F-25: two answers are cut, then one is heard out", group: .interruptions,
            steps: [
                .listen(), .say(whereAreYou), .interrupt(after: 900, hours), .interrupt(after: 700, whereToFindYou),
                .listen(), .say(goodbye), .untilEnded,
            ],
            expected: Expected(
                heard: ["where are you", "hours", "find", "bye|buy|good-by"],
                said: placeTold + ["thank you for calling"],
                cut: 2...2, end: .localHangUp)),
    ]

    /// The caller's end feeds back the agent's sound; he asks as if it were not so.
    static let echoes: [ScriptedCall] = [(80, -15.0), (150, -20), (250, -15), (250, -25)].map { delay, gain in
        var call = ask(
            "F-30: its own voice, \(delay) ms late and \(Int(-gain)) dB down", hours, heard: "hours",
            answer: hoursTold + ["how can i help you"], line: Line(echo: (delay, gain)), group: .echo)
        // Of a word of its own that comes back before the canceller knows the line, it is enough that it stops nothing.
        call.expected.turnsHeard = 2...3
        return call
    }
}
