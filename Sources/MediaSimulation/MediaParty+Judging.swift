internal import RTPMedia
internal import TelephonyPrimitives

/// What a session yields, and whether it may.
extension MediaParty {
    /// The longest delay of the jitter buffer, the frame in which more is worked off, and the longest packet.
    static let longestDelay = Duration.milliseconds(400 + 20 + 200)
    /// What the jitter buffer may hold at most.
    static let mostPackets = 512
    /// Two seconds, what is decoded, and what has been made.
    static let mostHeld = Duration.milliseconds(2000 + 200 + 200)
    static let mostCandidates = 32
    private static let windowsPerSecond = 25

    func observe(_ event: MediaEvent, _ now: Instant) {
        switch event {
        case .dtmf(let digit, _):
            observer.digits.append((now, digit))
            call.tell("\(now) \(name) hears \(digit)")
        case .quality(let report):
            observer.qualityReports += 1
            if report.duration < .seconds(1) - .milliseconds(300) {
                fail(.qualityEverySecond, now, "a second of \(report.duration.inMilliseconds) ms")
            }
        case .goodbye:
            if peer?.observer.saidGoodbye != true, peer?.isHostile != true {
                fail(.goodbyeIsTrue, now, "a goodbye that nobody said")
            }
        case .keysUnusable: fail(.encrypted, now, "the keys are unusable")
        case .sourceLatched(let source): call.tell("\(now) \(name) hears \(source)")
        case .dtmfSent:
            observer.areKeysSent = true
            call.tell("\(now) \(name) has sent its keys")
        case .silent, .flows, .application: call.tell("\(now) \(name): \(event)")
        }
    }

    /// A quality report for each second that is over.
    func judgeSeconds(_ now: Instant) {
        guard let firstWake else { return }
        let seconds = Int((local(now) - firstWake).inNanoseconds / 1_000_000_000)
        if observer.qualityReports != seconds {
            fail(.qualityEverySecond, now, "\(observer.qualityReports) reports in \(seconds) seconds")
            observer.qualityReports = seconds
        }
    }

    func judge(_ frame: PCMFrame, _ now: Instant) {
        observer.digest.add(frame.samples)
        let rates = configuration.receivePayloadTypes.values.map(\.sampleRate)
        if !rates.contains(frame.sampleRate) || frame.samples.count != frame.sampleRate / 50 {
            fail(.wholeFrames, now, "\(frame.samples.count) samples at \(frame.sampleRate) Hz")
        }
        if let since = observer.notReceivingSince, now - since > .milliseconds(300), frame.origin == .real {
            fail(.holdIsSilent, now, "sound was heard")
        }
        listen(frame, now)
    }

    /// Three seconds after the line became good the notes are those that the other side says.
    private func listen(_ frame: PCMFrame, _ now: Instant) {
        guard let peer, !peer.isHostile, now >= call.goodFrom + MediaScenario.settlingTime else { return }
        if frame.sampleRate != observer.windowRate { observer.window = [] }
        observer.windowRate = frame.sampleRate
        observer.window += frame.samples
        guard observer.window.count >= frame.sampleRate / Self.windowsPerSecond else { return }
        let note = Melody.note(of: observer.window, sampleRate: frame.sampleRate)
        observer.window = []
        observer.windows += 1
        let lately = peer.said.suffix(30)
        if let note, lately.contains(where: { $0.note == note && now - $0.time <= .milliseconds(500) }) {
            observer.rightWindows += 1
        }
    }

    func judgeState(_ now: Instant) {
        let statistics = session.statistics
        for (name, count) in Self.counters where count(statistics) < count(observer.before) {
            fail(.countersAddUp, now, "\(name) fell from \(count(observer.before)) to \(count(statistics))")
        }
        observer.before = statistics
        let holding = session.holding
        // The last of what a line brought may be old; it is played where nothing newer waits behind it.
        if holding.packets > 0, holding.delay > Self.longestDelay.inSeconds * 1000 {
            fail(.delayIsBounded, now, "sound waits for \(Int(holding.delay)) ms")
        }
        judgeSum(of: statistics, held: holding.held, now)
        let most = Int(Self.mostHeld.inMilliseconds) * holding.sampleRate / 1000
        if holding.packets > Self.mostPackets || holding.samples > most || holding.outputs > 0
            || holding.candidates > Self.mostCandidates
        {
            fail(.stateIsBounded, now, "\(holding)")
        }
    }

