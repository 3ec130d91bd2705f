import TelephonyPrimitives

/// One RTP stream in the order of sending, with the rules of its numbers and its pace.
struct AuditedStream {
    let key: AuditedMedia.StreamKey
    let packets: [AuditedMedia.Packet]
    let media: AuditedMedia

    private struct Encoding {
        let name: String
        let clock: Int

        var isEvent: Bool { name == "telephone-event" }
    }

    private struct Step {
        let packet: AuditedMedia.Packet
        let rtp: WireRTP
        let encoding: Encoding?

        var time: Instant { packet.time }
        var isEvent: Bool { encoding?.isEvent ?? false }

        /// How many timestamp units the payload covers, when the codec tells.
        var samples: UInt32? {
            guard let encoding, ["pcmu", "pcma", "g722"].contains(encoding.name) else { return nil }
            return UInt32(rtp.payload.count)
        }

        /// How long the payload lasts.
        var length: Duration? {
            guard let samples, let encoding, encoding.clock > 0 else { return nil }
            return .nanoseconds(Int64(samples) * 1_000_000_000 / Int64(encoding.clock))
        }
    }

    /// Checks everything; each rule is reported at most once per stream.
    func check(_ findings: inout Findings) {
        var encodings: [UInt8: Encoding] = [:]
        var steps: [Step] = []
        for packet in packets {
            guard let rtp = packet.rtp else { continue }
            if encodings[rtp.payloadType] == nil { encodings[rtp.payloadType] = encoding(of: rtp.payloadType) }
            steps.append(Step(packet: packet, rtp: rtp, encoding: encodings[rtp.payloadType]))
        }
        var reporter = Reporter(key: key, findings: findings)
        checkNumbers(steps, &reporter)
        checkDrift(steps, &reporter)
        checkPace(steps, &reporter)
        if !isEncrypted { checkEvents(steps, &reporter) }
        findings = reporter.findings
    }

    private struct Reporter {
        let key: AuditedMedia.StreamKey
        var findings: Findings
        var reported: Set<AuditRule> = []

        mutating func add(_ rule: AuditRule, at time: Instant, _ detail: String) {
            guard reported.insert(rule).inserted else { return }
            findings.add(rule, side: key.sender, at: time, callID: key.callID ?? "", detail)
        }
    }

    private var isEncrypted: Bool {
        guard let callID = key.callID else { return false }
        return media.ownAdverts(of: callID, side: key.sender).contains { $0.media.profile.contains("SAVP") }
    }

    /// What a payload type means: as the receiver's descriptions say, else by the static table.
    private func encoding(of payloadType: UInt8) -> Encoding? {
        let format = String(payloadType)
        let callID = key.callID ?? ""
        let described =
            media.peerAdverts(of: callID, not: key.sender).lazy.compactMap { $0.media.maps[format] }.first
            ?? media.ownAdverts(of: callID, side: key.sender).lazy.compactMap { $0.media.maps[format] }.first
        let standard = ["0": "pcmu/8000", "8": "pcma/8000", "9": "g722/8000"][format]
        guard let text = described ?? standard else { return nil }
        let parts = text.split(separator: "/")
        guard parts.count >= 2, let clock = Int(parts[1]) else { return nil }
        return Encoding(name: String(parts[0]), clock: clock)
    }

    // MARK: Sequence, timestamp, marker

    private func checkNumbers(_ steps: [Step], _ reporter: inout Reporter) {
        for (before, now) in zip(steps, steps.dropFirst()) {
            if now.rtp.sequence != before.rtp.sequence &+ 1 {
                reporter.add(.rtpSequence, at: now.time, "\(now.rtp.sequence) after \(before.rtp.sequence).")
            }
            guard !before.isEvent, !now.isEvent, let samples = before.samples else { continue }
            let rise = now.rtp.timestamp &- before.rtp.timestamp
            if now.rtp.marker {
                let gap = before.length.map { before.time.duration(to: now.time) > $0 * 1.5 } ?? true
                if rise == samples, now.rtp.payloadType == before.rtp.payloadType, !gap {
                    reporter.add(.rtpMarker, at: now.time, "Marked, though sound goes on without a gap.")
                }
            } else if rise != samples {
                reporter.add(
                    .rtpTimestamp, at: now.time, "It rose by \(Int32(bitPattern: rise)) after \(samples) samples.")
            }
        }
    }

