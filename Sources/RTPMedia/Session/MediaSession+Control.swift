public import TelephonyPrimitives

extension MediaSession {
    /// Takes a datagram from the RTCP port.
    ///
    /// Only a host that the call's RTP comes from or is expected from is believed, and only about the call's streams.
    public mutating func receiveControl(packet octets: Span<UInt8>, from address: TransportAddress, now: Instant) {
        receiveControl(packet: Array(copying: octets), from: address, now: now)
    }

    /// The same for octets in an array.
    public mutating func receiveControl(packet octets: [UInt8], from address: TransportAddress, now: Instant) {
        guard !isClosed else { return }
        advanceClock(now)
        guard octets.count <= Self.maximumDatagram else {
            counters.oversized += 1
            return
        }
        guard admits(address, isControl: true, now) else { return }
        guard DatagramKind(octets) == .rtcp else {
            counters.notMedia += 1
            return
        }
        let believed = [latch.source, latch.expected, configuration.remoteRTCP]
        guard believed.contains(where: { $0?.ip == address.ip }) else {
            counters.discardedFromWrongSource += 1
            return
        }
        var octets = octets
        guard letIn(&octets, by: { session, octets throws(SRTPError) in try session.unprotectControl(&octets) })
        else { return }
        if protection != nil { clear.receive(octets) }
        // Feedback comes alone from senders that never agreed on it (RFC 5506 §4.1); it does no harm.
        let allowsReducedSize = configuration.allowsReducedSize || [205, 206].contains(octets.dropFirst().first)
        guard let compound = try? RTCPCompound(parsing: octets, allowsReducedSize: allowsReducedSize) else {
            counters.malformed += 1
            return
        }
        interval.note(octets: octets.count)
        if compound.packets.contains(where: { $0.reporter == remoteSSRC && remoteSSRC != nil }),
            address.ip == latch.source?.ip, address.port != latch.source?.port
        {
            controlSource = address
        }
        for packet in compound.packets {
            if packet.reporter == stream.ssrc { collide(now) }
            receive(packet, now)
        }
    }

    private mutating func receive(_ packet: RTCPPacket, _ now: Instant) {
        switch packet {
        case .senderReport(let report):
            if report.ssrc == remoteSSRC {
                receivedReport = ReceivedReport(time: report.time.middle, arrival: now)
            }
            receive(report.blocks, now)
        case .receiverReport(_, let blocks):
            receive(blocks, now)
        case .goodbye(let sources, _):
            guard let remoteSSRC, sources.contains(remoteSSRC), saidGoodbye != remoteSSRC else { return }
            saidGoodbye = remoteSSRC
            outputs.append(.event(.goodbye))
        case .application(let application):
            if admission.admitsApplication(now) {
                outputs.append(.event(.application(application)))
            } else {
                counters.rateLimited += 1
            }
        case .feedback:
            // Sound is not sent again, and there is no picture to be refreshed.
            counters.feedback += 1
        case .extendedReport(let report):
            receive(report, now)
        case .sourceDescription, .other:
            break
        }
    }

    private mutating func receive(_ blocks: [ReportBlock], _ now: Instant) {
        for block in blocks where block.ssrc == stream.ssrc {
            counters.remoteReports += 1
            remoteLost = Int64(block.cumulativeLost)
            counters.remotePacketsLost = Int(clamping: remoteLostBefore &+ remoteLost)
            counters.remoteLossFraction = Double(block.fractionLost) / 256
            encoder.adapt(lossFraction: counters.remoteLossFraction, availableBitRate: nil)
            counters.remoteJitter = .nanoseconds(
                Int64(block.jitter) * 1_000_000_000 / Int64(configuration.codec.clockRate))
            guard reportsSent.contains(block.lastReport) else { continue }
            let time = NTPTimestamp.roundTrip(
                arrival: NTPTimestamp(now).middle, lastReport: block.lastReport, delay: block.delaySinceLastReport)
            if let time { counters.roundTripTime = time }
        }
    }

