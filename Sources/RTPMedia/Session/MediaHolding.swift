/// What a ``MediaSession`` holds at present, for those who watch that it doesn't grow with what comes.
package struct MediaHolding: Sendable, Equatable {
    /// Packets that wait to be played.
    package var packets = 0
    /// Samples in them and behind them, decoded or not.
    package var samples = 0
    /// Outputs that were not taken yet.
    package var outputs = 0
    /// Addresses that may become the source of the call.
    package var candidates = 0
    /// Packets on probation: 0 or 1.
    package var held = 0
    /// How long the fastest packet waits at present, in milliseconds.
    package var delay = 0.0
    /// Samples per second of what waits.
    package var sampleRate = 0
}

extension MediaSession {
    package var holding: MediaHolding {
        MediaHolding(
            packets: jitterBuffer.store.packets.count,
            samples: jitterBuffer.store.sampleCount + jitterBuffer.ahead.count + jitterBuffer.output.count,
            outputs: outputs.count, candidates: latch.candidateCount, held: held == nil ? 0 : 1,
            delay: jitterBuffer.lastDelay, sampleRate: jitterBuffer.configuration.sampleRate)
    }
}
