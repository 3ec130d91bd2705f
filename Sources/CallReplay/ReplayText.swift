internal import Agent
internal import TelephonyPrimitives

extension CallReplay {
    /// What happened, line by line, for a terminal. Each track has a clock of its own, from its first line on.
    package var timeline: String {
        var starts: [ReplayTrack: Instant] = [:]
        for line in lines where starts[line.track] == nil { starts[line.track] = line.time }
        // Signalling and sound have one clock.
        let start = [starts[.signalling], starts[.media]].compactMap(\.self).min()
        return lines.map { line in
            let from = line.track == .turns ? .zero : start ?? .zero
            let seconds = "\(Instant(nanoseconds: (line.time - from).inNanoseconds))"
            let blanks = String(repeating: " ", count: max(0, 9 - seconds.count))
            let name = line.track.rawValue
            return blanks + seconds + "  " + name + String(repeating: " ", count: max(0, 12 - name.count))
                + PrintableText.of(line.text)
        }.joined(separator: "\n")
    }
}
