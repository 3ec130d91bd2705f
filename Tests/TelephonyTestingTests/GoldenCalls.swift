import TelephonyPrimitives
import TelephonyTesting

extension GoldenTrace {
    /// alice calls bob, they talk, alice holds and resumes nothing, bob hangs up; 20 ms of audio every 20 ms both ways,
    /// one digit from alice, a sender report from each. Labels: `INVITE`, `100`, `180`, `200`, `ACK`, `HOLD`, `HOLD-100`,
    /// `HOLD-200`, `HOLD-ACK`, `BYE`, `BYE-200`, `a0`…, `b0`…, `d0`…, `a-rtcp`, `b-rtcp`.
    static func call() -> GoldenTrace {
        var golden = GoldenTrace()
        var invite = request(
            "INVITE", to: "sip:bob@example.com", from: "alice", callID: "call", cseq: 1, branch: "1", fromTag: "a",
            with: [contact("alice"), ("Record-Route", recordRoute)]
        ).describing(description("alice"))
        invite.fields.append(.init("Supported", "timer"))
        golden.add("INVITE", at: 0, from: "alice", invite)
        golden.add("100", at: 11, from: "bob", response(100, to: invite, toTag: nil))
        golden.add("180", at: 20, from: "bob", response(180, to: invite, toTag: "b", with: [contact("bob")]))
        golden.add(
            "200", at: 1000, from: "bob",
            response(200, to: invite, toTag: "b", with: [contact("bob")]).describing(description("bob")))
        golden.add("ACK", at: 1011, from: "alice", inCall("ACK", from: "alice", cseq: 1, branch: "2"))

        let hold = inCall("INVITE", from: "alice", cseq: 2, branch: "3", with: [contact("alice")])
            .describing(description("alice", version: 2, direction: "sendonly"))
        golden.add("HOLD", at: 4000, from: "alice", hold)
        golden.add("HOLD-100", at: 4011, from: "bob", response(100, to: hold, toTag: nil))
        golden.add(
            "HOLD-200", at: 4020, from: "bob",
            response(200, to: hold, toTag: nil, with: [contact("bob")])
                .describing(description("bob", version: 2, direction: "recvonly")))
        golden.add("HOLD-ACK", at: 4031, from: "alice", inCall("ACK", from: "alice", cseq: 2, branch: "4"))

        let bye = inCall("BYE", from: "bob", cseq: 900, branch: "5")
        golden.add("BYE", at: 6000, from: "bob", bye)
        golden.add("BYE-200", at: 6011, from: "alice", response(200, to: bye, toTag: nil))

        golden.addAudio("a", from: "alice", ssrc: 0xA, start: 1020, count: 240, digitAt: 100)
        golden.addAudio("b", from: "bob", ssrc: 0xB, start: 1030, count: 148, digitAt: nil)
        golden.addControl("a-rtcp", from: "alice", ssrc: 0xA, at: 3500)
        golden.addControl("b-rtcp", from: "bob", ssrc: 0xB, at: 3600)
        return golden
    }

    /// alice calls and gives up while it rings. Labels: `INVITE`, `100`, `180`, `CANCEL`, `CANCEL-200`, `487`, `ACK`.
    static func cancelled() -> GoldenTrace {
        var golden = GoldenTrace()
        let invite = request(
            "INVITE", to: "sip:bob@example.com", from: "alice", callID: "given-up", cseq: 7, branch: "c1",
            fromTag: "ca",
            with: [contact("alice"), ("Route", "<sip:proxy.example.com;lr>")]
        ).describing(description("alice"))
        golden.add("INVITE", at: 0, from: "alice", invite)
        golden.add("100", at: 11, from: "bob", response(100, to: invite, toTag: nil))
        golden.add("180", at: 20, from: "bob", response(180, to: invite, toTag: "cb", with: [contact("bob")]))
        let cancel = request(
            "CANCEL", to: "sip:bob@example.com", from: "alice", callID: "given-up", cseq: 7, branch: "c1",
            fromTag: "ca",
            with: [("Route", "<sip:proxy.example.com;lr>")])
        golden.add("CANCEL", at: 2000, from: "alice", cancel)
        golden.add("CANCEL-200", at: 2011, from: "bob", response(200, to: cancel, toTag: "cb"))
        golden.add("487", at: 2012, from: "bob", response(487, to: invite, toTag: "cb"))
        golden.add(
            "ACK", at: 2023, from: "alice",
            request(
                "ACK", to: "sip:bob@example.com", from: "alice", callID: "given-up", cseq: 7, branch: "c1",
                fromTag: "ca", toTag: "cb", with: [("Route", "<sip:proxy.example.com;lr>")]))
        return golden
    }

