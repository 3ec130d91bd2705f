import CFuzz

/// What can be fuzzed. Each takes any octets; a trap, or a promise that does not hold, is a finding.
struct FuzzTarget: Sendable {
    let run: @Sendable ([UInt8]) -> Void
    /// The most octets that may be allocated for each one of an input, freed again or not. Short inputs count as
    /// longer ones: see ``smallest``.
    let perOctet: Int
    /// Whether that bounds what is held at once rather than all that is allocated: what keeps a state works for long.
    var boundsPeak = false

    /// `docs/fuzzing.md` tells the bounds and what was seen.
    static let all: [String: FuzzTarget] = [
        "message": FuzzTarget(run: message, perOctet: 1024),
        "header": FuzzTarget(run: header, perOctet: 640),
        "uri": FuzzTarget(run: uri, perOctet: 512),
        "sdp": FuzzTarget(run: sdp, perOctet: 640),
        "framing": FuzzTarget(run: framing, perOctet: 896),
        "digest": FuzzTarget(run: digest, perOctet: 512),
        "packet": FuzzTarget(run: packet, perOctet: 768),
        "agent": FuzzTarget(run: agent, perOctet: 192, boundsPeak: true),
        "identity": FuzzTarget(run: identity, perOctet: 768),
        "body": FuzzTarget(run: body, perOctet: 320),
        "rtp": FuzzTarget(run: rtp, perOctet: 224),
        "codec": FuzzTarget(run: codec, perOctet: 448),
        "media": FuzzTarget(run: media, perOctet: 240, boundsPeak: true),
        "audiofile": FuzzTarget(run: audiofile, perOctet: 448, boundsPeak: true),
        "jitter": FuzzTarget(run: jitter, perOctet: 1920, boundsPeak: true),
        "session": FuzzTarget(run: session, perOctet: 640, boundsPeak: true),
        "certificate": FuzzTarget(run: certificate, perOctet: 32),
        "journal": FuzzTarget(run: journal, perOctet: 16384, boundsPeak: true),
    ]

    /// Looks at one input, and at what that costs.
    func look(at octets: [UInt8]) {
        fuzz_reset_allocations()
        run(octets)
        let count = boundsPeak ? fuzz_peak_octets() : fuzz_allocated_octets()
        let counted = max(octets.count, Self.smallest)
        let ratio = (count + counted - 1) / counted
        Self.most = max(Self.most, ratio)
        fuzz_note_cost(ratio)
        guard ratio <= perOctet else {
            fatalError("\(count) octets were allocated for an input of \(octets.count): \(ratio) for each one")
        }
    }

    /// The most octets that were allocated for each one of an input.
    nonisolated(unsafe) static var most = 0
    /// What a parser needs at all is not held against an input of a few octets.
    private static let smallest = 256
    nonisolated(unsafe) static var chosen = FuzzTarget(run: { _ in }, perOctet: 0)
}
