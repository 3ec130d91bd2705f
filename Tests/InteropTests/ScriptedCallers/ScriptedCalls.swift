import Telephony

/// The conversations with the receptionist of the sample flow, which is asked for hours and directions.
extension ScriptedCall {
    static let ofFlow: [ScriptedCall] = questions
}

extension ScriptedCall {
    static let goodbye = CallerSound.prompt("goodbye")
    static let whereAreYou = CallerSound.words("Where are you?", .briton)

    /// Greeting, question, answer, goodbye.
    private static func ask(
        _ name: String, _ sound: CallerSound, heard: String, answer: [String], line: Line = Line(),
        goodbye: CallerSound = goodbye, group: Group = .questions
    ) -> ScriptedCall {
        ScriptedCall(
            name: name, group: group, line: line,
            steps: [.listen(), .say(sound), .listen(), .say(goodbye), .untilEnded],
            expected: Expected(
                heard: [heard, "bye|buy"], said: ["good day", "anything else", "thank you for calling"] + answer,
                end: .localHangUp))
    }

    static let hoursTold = ["nine to five, monday to friday"]
    static let placeTold = ["12 harbour street|twelve harbour street"]

    static let questions: [ScriptedCall] = [
        ask(
            "F-28: a human asks for the hours", .sequence([.prompt("your"), .prompt("hours")]), heard: "hours",
            answer: hoursTold),
        ask("a man asks when we are open", .words("When are you open?", .man), heard: "open", answer: hoursTold),
        ask("a woman asks when we close", .words("What time do you close?", .woman), heard: "close", answer: hoursTold),
        ask("a Briton asks where we are", whereAreYou, heard: "where are you", answer: placeTold),
        ask(
            "a woman asks where to find us, and says goodbye", .words("Where can I find you?", .woman), heard: "find",
            answer: placeTold, goodbye: .words("Goodbye.", .woman)),
    ]
}