    private func judgeSum(of statistics: MediaStatistics, held: Int, _ now: Instant) {
        let refused =
            statistics.discardedFromWrongSource + statistics.unauthenticated + statistics.malformed
            + statistics.notMedia + statistics.unknownPayload + statistics.oversized + statistics.rateLimited
        let counted = statistics.packetsReceived + refused + held
        if counted < observer.handed {
            fail(.countersAddUp, now, "\(observer.handed) packets came and \(counted) are counted")
            observer.handed = counted
        }
        if statistics.packetsReceived > observer.handed {
            fail(.countersAddUp, now, "\(statistics.packetsReceived) packets of \(observer.handed) were received")
        }
        if statistics.late + statistics.duplicate > statistics.packetsReceived {
            fail(.countersAddUp, now, "more packets are late or came twice than came")
        }
        if configuration.keying != nil, let peer, !peer.isHostile, statistics.packetsReceived > peer.observer.sentMedia
        {
            fail(.encrypted, now, "more packets were heard than the other side has sent")
        }
    }

    /// Whoever has the keys can read what is sent, and nobody else.
    func judgeEncryption(_ octets: [UInt8], isControl: Bool, _ now: Instant) {
        guard configuration.keying != nil else { return }
        var clear = octets
        do {
            if isControl {
                try authenticator?.unprotectControl(&clear)
            } else {
                try authenticator?.unprotect(&clear)
            }
        } catch {
            return fail(.encrypted, now, "a packet that is not authentic was sent: \(error)")
        }
        let header = isControl ? 8 : RTPPacket.fixedHeaderLength
        if authenticator == nil || clear.count < octets.count - 20
            || octets.dropFirst(header).starts(with: clear.dropFirst(header))
        {
            fail(.encrypted, now, "a packet was sent in the clear")
        }
    }

    /// When all is over.
    func judgeWhole(_ now: Instant) {
        guard let peer, !peer.isHostile else { return }
        if observer.windows > 0, observer.rightWindows * 10 < observer.windows * 6 {
            fail(.soundReturns, now, "\(observer.rightWindows) of \(observer.windows) windows are what was said")
        }
        judgeDigits(now)
        if !observer.areKeysSent || session.isSendingDTMF {
            fail(.digitsOnce, now, "keys were never sent, or that was not told")
        }
    }

    private func judgeDigits(_ now: Instant) {
        guard let peer else { return }
        let heard = observer.digits.map(\.digit)
        if call.scenario.takesEvents {
            var rest = peer.pressed[...]
            let isInOrder = heard.allSatisfy { digit in
                guard let place = rest.firstIndex(of: digit) else { return false }
                rest = rest[(place + 1)...]
                return true
            }
            if !isInOrder {
                fail(.digitsOnce, now, "\(String(heard)) was heard of \(String(peer.pressed))")
            }
        }
        let lately = observer.digits.filter { $0.time >= call.goodFrom + MediaScenario.pressTime }.map(\.digit)
        if !lately.ends(with: peer.pressedWhenGood) {
            fail(.digitsOnce, now, "on a good line \(String(lately)) was heard of \(String(peer.pressedWhenGood))")
        }
    }

    /// What only grows.
    private static let counters: [(name: String, count: @Sendable (MediaStatistics) -> Int)] = [
        ("packetsSent", { $0.packetsSent }), ("octetsSent", { $0.octetsSent }),
        ("packetsReceived", { $0.packetsReceived }), ("octetsReceived", { $0.octetsReceived }),
        ("remoteReports", { $0.remoteReports }), ("late", { $0.late }), ("duplicate", { $0.duplicate }),
        ("reordered", { $0.reordered }), ("discardedFromWrongSource", { $0.discardedFromWrongSource }),
        ("unauthenticated", { $0.unauthenticated }), ("unprotectable", { $0.unprotectable }),
        ("malformed", { $0.malformed }), ("notMedia", { $0.notMedia }), ("unknownPayload", { $0.unknownPayload }),
        ("oversized", { $0.oversized }), ("ssrcChanges", { $0.ssrcChanges }),
        ("ssrcCollisions", { $0.ssrcCollisions }), ("loops", { $0.loops }), ("streamRestarts", { $0.streamRestarts }),
        ("rateLimited", { $0.rateLimited }), ("feedback", { $0.feedback }), ("framesRefused", { $0.framesRefused }),
        ("concealed", { Int($0.concealed.inMilliseconds) }),
    ]
}

extension Array where Element: Equatable {
    fileprivate func ends(with end: [Element]) -> Bool { suffix(end.count).elementsEqual(end) }
}
