internal import TelephonyPrimitives

/// How the call sounds, for both sides.
extension MediaSession {
    /// Tells of the second that is over.
    mutating func measure(_ now: Instant) {
        guard meter.isDue(now) else { return }
        let sound = soundHeard
        let totals = QualityMeter.Totals(
            packetsSent: stream.packets, packetsReceived: counters.packetsReceived,
            packetsLost: Int(clamping: lostBefore &+ (reception?.totalLost ?? 0)), packetsLate: sound.late,
            played: sound.played, concealed: sound.concealed, stretched: sound.stretched,
            concealments: sound.concealments)
        var report = meter.finish(
            totals, now: now, roundTripTime: counters.roundTripTime, bufferDelay: sound.delay,
            codec: codecHeard.impairment)
        report.jitter = reception?.jitter ?? .zero
        report.level = levelHeard.level
        levelHeard.reset()
        report.remoteMOS = remoteMOS(lossFraction: counters.remoteLossFraction)
        outputs.append(.event(.quality(report)))
    }

    /// Whether the packet of a number was heard, for bursts and gaps.
    mutating func note(_ sequence: UInt16, _ outcome: ReceptionStatistics.Outcome?, isHeard: Bool) {
        switch outcome {
        case .restarted:
            counters.streamRestarts += 1
            fates.restart()
        case .stray, .probation: return
        default: break
        }
        if isHeard { fates.heard(sequence) }
    }

    /// The codec that was heard last.
    var codecHeard: AudioCodecKind {
        jitterBuffer.playing.flatMap { playable[$0] } ?? configuration.codec
    }

    /// What the jitter buffer made of the sound, as time.
    var soundHeard:
        (
            played: Duration, concealed: Duration, stretched: Duration, concealments: Int, late: Int, delay: Duration
        )
    {
        let buffer = jitterBuffer.statistics
        let rate = Int64(max(1, jitterBuffer.configuration.sampleRate))
        func time(_ samples: Int) -> Duration {
            let (seconds, rest) = Int64(samples).quotientAndRemainder(dividingBy: rate)
            return .seconds(seconds) + .nanoseconds(rest * 1_000_000_000 / rate)
        }
        return (
            time(buffer.samplesPlayed), time(buffer.samplesConcealed),
            time(buffer.samplesRemoved + buffer.samplesAdded), buffer.concealments, buffer.packetsLate,
            buffer.currentDelay
        )
    }

    /// The score of what the other side hears of us; `nil` before it has reported.
    ///
    /// Its jitter buffer is unknown unless it says more by an extended report: it is taken to hold twice the jitter, at
    /// least 40 ms, and to discard nothing.
    func remoteMOS(lossFraction: Double) -> Double? {
        guard counters.remoteReports > 0 else { return nil }
        let metrics = counters.remoteMetrics
        let buffered = metrics.flatMap { $0.endSystemDelay > 0 ? Double($0.endSystemDelay) : nil }
        let jitter = counters.remoteJitter.inSeconds * 1000
        let discarded = Double(metrics?.discardRate ?? 0) / 256
        return Quality.estimatedMOS(
            lossFraction: min(1, max(0, lossFraction) + discarded),
            delayMilliseconds: (counters.roundTripTime?.inSeconds ?? 0) * 500 + 20
                + (buffered ?? max(40, 2 * jitter)),
            codec: configuration.codec.impairment)
    }
}
