import TelephonyPrimitives

extension AuditedMedia {
    /// Rules of RTP and RTCP, and of what the session descriptions promise about them.
    func check(_ findings: inout Findings) {
        var streams: [StreamKey: [Packet]] = [:]
        var order: [StreamKey] = []
        for packet in packets {
            guard let rtp = packet.rtp else {
                findings.add(
                    .rtpHeader, side: packet.sender, at: packet.time, callID: packet.callID ?? "",
                    packet.fault.map { "\($0)" } ?? "")
                continue
            }
            let key = StreamKey(
                sender: packet.sender, callID: packet.callID, source: packet.record.source, ssrc: rtp.ssrc)
            if streams[key] == nil { order.append(key) }
            streams[key, default: []].append(packet)
        }
        for key in order {
            let stream = AuditedStream(key: key, packets: streams[key] ?? [], media: self)
            stream.check(&findings)
            checkPermission(key, streams[key] ?? [], &findings)
        }
        checkSources(order, streams, &findings)
        for record in controls { checkControl(record, &findings) }
    }

    /// What makes packets one stream.
    struct StreamKey: Hashable {
        let sender: String
        let callID: String?
        let source: TransportAddress
        let ssrc: UInt32
    }

    /// A second SSRC from one address within a call, with no session description of the sender between the two or
    /// shortly before.
    private func checkSources(
        _ order: [StreamKey], _ streams: [StreamKey: [Packet]], _ findings: inout Findings
    ) {
        var last: [StreamKey: StreamKey] = [:]
        for key in order {
            let place = StreamKey(sender: key.sender, callID: key.callID, source: key.source, ssrc: 0)
            defer { last[place] = key }
            guard let before = last[place], let callID = key.callID, let start = streams[key]?.first?.time,
                let earlier = streams[before]?.last(where: { $0.time <= start })?.time
            else { continue }
            let wasRenegotiated = ownAdverts(of: callID, side: key.sender).contains {
                $0.sentAt > earlier - .seconds(1) && $0.sentAt <= start
            }
            if !wasRenegotiated {
                findings.add(
                    .ssrcStable, side: key.sender, at: start, callID: callID,
                    "SSRC \(String(key.ssrc, radix: 16)) after \(String(before.ssrc, radix: 16)).")
            }
        }
    }

    // MARK: Negotiation

    private func checkPermission(_ key: StreamKey, _ packets: [Packet], _ findings: inout Findings) {
        // A trace without any description (signalling over TLS, media alone) says nothing about permission.
        guard !adverts.isEmpty, let first = packets.first else { return }
        guard let callID = key.callID else {
            findings.add(
                .rtpNegotiated, side: key.sender, at: first.time, callID: "",
                "\(key.source) → \(first.record.destination) is in no session description.")
            return
        }
        let peers = peerAdverts(of: callID, not: key.sender)
        var reported: Set<AuditRule> = []
        func report(_ rule: AuditRule, _ packet: Packet, _ detail: String) {
            guard reported.insert(rule).inserted else { return }
            findings.add(rule, side: key.sender, at: packet.time, callID: callID, detail)
        }
        for packet in packets {
            let known = peers.filter { $0.arrivedAt.map { $0 <= packet.time } ?? false }
            guard !known.isEmpty else {
                report(.rtpNegotiated, packet, "Sent before a session description of the peer had come.")
                continue
            }
            let destination = packet.record.destination
            // Another host may be a NAT in front of the peer; another port of the peer's own host is not.
            if known.contains(where: { $0.address?.ip == destination.ip }),
                !known.contains(where: { $0.address == destination }),
                firstArrivals[destination].map({ $0 > packet.time }) ?? true
            {
                report(.rtpNegotiated, packet, "Sent to \(destination), which the peer did not name.")
            }
            checkPayloadType(packet, known, report)
            if let end = endOfCall(callID, for: packet, known: known), packet.time > end + grace {
                report(.rtpAfterBye, packet, "Sent \(end.duration(to: packet.time)) after BYE.")
            }
            if !maySend(packet, callID: callID, peers: peers, at: packet.time),
                !maySend(packet, callID: callID, peers: peers, at: packet.time - grace)
            {
                report(.rtpDirection, packet, "Sent although the negotiated direction forbids it.")
            }
        }
    }

    /// How long media may still trail behind signalling.
    private var grace: Duration {
        signalling.precision == .exact ? .milliseconds(100) : .seconds(1)
    }