    /// alice is asked for credentials, calls again without an offer, bob offers, alice answers in ACK and hangs up.
    /// Labels: `INVITE`, `407`, `ACK-407`, `INVITE-2`, `100`, `200`, `ACK`, `BYE`, `BYE-200`.
    static func challenged() -> GoldenTrace {
        var golden = GoldenTrace()
        let first = request(
            "INVITE", to: "sip:bob@example.com", from: "alice", callID: "asked", cseq: 1, branch: "q1", fromTag: "qa",
            with: [contact("alice")])
        golden.add("INVITE", at: 0, from: "alice", first)
        golden.add(
            "407", at: 11, from: "bob",
            response(
                407, to: first, toTag: "q407", with: [("Proxy-Authenticate", "Digest realm=\"r\", nonce=\"n\"")]))
        golden.add(
            "ACK-407", at: 22, from: "alice",
            request(
                "ACK", to: "sip:bob@example.com", from: "alice", callID: "asked", cseq: 1, branch: "q1", fromTag: "qa",
                toTag: "q407"))
        let second = request(
            "INVITE", to: "sip:bob@example.com", from: "alice", callID: "asked", cseq: 2, branch: "q2", fromTag: "qa",
            with: [contact("alice"), ("Proxy-Authorization", "Digest username=\"a\"")])
        golden.add("INVITE-2", at: 23, from: "alice", second)
        golden.add("100", at: 34, from: "bob", response(100, to: second, toTag: nil))
        golden.add(
            "200", at: 500, from: "bob",
            response(200, to: second, toTag: "qb", with: [contact("bob")]).describing(description("bob")))
        golden.add(
            "ACK", at: 511, from: "alice",
            request(
                "ACK", to: uri("bob"), from: "alice", callID: "asked", cseq: 2, branch: "q3", fromTag: "qa",
                toTag: "qb",
                with: [("Proxy-Authorization", "Digest username=\"a\"")]
            ).describing(description("alice")))
        let bye = request(
            "BYE", to: uri("bob"), from: "alice", callID: "asked", cseq: 3, branch: "q4", fromTag: "qa", toTag: "qb")
        golden.add("BYE", at: 3000, from: "alice", bye)
        golden.add("BYE-200", at: 3011, from: "bob", response(200, to: bye, toTag: nil))
        return golden
    }

    /// `call()` on a line that loses its BYE's response and its ACK, and what the sides do about it. More labels: `200'`,
    /// `ACK'`, `BYE'`, `BYE-200'`.
    static func lossy() -> GoldenTrace {
        var golden = call()
        golden.lose("ACK")
        golden.repeats("200", at: 1500)
        golden.repeats("ACK", at: 1511)
        golden.lose("BYE-200")
        golden.repeats("BYE", at: 6500)
        golden.repeats("BYE-200", at: 6511)
        for label in ["200'", "ACK'", "BYE'", "BYE-200'"] { golden.deliver(label) }
        return golden
    }

    /// A request inside of `call()`'s dialog.
    static func inCall(
        _ method: String, from sender: String, cseq: Int, branch: String, with fields: [(String, String)] = []
    ) -> WireMessage {
        let other = sender == "alice" ? "bob" : "alice"
        var message = request(
            method, to: uri(other), from: sender, callID: "call", cseq: cseq, branch: branch,
            fromTag: sender == "alice" ? "a" : "b", toTag: sender == "alice" ? "b" : "a",
            with: [("Route", recordRoute)] + fields)
        message["Content-Length"] = "0"
        return message
    }
}

// MARK: - Media

extension GoldenTrace {
    static func rtp(
        payloadType: UInt8 = 0, marker: Bool = false, sequence: Int, timestamp: Int, ssrc: UInt32, payload: [UInt8]
    ) -> [UInt8] {
        let words = UInt32(truncatingIfNeeded: timestamp)
        let number = UInt16(truncatingIfNeeded: sequence)
        return [0x80, (marker ? 0x80 : 0) | payloadType, UInt8(number >> 8), UInt8(number & 0xFF)]
            + [24, 16, 8, 0].map { UInt8(words >> $0 & 0xFF) } + [24, 16, 8, 0].map { UInt8(ssrc >> $0 & 0xFF) }
            + payload
    }

    /// PCMU every 20 ms across a wrap of the sequence number; at packet `digitAt` a digit of 100 ms takes its place.
    mutating func addAudio(_ label: String, from sender: String, ssrc: UInt32, start: Double, count: Int, digitAt: Int?)
    {
        var sequence = 65_500
        var digits = 0
        for tick in 0..<count {
            let time = start + Double(tick) * 20
            if let digitAt, (digitAt..<(digitAt + 5)).contains(tick) {
                let part = tick - digitAt
                for copy in 0..<(part == 4 ? 3 : 1) {
                    let duration = UInt16((part + 1) * 160)
                    addMedia(
                        "d\(digits)", at: time + Double(copy) * 0.01, from: sender,
                        Self.rtp(
                            payloadType: 101, marker: part == 0, sequence: sequence, timestamp: digitAt * 160,
                            ssrc: ssrc,
                            payload: [5, part == 4 ? 0x8A : 0x0A, UInt8(duration >> 8), UInt8(duration & 0xFF)]))
                    sequence += 1
                    digits += 1
                }
                continue
            }
            addMedia(
                "\(label)\(tick)", at: time, from: sender,
                Self.rtp(
                    marker: tick == 0 || tick == digitAt.map { $0 + 5 }, sequence: sequence, timestamp: tick * 160,
                    ssrc: ssrc, payload: [UInt8](repeating: 0xFF, count: 160)))
            sequence += 1
        }
    }

    mutating func addMedia(
        _ label: String, at time: Double, from sender: String, port: UInt16 = 4000, _ octets: [UInt8]
    ) {
        let other = sender == "alice" ? "bob" : "alice"
        lines.append(
            Line(
                label: label, time: time, sender: sender, octets: octets,
                source: TransportAddress(host: Self.hosts[sender] ?? "", port: port),
                destination: TransportAddress(host: Self.hosts[other] ?? "", port: port)))
    }

    /// A sender report with one block and a CNAME.
    mutating func addControl(_ label: String, from sender: String, ssrc: UInt32, at time: Double) {
        let source = [24, 16, 8, 0].map { UInt8(ssrc >> $0 & 0xFF) }
        let report = [0x81, 200, 0, 12] + source + [UInt8](repeating: 1, count: 20) + [UInt8](repeating: 2, count: 24)
        let name = [0x81, 202, 0, 3] + source + [1, 4] + Array("a@b.".utf8) + [0, 0]
        addMedia(label, at: time, from: sender, port: 4001, report + name)
    }
}
