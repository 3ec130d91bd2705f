import TelephonyPrimitives
import TelephonyTesting
import Testing

@Suite("The pcap reader")
struct PcapReaderTests {
    @Test(
        "makes a trace of a call that the auditor finds right, in every variant of the format",
        arguments: PcapBuilder.Link.allCases, [(true, false), (false, false), (true, true), (false, true)])
    func variants(link: PcapBuilder.Link, order: (isLittleEndian: Bool, hasNanoseconds: Bool)) throws {
        let golden = GoldenTrace.call()
        var pcap = PcapBuilder(link: link, isLittleEndian: order.isLittleEndian, hasNanoseconds: order.hasNanoseconds)
        pcap.add(golden.trace)
        let capture = try PcapReader.read(pcap.octets)
        #expect(capture.trace.records.map(\.octets) == golden.trace.records.map(\.octets))
        #expect(capture.trace.records.map(\.time) == golden.trace.records.map(\.time))
        #expect(capture.trace.records.map(\.source) == golden.trace.records.map(\.source))
        #expect(capture.trace.records.map(\.destination) == golden.trace.records.map(\.destination))
        #expect(Set(capture.trace.records.map(\.sender)) == ["192.0.2.1", "192.0.2.2"])
        #expect(capture.packets == golden.trace.records.count)
        #expect(capture.skipped == 0)
        let report = try TraceAuditor.auditCapture(octets: pcap.octets)
        #expect(report.isClean, "\(report)")
    }

    @Test("shows what is wrong in a capture, on the side that the caller names")
    func fault() throws {
        var golden = GoldenTrace.call()
        golden.edit("BYE") { $0["Max-Forwards"] = nil }
        golden.editOctets("a50") { $0[1] |= 0x80 }
        var pcap = PcapBuilder()
        pcap.add(golden.trace)
        let name = { (address: TransportAddress) -> String? in "\(address.ip)" == "192.0.2.2" ? "ours" : nil }
        let report = try TraceAuditor.auditCapture(octets: pcap.octets, name: name)
        #expect(report.brokenRules == ["mandatory-headers", "rtp-marker"])
        #expect(report.violations.map(\.side).sorted() == ["192.0.2.1", "ours"])
        let waivers = [
            Waiver(.mandatoryHeaders, for: "ours", because: "the test wants it"),
            Waiver(.rtpMarker, for: "192.0.2.1", because: "the test wants it"),
        ]
        #expect(try TraceAuditor.auditCapture(octets: pcap.octets, waivers: waivers, name: name).isClean)
    }

    @Test("tells sides apart that share one machine, by the ports at which they speak SIP")
    func oneMachine() throws {
        var golden = GoldenTrace.call()
        for index in golden.lines.indices {
            let isAlice = golden.lines[index].sender == "alice"
            let isMedia = golden.lines[index].source != nil
            let ports: (UInt16, UInt16) = isMedia ? (4000, 4002) : (5060, 5062)
            let own = TransportAddress(ip: .loopbackV4, port: isAlice ? ports.0 : ports.1)
            let other = TransportAddress(ip: .loopbackV4, port: isAlice ? ports.1 : ports.0)
            golden.lines[index].source = own
            golden.lines[index].destination = other
            let text = String(decoding: golden.lines[index].octets, as: UTF8.self)
            guard !isMedia else { continue }
            golden.lines[index].octets = Array(
                text.replacing("192.0.2.1", with: "127.0.0.1").replacing("192.0.2.2:5060", with: "127.0.0.1:5062")
                    .replacing("192.0.2.2", with: "127.0.0.1").utf8)
            var message = golden.message(golden.lines[index].label)
            if let description = message.sessionDescription, description.origin.first == "-" {
                let port = description.origin[1] == "22" ? "m=audio 4002" : "m=audio 4000"
                message.setSessionDescription(
                    String(decoding: message.body, as: UTF8.self).replacing("m=audio 4000", with: port))
                golden.lines[index].octets = message.octets
            }
        }
        golden.lines.removeAll { $0.label.hasSuffix("-rtcp") }
        var pcap = PcapBuilder()
        pcap.add(golden.trace)
        let capture = try PcapReader.read(pcap.octets)
        let talkers = Set(capture.trace.records.filter { WireMessage($0.octets) != nil }.map(\.sender))
        #expect(talkers == ["127.0.0.1:5060", "127.0.0.1:5062"])
        #expect(TraceAuditor.audit(capture.trace).isClean, "\(TraceAuditor.audit(capture.trace))")
    }

    @Test("passes over other protocols, name resolution and packets that were cut short, and counts them")
    func foreign() throws {
        let bye = GoldenTrace.call().message("BYE").octets
        var pcap = PcapBuilder()
        pcap.addFrame([UInt8](repeating: 0xFF, count: 42), at: 0)
        pcap.addUDP(bye, at: 1)
        pcap.addUDP([UInt8](repeating: 0x80, count: 40), at: 2, ports: (40_000, 53))
        pcap.addFrame(pcap.frame(pcap.ip(17, pcap.udp(bye, ports: (5060, 5060)))).dropLast(30), at: 3)
        pcap.addFrame(pcap.frame(pcap.ip(1, [8, 0, 0, 0])), at: 4)
        let capture = try PcapReader.read(pcap.octets)
        #expect(capture.packets == 5)
        #expect(capture.skipped == 4)
        #expect(capture.trace.records.map(\.octets) == [bye])
    }

