internal import TelephonyPrimitives

/// Makes a ``QualityReport`` of every second from counts that only grow.
struct QualityMeter: Sendable {
    static let interval = Duration.seconds(1)
    /// Seconds over which the least score of a call is taken: one bad second alone is no bad call.
    static let window = 5

    /// What has been counted since the beginning of the call.
    struct Totals: Sendable {
        var packetsSent = 0
        var packetsReceived = 0
        var packetsLost = 0
        var packetsLate = 0
        /// Sound that came from packets.
        var played = Duration.zero
        var concealed = Duration.zero
        var stretched = Duration.zero
        /// Stretches of concealment.
        var concealments = 0
    }

    /// What was to be heard in a second.
    private struct Sound {
        var played = Duration.zero
        var concealed = Duration.zero
        var concealments = 0
        /// One way, in milliseconds.
        var delay = 0.0
    }

    private var due: Instant?
    private var began = Instant.zero
    private var before = Totals()
    private var lately = [Sound](repeating: Sound(), count: window)
    private var seconds = 0
    /// The least score over ``window`` seconds so far.
    private(set) var lowestMOS: Double?

    /// Whether a second is over. The first call begins one.
    mutating func isDue(_ now: Instant) -> Bool {
        guard let due else {
            due = now + Self.interval
            began = now
            return false
        }
        return now >= due
    }

    /// Ends a second: fills in what is counted in `report` and begins the next.
    mutating func finish(
        _ totals: Totals, now: Instant, roundTripTime: Duration?, bufferDelay: Duration, codec: EquipmentImpairment
    ) -> QualityReport {
        var report = QualityReport(end: now, duration: now - began)
        report.packetsSent = totals.packetsSent - before.packetsSent
        report.packetsReceived = totals.packetsReceived - before.packetsReceived
        report.packetsLost = totals.packetsLost - before.packetsLost
        report.packetsLate = totals.packetsLate - before.packetsLate
        // Counts of samples are rounded when the sample rate changes.
        report.concealed = max(.zero, totals.concealed - before.concealed)
        report.stretched = max(.zero, totals.stretched - before.stretched)
        report.roundTripTime = roundTripTime
        report.bufferDelay = bufferDelay
        report.delay = (roundTripTime ?? .zero) / 2 + bufferDelay + .milliseconds(20)
        let sound = Sound(
            played: max(.zero, totals.played - before.played), concealed: report.concealed,
            concealments: totals.concealments - before.concealments, delay: report.delay.inSeconds * 1000)
        report.heardMOS = Self.score([sound], codec)
        lately[seconds % Self.window] = sound
        seconds += 1
        if seconds >= Self.window, let score = Self.score(lately, codec) {
            lowestMOS = min(lowestMOS ?? score, score)
        }
        before = totals
        began = now
        // After a jump of the clock the seconds begin anew.
        if let due { self.due = due + Self.interval > now ? due + Self.interval : now + Self.interval }
        return report
    }

    /// The score of some seconds; `nil` when nothing was to be heard in them.
    private static func score(_ sounds: [Sound], _ codec: EquipmentImpairment) -> Double? {
        var concealed = 0.0
        var played = 0.0
        var concealments = 0
        var delay = 0.0
        for sound in sounds {
            concealed += sound.concealed.inSeconds
            played += sound.played.inSeconds
            concealments += sound.concealments
            delay += sound.delay / Double(sounds.count)
        }
        guard played + concealed > 0 else { return nil }
        let loss = concealed / (played + concealed)
        // The mean length of a stretch over what it would be if losses were random (G.107 §7.5).
        let burst = concealments > 0 ? concealed / 0.02 / Double(concealments) * (1 - loss) : 1
        return Quality.estimatedMOS(lossFraction: loss, burstRatio: burst, delayMilliseconds: delay, codec: codec)
    }
}
