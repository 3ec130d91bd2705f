import Telephony

/// What has to go well on each line over which calls come and go.
extension ScriptedCall {
    static let core: [ScriptedCall] = [
        // A key ends it: a goodbye is misheard now and then.
        ScriptedCall(
            name: "is answered, and hung up on", group: .questions,
            steps: [.listen(), .say(hours), .listen(), .press("#"), .untilEnded],
            expected: Expected(
                heard: ["hours"], said: greeted + hoursTold + ["anything else", "thank you for calling"],
                unsaid: [misunderstood], keys: "#", end: .localHangUp, turnsHeard: 1...1)),
        ScriptedCall(
            name: "cuts in, and hangs up", group: .interruptions,
            steps: [
                .listen(), .say(.prompt("location")), .interrupt(after: 1_000, hours), .listen(), .hangUp,
            ],
            expected: Expected(
                heard: ["location", "hours"], said: greeted + hoursTold, unsaid: [misunderstood], cut: 1...1,
                end: .remoteHangUp)),
        ScriptedCall(
            name: "presses keys", group: .keys,
            steps: [.pressOver(milliseconds: 900, "1"), .listen(), .press("#"), .untilEnded],
            expected: Expected(
                said: hoursTold + ["thank you for calling"], cut: 1...1, keys: "1#", end: .localHangUp)),
        ScriptedCall(
            name: "is put through", group: .tools,
            // The agent's promise, and then whoever answers at the other number.
            steps: [
                .listen(), .press("0"), .listen(quiet: 2_500), .say(hours), .pause(milliseconds: 800), .hangUp,
            ],
            expected: Expected(
                said: greeted + ["put you through"], keys: "0", events: ["transferred"], end: .transferred)),
    ]

    /// Whoever answers at the number to which callers are put through.
    static let desk = ScriptedCall(
        name: "desk", group: .tools, steps: [.say(.prompt("vm-leavemsg")), .listen(), .untilEnded],
        expected: Expected())

    /// Words that have to reach the ear of whoever talks with the agent, `|` between those of which one is enough.
    var wordsHeard: [String] {
        switch name {
        case "is answered, and hung up on": ["help", "monday|friday|nine", "calling"]
        case "cuts in, and hangs up": ["help", "monday|friday|nine"]
        case "presses keys": ["monday|friday|nine", "calling"]
        default: ["help", "put you through|through", "message"]
        }
    }
}
