internal import TelephonyPrimitives

/// Extended reports (RFC 3611): the round trip of who only receives, and what each side hears.
extension MediaSession {
    /// The last reference time of a receiver, to be answered in our next report.
    struct ReceivedReference {
        var ssrc: UInt32
        var time: UInt32
        var arrival: Instant
    }

    mutating func receive(_ report: ExtendedReport, _ now: Instant) {
        for block in report.blocks {
            switch block {
            case .receiverReferenceTime(let time):
                receivedReference = ReceivedReference(ssrc: report.ssrc, time: time.middle, arrival: now)
            case .receiverReportDelays(let delays):
                for delay in delays where delay.ssrc == stream.ssrc && referencesSent.contains(delay.lastReport) {
                    let time = NTPTimestamp.roundTrip(
                        arrival: NTPTimestamp(now).middle, lastReport: delay.lastReport, delay: delay.delay)
                    if let time { counters.roundTripTime = time }
                }
            case .voipMetrics(let metrics) where metrics.ssrc == stream.ssrc:
                counters.remoteMetrics = metrics
            default:
                break
            }
        }
    }

    /// What our next report adds: answers whoever asked, the rest where the other side wants it.
    mutating func extendedBlocks(isSender: Bool, _ now: Instant) -> [ExtendedReportBlock] {
        var blocks: [ExtendedReportBlock] = []
        if let reference = receivedReference {
            // Each is answered once.
            receivedReference = nil
            blocks.append(
                .receiverReportDelays([
                    ReceiverReportDelay(
                        ssrc: reference.ssrc, lastReport: reference.time,
                        delay: NTPTimestamp.shortUnits(now - reference.arrival))
                ]))
        }
        if configuration.extendedReports.receiverRoundTrip != nil, !isSender {
            let time = NTPTimestamp(now)
            referencesSent.note(time.middle)
            blocks.append(.receiverReferenceTime(time))
        }
        if configuration.extendedReports.voipMetrics, let metrics = voipMetrics { blocks.append(.voipMetrics(metrics)) }
        return blocks
    }

    /// How the call sounds here; `nil` when nothing has come.
    var voipMetrics: VoIPMetrics? {
        guard let remoteSSRC, counters.packetsReceived > 0 else { return nil }
        let statistics = statistics
        let packet = Double(max(10, min(configuration.ptime, 200)))
        let due = Double(max(1, statistics.packetsReceived + max(0, statistics.packetsLost)))
        func rate(_ fraction: Double) -> UInt8 { UInt8(max(0, min(255, (fraction * 256).rounded(.down)))) }
        func milliseconds(_ value: Double) -> UInt16 { UInt16(max(0, min(65_535, value.rounded()))) }
        let buffer = jitterBuffer.statistics
        var metrics = VoIPMetrics(ssrc: remoteSSRC)
        metrics.lossRate = rate(statistics.lossFraction)
        metrics.discardRate = rate(Double(statistics.late) / due)
        metrics.burstDensity = rate(statistics.bursts.burstDensity)
        metrics.gapDensity = rate(statistics.bursts.gapDensity)
        metrics.burstDuration = milliseconds(statistics.bursts.meanBurst * packet)
        metrics.gapDuration = milliseconds(statistics.bursts.meanGap * packet)
        metrics.roundTripDelay = milliseconds((statistics.roundTripTime?.inSeconds ?? 0) * 1000)
        // The packet that is filled before it is sent, and what waits before it is heard.
        metrics.endSystemDelay = milliseconds(packet + buffer.currentDelay.inSeconds * 1000)
        if buffer.samplesPlayed > 0 {
            let codec = codecHeard.impairment
            let loss = buffer.concealedFraction
            let burst = buffer.burstRatio(packetLength: jitterBuffer.configuration.frameLength)
            let path = (statistics.roundTripTime?.inSeconds ?? 0) * 500 + buffer.meanDelay.inSeconds * 1000 + packet
            let rating = Quality.rating(lossFraction: loss, burstRatio: burst, delayMilliseconds: path, codec: codec)
            // R is told from 0 to 100 (RFC 3611 §4.7.5), whatever the scale of the band.
            metrics.rating = UInt8(max(0, min(100, (rating / codec.scale.divisor).rounded())))
            metrics.conversationalScore = UInt8(
                max(10, min(50, (Quality.meanOpinionScore(rating: rating, scale: codec.scale) * 10).rounded())))
            let listening = Quality.estimatedMOS(
                lossFraction: loss, burstRatio: burst, delayMilliseconds: 0, codec: codec)
            metrics.listeningScore = UInt8(max(10, min(50, (listening * 10).rounded())))
        }
        metrics.concealment = .enhanced
        metrics.jitterBufferKind = .adaptive
        metrics.jitterBufferNominal = milliseconds(buffer.currentDelay.inSeconds * 1000)
        metrics.jitterBufferMaximum = milliseconds(
            max(buffer.currentDelay.inSeconds, buffer.targetDelay.inSeconds) * 1000)
        metrics.jitterBufferAbsoluteMaximum = milliseconds(jitterBuffer.configuration.maximumDelay.inSeconds * 1000)
        return metrics
    }
}
