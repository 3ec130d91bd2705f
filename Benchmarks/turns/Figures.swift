/// What the packets say.
struct Figures {
    let timeline: Timeline

    func printTurns() {
        var (ours, steps): ([Double], [String: [Double]]) = ([], [:])
        var incomplete = 0
        for (_, turn) in timeline.turns.sorted(by: { ($0.key.call, $0.key.turn) < ($1.key.call, $1.key.turn) }) {
            guard let asked = turn.asked, let answered = turn.answered, let heard = turn.heard,
                let judged = turn.judged, let modelAsked = turn.modelAsked, let modelAnswered = turn.modelAnswered,
                let voiceAsked = turn.voiceAsked, let voiceAnswered = turn.voiceAnswered
            else {
                // What cuts in is measured as an interruption.
                if turn.asked != nil { incomplete += 1 }
                continue
            }
            let parts = [
                ("caller to ears", heard - asked), ("ears to model", modelAsked - judged),
                ("model to voice", voiceAsked - modelAnswered), ("voice to caller", answered - voiceAnswered),
            ]
            for (name, value) in parts { steps[name, default: []].append(value) }
            ours.append(parts.reduce(0) { $0 + $1.1 })
        }
        print("turns\t\(ours.count) measured, \(incomplete) incomplete")
        for name in ["caller to ears", "ears to model", "model to voice", "voice to caller"] {
            print("  \(name)\t\(Self.summary(steps[name] ?? []))")
        }
        print("7a our share\t\(Self.summary(ours))")
    }

    func printCuts() {
        var (afterSound, afterDecision, wordsOff): ([Double], [Double], [Double]) = ([], [], [])
        for (_, cut) in timeline.cuts {
            guard let began = cut.began, let quiet = cut.quiet else { continue }
            // A packet carries the 20 ms from its arrival on.
            afterSound.append(quiet + 20 - began)
            if let decided = cut.decided { afterDecision.append(max(0, quiet + 20 - decided)) }
            if let played = cut.playedMs, let told = cut.toldWords {
                // Told as heard are the words that had sounded to two thirds or more.
                let word = Double(TimedMouth.wordMs)
                let (least, most) = ((Double(told) - 1.0 / 3) * word, (Double(told) + 2.0 / 3) * word)
                wordsOff.append(max(0, max(least - played, played - most)))
            }
        }
        print("interruptions\t\(afterSound.count)")
        print("7b quiet after the caller's first sound\t\(Self.summary(afterSound))")
        print("7b quiet after the decision\t\(Self.summary(afterDecision))")
        print("   context off what was heard\t\(Self.summary(wordsOff))")
    }

    private static func summary(_ values: [Double]) -> String {
        guard !values.isEmpty else { return "nothing was measured" }
        let sorted = values.sorted()
        func at(_ part: Double) -> Int {
            Int(sorted[min(sorted.count - 1, Int(Double(sorted.count) * part))].rounded())
        }
        return "p50 \(at(0.5)) ms\tp90 \(at(0.9))\tp99 \(at(0.99))\tmax \(at(1))"
    }
}