    /// The timestamp against the time of sending, from the first packet on.
    private func checkDrift(_ steps: [Step], _ reporter: inout Reporter) {
        guard let first = steps.first, let clock = first.encoding?.clock, clock > 0 else { return }
        let tolerance = media.signalling.precision == .exact ? 0.06 : 0.5
        var units: Int64 = 0
        var last = first.rtp.timestamp
        for step in steps.dropFirst() where !step.isEvent && step.encoding?.clock == clock {
            units += Int64(Int32(bitPattern: step.rtp.timestamp &- last))
            last = step.rtp.timestamp
            let apart = Double(units) / Double(clock) - first.time.duration(to: step.time).inSeconds
            if apart.magnitude > tolerance {
                reporter.add(
                    .rtpTimestamp, at: step.time,
                    "It is \(Int(apart * 1000)) ms away from the clock since the first packet.")
                return
            }
        }
    }

    // MARK: Pace

    private func checkPace(_ steps: [Step], _ reporter: inout Reporter) {
        var spurt: [Step] = []
        for step in steps {
            let isGap = spurt.last.map { $0.time.duration(to: step.time) > .milliseconds(200) } ?? false
            if isGap || step.isEvent || step.length == nil || step.length != spurt.last?.length {
                check(spurt: spurt, &reporter)
                spurt = []
            }
            if !step.isEvent, step.length != nil { spurt.append(step) }
        }
        check(spurt: spurt, &reporter)
    }

    private func check(spurt: [Step], _ reporter: inout Reporter) {
        guard let first = spurt.first, let last = spurt.last, let length = first.length, length > .zero else { return }
        let isExact = media.signalling.precision == .exact
        if spurt.count >= 50 {
            let mean = first.time.duration(to: last.time).inSeconds / Double(spurt.count - 1)
            if (mean / length.inSeconds - 1).magnitude > (isExact ? 0.01 : 0.05) {
                reporter.add(
                    .rtpPace, at: first.time,
                    "\(spurt.count) packets of \(length.inMilliseconds) ms left every \(Int(mean * 10_000)) tenths of a ms."
                )
            }
        }
        let (crowd, room) = isExact ? (3, length) : (10, length * 2)
        for (early, late) in zip(spurt, spurt.dropFirst(crowd - 1)) where early.time.duration(to: late.time) < room {
            reporter.add(
                .rtpPace, at: early.time, "\(crowd) packets left within \(early.time.duration(to: late.time)).")
            return
        }
    }

    // MARK: Events

    /// RFC 4733 §2.3, §2.5.
    private func checkEvents(_ steps: [Step], _ reporter: inout Reporter) {
        var event: [Step] = []
        for step in steps where step.isEvent {
            if let last = event.last, last.rtp.timestamp != step.rtp.timestamp {
                check(event: event, &reporter)
                event = []
            }
            event.append(step)
        }
        check(event: event, &reporter)
    }

    private func check(event: [Step], _ reporter: inout Reporter) {
        var duration = 0
        var code: UInt8?
        var ends = 0
        for (index, step) in event.enumerated() {
            let payload = step.rtp.payload
            guard payload.count >= 4, payload.count % 4 == 0 else {
                reporter.add(.telephoneEvent, at: step.time, "Its payload has \(payload.count) octets.")
                return
            }
            let now = Int(payload[2]) << 8 | Int(payload[3])
            if step.rtp.marker != (index == 0) {
                reporter.add(
                    .telephoneEvent, at: step.time, "Packet \(index + 1) of the event has marker \(step.rtp.marker).")
            }
            if now < duration {
                reporter.add(.telephoneEvent, at: step.time, "The duration fell from \(duration) to \(now).")
            }
            if let code, code != payload[0] {
                reporter.add(.telephoneEvent, at: step.time, "Event \(payload[0]) has the timestamp of event \(code).")
            }
            if ends > 0, payload[1] & 0x80 == 0 {
                reporter.add(.telephoneEvent, at: step.time, "It goes on after its end.")
            }
            if payload[1] & 0x40 != 0 { reporter.add(.telephoneEvent, at: step.time, "The reserved bit is set.") }
            if payload[1] & 0x80 != 0 { ends += 1 }
            duration = max(duration, now)
            code = code ?? payload[0]
        }
        guard let last = event.last, last.time + .milliseconds(500) < media.signalling.end else { return }
        if ends != 3 { reporter.add(.telephoneEvent, at: last.time, "Its end was sent \(ends) times.") }
    }
}