    private func checkPayloadType(
        _ packet: Packet, _ known: [Advert], _ report: (AuditRule, Packet, String) -> Void
    ) {
        guard let rtp = packet.rtp else { return }
        let direct = known.filter { $0.address == packet.record.destination }
        let wanted = Set((direct.isEmpty ? known : direct).flatMap(\.media.formats))
        if !wanted.contains(String(rtp.payloadType)) {
            report(.rtpPayloadType, packet, "Payload type \(rtp.payloadType), wanted \(wanted.sorted()).")
        }
    }

    /// When the dialog that a packet belongs to ended for its sender.
    private func endOfCall(_ callID: String, for packet: Packet, known: [Advert]) -> Instant? {
        let direct = known.last { $0.address == packet.record.destination } ?? known.last
        guard let tag = direct?.tag else { return nil }
        return (byes[callID] ?? []).filter { [$0.message.fromTag, $0.message.toTag].contains(tag) }
            .compactMap { $0.sender == packet.sender ? $0.sentAt : $0.arrivedAt }.min()
    }

    /// Whether the descriptions that count at `time` let the sender of a packet send audio.
    private func maySend(_ packet: Packet, callID: String, peers: [Advert], at time: Instant) -> Bool {
        let own = ownAdverts(of: callID, side: packet.sender)
            .filter { $0.countsForSender.map { $0 <= time } ?? false }
            .max { ($0.countsForSender ?? .zero) < ($1.countsForSender ?? .zero) }
        let tags = Set(peers.filter { $0.address == packet.record.destination }.map(\.tag))
        let theirs = peers.filter { tags.isEmpty || tags.contains($0.tag) }
            .filter { $0.countsForReceiver.map { $0 <= time } ?? false }
            .max { ($0.countsForReceiver ?? .zero) < ($1.countsForReceiver ?? .zero) }
        if let own, own.media.direction == "recvonly" || own.media.direction == "inactive" { return false }
        if let theirs, theirs.media.direction == "sendonly" || theirs.media.direction == "inactive" { return false }
        return true
    }
}

// MARK: - RTCP

extension AuditedMedia {
    private func checkControl(_ record: Trace.Record, _ findings: inout Findings) {
        let isEncrypted = adverts.contains {
            ($0.controlAddress == record.destination || $0.address == record.destination)
                && $0.media.profile.contains("SAVP")
        }
        guard !isEncrypted, let fault = Self.fault(inControl: record.octets) else { return }
        findings.add(
            .rtcpWellFormed, side: side(of: record.source) ?? record.sender, at: record.time, callID: "", fault)
    }

    /// What is wrong with a compound RTCP packet (RFC 3550 §6.1, appendix A.2); `nil` when nothing is.
    static func fault(inControl octets: [UInt8]) -> String? {
        var offset = 0
        var hasCName = false
        var isFirst = true
        while offset < octets.count {
            guard octets.count >= offset + 4 else { return "\(octets.count - offset) octets trail behind." }
            let count = Int(octets[offset] & 0x1F)
            let type = octets[offset + 1]
            let length = (Int(octets[offset + 2]) << 8 | Int(octets[offset + 3])) * 4 + 4
            guard octets[offset] >> 6 == 2 else { return "A part is not version 2." }
            guard octets.count >= offset + length else { return "The length of type \(type) is beyond the end." }
            if isFirst, type != 200, type != 201 { return "It begins with type \(type)." }
            if octets[offset] & 0x20 != 0, offset + length != octets.count {
                return "A part before the last is padded."
            }
            let least = [200: 28 + count * 24, 201: 8 + count * 24, 203: 4 + count * 4][Int(type)] ?? 4
            if length < least { return "Type \(type) with count \(count) has only \(length) octets." }
            if type == 202 {
                guard let names = descriptionItems(octets[offset..<(offset + length)], sources: count) else {
                    return "The items of SDES do not fit."
                }
                hasCName = hasCName || names.contains(1)
            }
            offset += length
            isFirst = false
        }
        return hasCName ? nil : "It has no CNAME."
    }

    /// The item types of an SDES packet; `nil` when they do not fit.
    private static func descriptionItems(_ packet: ArraySlice<UInt8>, sources: Int) -> Set<UInt8>? {
        var types: Set<UInt8> = []
        var offset = packet.startIndex + 4
        for _ in 0..<sources {
            guard packet.endIndex >= offset + 4 else { return nil }
            let chunk = offset
            offset += 4
            while true {
                guard offset < packet.endIndex else { return nil }
                if packet[offset] == 0 { break }
                guard offset + 1 < packet.endIndex else { return nil }
                types.insert(packet[offset])
                offset += 2 + Int(packet[offset + 1])
            }
            // At least one zero octet, then up to the next word.
            offset = chunk + ((offset - chunk) / 4 + 1) * 4
            guard offset <= packet.endIndex else { return nil }
        }
        return types
    }
}
