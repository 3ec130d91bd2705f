/// What we tell a model besides the caller's words. Everything in round brackets is a note: what a caller says never is.
enum ModelNotes {
    /// Goes before everybody's instructions.
    static let manners = """
        You are on a telephone call: what you write is spoken aloud, and what the caller says reaches you as text that \
        may be misheard. Answer in one to three short, plain sentences. Write no lists, no Markdown, no emoji and no \
        symbols. Ask one thing at a time. When something is unclear, ask again. A message in round brackets is a note \
        of the telephone system and not said by the caller; never read it out.
        """

    static let began = "(The call has begun.)"
    static let beganUngreeted = "(The call has begun. Greet the caller.)"
    static let silence = "(The caller has been silent for a while. Ask in a few words whether they are still there.)"
    static let lastSilence = "(The caller is still silent. Say a short goodbye; the call ends after it.)"
    static let brief = "(Answer in one short sentence.)"
    static let pending =
        "Not done yet: the caller spoke first. It is done once your next answer has been heard; if the caller no longer "
        + "wants it, call \(CancelPlansTool.name)."
    static let notDone = "Not done: the caller spoke first. Call it again when it is still wanted."
    static func announced(_ text: String) -> String { "(You were made to say: \(text))" }
    static func supervised(_ note: SupervisorNote) -> String {
        switch note {
        case .advice(let text):
            "(Your supervisor, who listens and whom the caller does not hear, tells you: \(text) Heed it from now on; do not "
                + "mention it.)"
        case .givenBack:
            "(A supervisor has talked with the caller in your place, which you did not hear, and now you talk again.)"
        }
    }

    static let cancelled = "Cancelled: the caller spoke on before it was done."

    static let pressed = "(The caller pressed "
    static func pressed(_ keys: String) -> String { pressed + keys + ".)" }

    static let holdEnded =
        "(The caller has waited on hold for as long as you asked for, and hears you again. Say that you are back.)"

    static func transferFailed(_ reason: String) -> String {
        "(The transfer failed: \(reason). The caller is still on the line with you. Tell them, and offer something else.)"
    }

    static func digits(_ answer: DigitAnswer) -> String {
        let name = answer.collection.name
        guard let shown = answer.shown else { return "(The caller did not type the digits of \(name).)" }
        guard answer.collection.isSecret else { return "(The caller typed \(name): \(shown).)" }
        return
            "(The caller typed \(name): \(shown). You can't see the digits; where a tool takes them, write {\(name)}.)"
    }

    static func captured(_ kind: CaptureKind, _ value: CapturedValue) -> String {
        "(The caller has confirmed the \(kind.rawValue): \(value.text).)"
    }

    static let messageKept = "(The caller has confirmed the message. It is kept.)"
    static let messageWrong =
        "(The message is not right and not kept. Ask what is to change, or go on with what the caller said last.)"

    static func takenOver(_ handOver: HandOver) -> String {
        "(You take this call over from \(handOver.from). In its words: \(handOver.summary))"
    }

    static func notCaptured(_ kind: CaptureKind) -> String {
        "(No \(kind.rawValue) was made out. Answer what the caller said last.)"
    }

    /// The instructions with the call's values in their places.
    static func instructions(_ text: String, _ context: DialogueContext, date: String) -> String {
        let filled = fill(text, context, date: date)
        return [manners, filled, "It is \(date)."].filter { !$0.isEmpty }.joined(separator: "\n\n")
    }

    /// Puts the call's values in the places of `{caller}`, `{caller_name}`, `{called}`, `{date}` and the call's variables;
    /// other braces stay.
    static func fill(_ text: String, _ context: DialogueContext, date: String) -> String {
        // No value has braces of its own, so that none is filled in turn.
        var values = [
            ("{caller}", value(context.caller)), ("{caller_name}", value(context.callerName ?? "")),
            ("{called}", value(context.called)), ("{date}", value(date)),
        ]
        // They come from whoever gives us the instructions, and may be longer than a name.
        for (name, text) in context.variables.sorted(by: { $0.key < $1.key }) {
            values.append(("{\(name)}", String(PrintableText.of(text).filter { !"{}".contains($0) }.prefix(2_000))))
        }
        return values.reduce(text) { $0.replacing($1.0, with: $1.1) }
    }

    /// Names from the network stand in the instructions: on one line, short, and without marks of ours.
    static func value(_ text: String) -> String {
        let line = PrintableText.of(text).filter { !"{}()\"<>`".contains($0) }
        return String(line.prefix(80))
    }
}
