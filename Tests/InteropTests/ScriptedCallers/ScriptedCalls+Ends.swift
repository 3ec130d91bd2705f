import Telephony

/// Conversations with keys, silence, hold and hanging up, and those with a model.
extension ScriptedCall {
    static let keyed: [ScriptedCall] = [
        ScriptedCall(
            name: "a key over the greeting", group: .keys,
            steps: [.pressOver(milliseconds: 900, "1"), .listen(), .say(goodbye), .untilEnded],
            expected: Expected(heard: ["bye|buy|good-by"], said: hoursTold, cut: 1...1, keys: "1", end: .localHangUp)),
        ScriptedCall(
            name: "a key over an answer", group: .keys,
            steps: [.listen(), .say(hours), .pressOver(milliseconds: 800, "3"), .listen(), .press("#"), .untilEnded],
            expected: Expected(
                heard: ["hours"], said: placeTold + ["thank you for calling"], cut: 1...1, keys: "3#",
                end: .localHangUp)),
        ScriptedCall(
            name: "a key while the caller speaks", group: .keys,
            steps: [
                .listen(), .sayPressing(.words("Where can I find you?", .woman), "1", after: 500), .listen(),
                .press("#"), .untilEnded,
            ],
            expected: Expected(
                said: hoursTold + ["thank you for calling"], unsaid: ["lighthouse"], keys: "1#", end: .localHangUp)),
    ]

    static let silent: [ScriptedCall] = [
        ScriptedCall(
            name: "a caller who says nothing", group: .silence, steps: [.listen(), .listen(), .untilEnded],
            expected: Expected(said: ["are you still there", "hang up now"], end: .localHangUp, turnsHeard: 0...0)),
        ScriptedCall(
            name: "hung up in mid-greeting", group: .silence, steps: [.hangUpOver(milliseconds: 800)],
            expected: Expected(cut: 1...1, end: .remoteHangUp)),
        ScriptedCall(
            name: "hung up in mid-answer", group: .silence,
            steps: [.listen(), .say(whereAreYou), .hangUpOver(milliseconds: 1_200)],
            expected: Expected(heard: ["where are you"], unsaid: ["anything else"], cut: 1...1, end: .remoteHangUp)),
        ScriptedCall(
            name: "hung up right after the question", group: .silence, steps: [.listen(), .say(hours), .hangUp],
            expected: Expected(said: greeted, end: .remoteHangUp)),
    ]

    static let held: [ScriptedCall] = [
        ScriptedCall(
            name: "F-30: on hold with music", group: .hold,
            steps: [
                .listen(), .hold(.music(milliseconds: 5_000)), .pause(milliseconds: 600), .say(hours), .listen(),
                .say(goodbye), .untilEnded,
            ],
            expected: Expected(
                heard: ["hours", "bye|buy|good-by"], said: hoursTold, unsaid: [misunderstood],
                events: ["held", "resumed"],
                end: .localHangUp, turnsHeard: 2...2)),
        ScriptedCall(
            name: "F-30: on hold with somebody else's voice", group: .hold,
            steps: [
                .listen(), .hold(.prompt("demo-moreinfo")), .pause(milliseconds: 600), .say(hours), .listen(),
                .say(goodbye), .untilEnded,
            ],
            expected: Expected(
                heard: ["hours", "bye|buy|good-by"], said: hoursTold, unsaid: [misunderstood],
                events: ["held", "resumed"],
                end: .localHangUp, turnsHeard: 2...2)),
        ScriptedCall(
            name: "F-30: music without a word of hold", group: .hold,
            steps: [
                .listen(), .say(.music(milliseconds: 2_400)), .pause(milliseconds: 600), .say(hours), .listen(),
                .say(goodbye), .untilEnded,
            ],
            expected: Expected(
                heard: ["hours", "bye|buy|good-by"], said: hoursTold, unsaid: [misunderstood], end: .localHangUp,
                turnsHeard: 2...2)),
        ScriptedCall(
            name: "F-33: put through though the caller says okay over it", group: .tools,
            steps: [
                .listen(), .say(.words("Put me through to somebody.", .man)), .murmur(after: 500, .words("okay", .man)),
                .listen(quiet: 700), .hangUp,
            ],
            expected: Expected(heard: ["put me through"], said: ["put you through"], events: ["transfer"])),
    ]

    static let modelled: [ScriptedCall] = [
        ScriptedCall(
            name: "a model answers and hangs up", group: .tools, agent: .model,
            steps: [.listen(), .say(hours), .listen(), .say(goodbye), .untilEnded],
            expected: Expected(
                heard: ["hours", "bye|buy|good-by"], said: ["nine to five", "thank you for calling. goodbye"],
                events: ["tool: hang_up"], end: .localHangUp)),
        ScriptedCall(
            name: "F-31: a note is taken, and the words after it come late", group: .tools, agent: .model,
            steps: [.listen(), .say(.prompt("vm-message")), .listen(quiet: 2_500), .say(goodbye), .untilEnded],
            expected: Expected(
                heard: ["message", "bye|buy|good-by"], said: ["one moment|just a second", "all written down"],
                events: ["tool: take_note", "tool done: take_note"], notes: ["call back"], end: .localHangUp)),
        ScriptedCall(
            name: "F-31: hung up in mid-tool", group: .tools, agent: .model,
            steps: [.listen(), .say(.prompt("vm-message")), .pause(milliseconds: 2_000), .hangUp],
            expected: Expected(
                heard: ["message"], unsaid: ["all written down"], cut: 0...1, events: ["tool: take_note"],
                notes: ["call back"], end: .remoteHangUp)),
        ScriptedCall(
            name: "F-33: a transfer survives words over the promise", group: .tools, agent: .model,
            steps: [
                .listen(), .say(.words("Put me through to somebody.", .man)), .interrupt(after: 1_200, whenOpen),
                .listen(quiet: 2_500), .hangUp,
            ],
            expected: Expected(
                heard: ["put me through", "open"], said: ["nine to five"], cut: 1...1, events: ["transfer"])),
        ScriptedCall(
            name: "F-25: a model is cut and still hears", group: .interruptions, agent: .model,
            steps: [
                .listen(), .say(whereAreYou), .interrupt(after: 1_000, whenOpen), .listen(), .say(goodbye), .untilEnded,
            ],
            expected: Expected(
                heard: ["where are you", "open", "bye|buy|good-by"], said: ["nine to five", "goodbye"], cut: 1...1,
                end: .localHangUp)),
        ScriptedCall(
            name: "F-24: a cough over a model", group: .noises, agent: .model,
            steps: [
                .listen(), .say(whereAreYou), .murmur(after: 900, .cough(milliseconds: 250)), .listen(), .say(goodbye),
                .untilEnded,
            ],
            expected: Expected(
                heard: ["where are you", "bye|buy|good-by"], said: ["old lighthouse", "is that all", "goodbye"],
                end: .localHangUp)),
    ]
}
