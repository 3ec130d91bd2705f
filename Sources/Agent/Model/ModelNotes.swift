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
    static let cancelled = "Cancelled: the caller spoke on before it was done."

    static let pressed = "(The caller pressed "
    static func pressed(_ keys: String) -> String { pressed + keys + ".)" }

    static func transferFailed(_ reason: String) -> String {
        "(The transfer failed: \(reason). The caller is still on the line with you. Tell them, and offer something else.)"
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
