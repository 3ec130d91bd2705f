import CFuzz
import RTPMedia
import TelephonyPrimitives

/// What comes on the ports of a call's sound.
extension FuzzTarget {
    /// RTP with its header extensions, RTCP and telephone-events; what is read is what was written.
    static func rtp(_ octets: [UInt8]) {
        if let packet = try? RTPPacket(parsing: octets) {
            guard let again = try? RTPPacket(parsing: packet.serialized), again == packet else {
                fatalError("an RTP packet reads as something else")
            }
            if let elements = packet.headerExtension.flatMap({ RTPHeaderExtensions($0) }).map({ Array($0) }),
                let written = RTPHeaderExtension(elements: elements)
            {
                guard RTPHeaderExtensions(written).map({ Array($0) }) == elements else {
                    fatalError("a header extension reads as something else")
                }
            }
            for event in TelephoneEvent.events(in: packet.payload) {
                guard TelephoneEvent.events(in: event.serialized[...]) == [event] else {
                    fatalError("a telephone-event reads as something else")
                }
            }
        }
        if let compound = try? RTCPCompound(parsing: octets) {
            // Types that are not read have no octets; texts that are no UTF-8 change.
            guard let again = try? RTCPCompound(parsing: compound.serialized),
                again.packets.first == compound.packets.first
            else { fatalError("an RTCP compound reads as something else") }
        }
        if let compound = try? RTCPCompound(parsing: octets, allowsReducedSize: true) {
            for case .extendedReport(let report) in compound.packets {
                let written = RTCPCompound([.extendedReport(report)]).serialized
                let again = try? RTCPCompound(parsing: written, allowsReducedSize: true)
                guard again?.packets == [.extendedReport(report)] else {
                    fatalError("an extended report reads as something else")
                }
            }
        }
    }

    /// The sound of a call: the input is a row of datagrams and passing time, each with one octet that says what it
    /// is, and one that says how long.
    static func media(_ octets: [UInt8]) {
        let expected = TransportAddress(ip: .v4(0xC000_0209), port: 4_000)
        let stranger = TransportAddress(ip: .v4(0xC633_6401), port: 4_002)
        var configuration = MediaSessionConfiguration(
            codec: .pcmu, sendPayloadType: 0, receivePayloadTypes: [0: .pcmu, 8: .pcma], telephoneEventSend: 101,
            telephoneEventReceive: [101], remote: expected, ssrc: 1, cname: "c")
        configuration.headerExtensions = HeaderExtensionIDs(audioLevel: 1, mid: 2)
        configuration.mid = "0"
        configuration.extendedReports = ExtendedReportFormats(parsing: "rcvr-rtt=all voip-metrics")
        configuration.allowsReducedSize = true
        var session = MediaSession(configuration: configuration, random: SeededGenerator(seed: 1))
        // What a call holds when nothing has come yet.
        fuzz_reset_allocations()
        var now = Instant.zero
        var rest = octets[...]
        while let kind = rest.popFirst(), let length = rest.popFirst() {
            switch kind % 8 {
            case 0, 1:
                for _ in 0..<(length % 64 + 1) {
                    now = now + .milliseconds(20)
                    session.push(nil, now: now)
                    guard session.pull(now: now).samples.count == 160 else { fatalError("a frame is not of 20 ms") }
                    session.wake(now: now)
                    drain(&session)
                }
                continue
            case 2: session.receive(packet: take(length, of: &rest), from: stranger, now: now)
            case 3: session.receiveControl(packet: take(length, of: &rest), from: expected, now: now)
            default: session.receive(packet: take(length, of: &rest), from: expected, now: now)
            }
            now = now + .milliseconds(Int(kind / 8))
            drain(&session)
        }
        session.close(now: now)
        drain(&session)
    }

    private static func take(_ length: UInt8, of rest: inout ArraySlice<UInt8>) -> [UInt8] {
        let octets = Array(rest.prefix(Int(length)))
        rest = rest.dropFirst(octets.count)
        return octets
    }

    private static func drain(_ session: inout MediaSession) {
        while let output = session.nextOutput() {
            switch output {
            case .rtp(let octets, _):
                let isRead = DatagramKind(octets) == .rtp ? isPacket(octets) : isCompound(octets)
                guard isRead else { fatalError("it sent what is no RTP") }
            case .rtcp(let octets, _):
                guard isCompound(octets) else { fatalError("it sent what is no RTCP") }
            case .event: break
            }
        }
    }

    private static func isPacket(_ octets: [UInt8]) -> Bool { (try? RTPPacket(parsing: octets)) != nil }

    private static func isCompound(_ octets: [UInt8]) -> Bool { (try? RTCPCompound(parsing: octets)) != nil }
}
