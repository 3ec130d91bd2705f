extension JitterBuffer {
    /// A buffer for another sample rate that goes on with the figures of the one before.
    init(configuration: JitterBufferConfiguration, after before: JitterBuffer) {
        self.init(configuration: configuration)
        counters = before.counters
        counters.scaleSamples(by: configuration.sampleRate, over: before.configuration.sampleRate)
        waited = before.waited
        packetsPlayed = before.packetsPlayed
    }
}

extension JitterBufferStatistics {
    /// Counts samples at another rate.
    fileprivate mutating func scaleSamples(by rate: Int, over before: Int) {
        func scale(_ count: inout Int) {
            count = count / max(1, before) * rate + count % max(1, before) * rate / max(1, before)
        }
        scale(&samplesPulled)
        scale(&samplesPlayed)
        scale(&samplesConcealed)
        scale(&samplesSilent)
        scale(&samplesRemoved)
        scale(&samplesAdded)
    }
}