    /// Sends a compound of report, source description and perhaps goodbye (RFC 3550 §6.1).
    mutating func sendReport(now: Instant, isGoodbye: Bool) {
        guard let (destination, isShared) = controlDestination else { return }
        let blocks = makeBlock(now).map { [$0] } ?? []
        var packets: [RTCPPacket] = []
        // Who has sent since the last report but one is a sender (RFC 3550 §6.4).
        let isSender = stream.packets > packetsAtReports.before
        if isSender {
            reportsSent.note(NTPTimestamp(now).middle)
            packets.append(
                .senderReport(
                    RTCPPacket.SenderReport(
                        ssrc: stream.ssrc, time: NTPTimestamp(now), timestamp: stream.timestamp,
                        packets: UInt32(truncatingIfNeeded: stream.packetsOfSource),
                        octets: UInt32(truncatingIfNeeded: stream.octetsOfSource), blocks: blocks)))
        } else {
            packets.append(.receiverReport(ssrc: stream.ssrc, blocks: blocks))
        }
        packets.append(.sourceDescription([.init(ssrc: stream.ssrc, cname: configuration.cname)]))
        let extended = extendedBlocks(isSender: isSender, now)
        if !extended.isEmpty { packets.append(.extendedReport(ExtendedReport(ssrc: stream.ssrc, blocks: extended))) }
        if isGoodbye { packets.append(.goodbye(sources: [stream.ssrc], reason: nil)) }
        packetsAtReports = (stream.packets, packetsAtReports.last)
        hasReported = true
        var octets = RTCPCompound(packets).serialized
        interval.note(octets: octets.count)
        let inside = clear.isKept && protection != nil ? octets : nil
        guard letOut(&octets, by: { session, octets throws(SRTPError) in try session.protectControl(&octets) })
        else { return }
        if let inside { clear.send(inside) }
        outputs.append(isShared ? .rtp(octets, to: destination) : .rtcp(octets, to: destination))
    }

    private mutating func makeBlock(_ now: Instant) -> ReportBlock? {
        guard let remoteSSRC, let highest = reception?.extendedHighest else { return nil }
        let fraction = reception?.takeFractionLost() ?? 0
        return ReportBlock(
            ssrc: remoteSSRC, fractionLost: fraction, cumulativeLost: Int32(clamping: reception?.cumulativeLost ?? 0),
            extendedHighest: UInt32(truncatingIfNeeded: highest),
            jitter: UInt32(min(reception?.jitterUnits ?? 0, 4e9)), lastReport: receivedReport?.time ?? 0,
            delaySinceLastReport: receivedReport.map { NTPTimestamp.shortUnits(now - $0.arrival) } ?? 0)
    }

    /// Where reports go, and whether that is the port of RTP.
    ///
    /// Behind a NAT the session description names an address that can't be reached: reports then go to where those of
    /// the other side come from (RFC 4961), and before any have come next to where RTP comes from, as RFC 3550 §11 has it.
    private var controlDestination: (TransportAddress, isShared: Bool)? {
        guard let remote = destination else { return nil }
        let isShared = configuration.remoteRTCP != nil && configuration.remoteRTCP == configuration.remote
        if isShared { return (remote, true) }
        if let described = configuration.remoteRTCP, described.port != 0, !described.ip.isUnspecified,
            latch.source == nil || latch.source == configuration.remote
        {
            return (described, false)
        }
        if let controlSource, controlSource.ip == remote.ip { return (controlSource, false) }
        guard remote.port < UInt16.max else { return nil }
        return (TransportAddress(ip: remote.ip, port: remote.port + 1), false)
    }

    /// Whether a datagram is looked at, whoever it is from. Reports come from another port than sound.
    mutating func admits(_ address: TransportAddress, isControl: Bool, _ now: Instant) -> Bool {
        let isPeer =
            isControl
            ? address.ip == latch.source?.ip || address.ip == latch.expected?.ip
            : address == latch.source || address == latch.expected
        guard admission.admits(isPeer: isPeer, isControl: isControl, now) else {
            counters.rateLimited += 1
            return false
        }
        return true
    }
}