    @Test("reads VLAN tags, IPv6 and its extension headers")
    func wrappings() throws {
        let bye = GoldenTrace.call().message("BYE").octets
        var pcap = PcapBuilder()
        let packet = pcap.ip(17, pcap.udp(bye, ports: (5060, 5062)))
        pcap.addFrame(
            [UInt8](repeating: 2, count: 12) + [0x88, 0xA8, 0, 1, 0x81, 0, 0, 2, 8, 0] + packet, at: 0)
        let options: [UInt8] = [60, 0, 0, 0, 0, 0, 0, 0] + [17, 1] + [UInt8](repeating: 0, count: 14)
        pcap.addFrame(pcap.frame(pcap.ip6(0, options + pcap.udp(bye, ports: (5060, 5062))), isIPv6: true), at: 1)
        let records = try PcapReader.read(pcap.octets).trace.records
        #expect(records.map(\.octets) == [bye, bye])
        #expect(records.map(\.source.description) == ["192.0.2.1:5060", "[2001:db8::1]:5060"])
        #expect(records.map(\.destination.description) == ["192.0.2.2:5062", "[2001:db8::2]:5062"])
    }

    @Test("puts fragments together, whatever their order", arguments: [[0, 1, 2], [2, 0, 1], [1, 2, 0]])
    func fragments(order: [Int]) throws {
        let invite = GoldenTrace.call().message("INVITE").octets
        var pcap = PcapBuilder()
        let segment = pcap.udp(invite, ports: (5060, 5060))
        let cuts = [0, 256, 512, segment.count]
        for index in order {
            let piece = Array(segment[cuts[index]..<cuts[index + 1]])
            pcap.addFrame(
                pcap.frame(pcap.ip(17, piece, fragmentOffset: cuts[index], isLast: index == 2)), at: Double(index))
        }
        #expect(try PcapReader.read(pcap.octets).trace.records.map(\.octets) == [invite])
        for index in order {
            let piece = Array(segment[cuts[index]..<cuts[index + 1]])
            let header: [UInt8] = [17, 0] + PcapBuilder.big(cuts[index] | (index == 2 ? 0 : 1), 2) + [0, 0, 0, 9]
            pcap.addFrame(pcap.frame(pcap.ip6(44, header + piece), isIPv6: true), at: 10 + Double(index))
        }
        #expect(try PcapReader.read(pcap.octets).trace.records.map(\.octets) == [invite, invite])
    }

    @Test("takes copies that the \"any\" device sees on several interfaces for one packet")
    func copies() throws {
        let bye = GoldenTrace.call().message("BYE").octets
        for link in [PcapBuilder.Link.linuxCooked, .linuxCooked2, .ethernet] {
            var pcap = PcapBuilder(link: link)
            for time in [0, 0.2, 0.4, 500, 500.1] { pcap.addUDP(bye, at: time) }
            let capture = try PcapReader.read(pcap.octets)
            #expect(capture.trace.records.count == (link == .ethernet ? 5 : 2))
            #expect(capture.skipped == (link == .ethernet ? 0 : 3))
        }
    }

    @Test("reads a file whose writer was killed up to its last whole packet", arguments: [1, 15, 40, 200])
    func killed(missing: Int) throws {
        var pcap = PcapBuilder()
        let bye = GoldenTrace.call().message("BYE").octets
        for index in 0..<5 { pcap.addUDP(bye, at: Double(index)) }
        #expect(try PcapReader.read(Array(pcap.octets.dropLast(missing))).trace.records.count == 4)
    }

    @Test(
        "refuses what it can't read with a sentence",
        arguments: [
            ([], "too short"), (Array("not a capture at all, sorry".utf8), "no pcap file"),
            ([0x0A, 0x0D, 0x0D, 0x0A] + [UInt8](repeating: 0, count: 40), "pcapng"),
            (Array(PcapBuilder().octets.prefix(23)), "too short"),
            (PcapBuilder(linkType: 127).octets, "Link type 127"),
            (PcapBuilder().octets + [UInt8](repeating: 0x7F, count: 16), "damaged"),
        ] as [([UInt8], String)])
    func refused(octets: [UInt8], words: String) {
        let error = #expect(throws: PcapError.self) { _ = try PcapReader.read(octets) }
        #expect(error?.message.contains(words) == true, "\(error?.message ?? "nothing")")
        #expect(error?.message.hasSuffix(".") == true)
        #expect(throws: PcapError.self) { _ = try TraceAuditor.auditCapture(octets: octets) }
    }

    @Test("reads or refuses any octets at all, never more", arguments: PcapBuilder.Link.allCases)
    func garbage(link: PcapBuilder.Link) {
        var random = SeededGenerator(seed: 11)
        var pcap = PcapBuilder(link: link)
        let call = GoldenTrace.call()
        for label in ["INVITE", "180", "200", "ACK", "BYE", "BYE-200"] {
            pcap.addUDP(call.message(label).octets, at: 0)
        }
        for label in ["a1", "a2", "d4", "a-rtcp"] { pcap.addUDP(call.line(label).octets, at: 1, ports: (4000, 4000)) }
        pcap.addTCP(call.message("INVITE").octets, sequence: 7, at: 2)
        let good = pcap.octets
        var read = 0
        for _ in 0..<400 {
            var octets = good
            for _ in 0..<Int.random(in: 1...40, using: &random) {
                octets[Int.random(in: 24..<octets.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            octets = Array(octets.prefix(Int.random(in: octets.count / 2...octets.count, using: &random)))
            do {
                let report = try TraceAuditor.auditCapture(octets: octets)
                read += report.messages
            } catch {
                #expect(!error.message.isEmpty)
            }
        }
        #expect(read > 100)
    }
}
