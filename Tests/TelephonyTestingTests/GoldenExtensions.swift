import TelephonyTesting

extension GoldenTrace {
    /// alice calls with 100rel and an offer; bob answers in a reliable 183, rings reliably, alice changes the session by
    /// UPDATE before the answer and hangs up. Labels: `INVITE`, `100`, `183`, `PRACK`, `PRACK-200`, `180`, `PRACK-2`,
    /// `PRACK-2-200`, `UPDATE`, `UPDATE-200`, `200`, `ACK`, `BYE`, `BYE-200`.
    static func reliable() -> GoldenTrace {
        var golden = GoldenTrace()
        let invite = request(
            "INVITE", to: "sip:bob@example.com", from: "alice", callID: "reliable", cseq: 1, branch: "r1",
            fromTag: "ra", with: [contact("alice"), ("Supported", "100rel")]
        ).describing(description("alice"))
        golden.add("INVITE", at: 0, from: "alice", invite)
        golden.add("100", at: 11, from: "bob", response(100, to: invite, toTag: nil))
        golden.add(
            "183", at: 20, from: "bob",
            response(183, to: invite, toTag: "rb", with: [contact("bob"), ("Require", "100rel"), ("RSeq", "7")])
                .describing(description("bob")))
        golden.ask("PRACK", at: 31, cseq: 2, branch: "r2", with: [("RAck", "7 1 INVITE")])
        golden.add(
            "180", at: 500, from: "bob",
            response(180, to: invite, toTag: "rb", with: [contact("bob"), ("Require", "100rel"), ("RSeq", "8")]))
        golden.ask("PRACK", as: "PRACK-2", at: 511, cseq: 3, branch: "r3", with: [("RAck", "8 1 INVITE")])
        let update = inReliable("UPDATE", cseq: 4, branch: "r4", with: [contact("alice")])
            .describing(description("alice", version: 2, direction: "sendonly"))
        golden.add("UPDATE", at: 600, from: "alice", update)
        golden.add(
            "UPDATE-200", at: 611, from: "bob",
            response(200, to: update, toTag: nil, with: [contact("bob")])
                .describing(description("bob", version: 2, direction: "recvonly")))
        golden.add("200", at: 1000, from: "bob", response(200, to: invite, toTag: "rb", with: [contact("bob")]))
        golden.add("ACK", at: 1011, from: "alice", inReliable("ACK", cseq: 1, branch: "r5"))
        golden.ask("BYE", at: 3000, cseq: 9, branch: "r6")
        return golden
    }

    /// A request of alice inside of `reliable()`'s dialog.
    static func inReliable(
        _ method: String, cseq: Int, branch: String, with fields: [(String, String)] = []
    ) -> WireMessage {
        request(
            method, to: uri("bob"), from: "alice", callID: "reliable", cseq: cseq, branch: branch, fromTag: "ra",
            toTag: "rb", with: fields)
    }

    /// Adds such a request and bob's answer.
    mutating func ask(
        _ method: String, as label: String? = nil, at time: Double, cseq: Int, branch: String, status: Int = 200,
        with fields: [(String, String)] = []
    ) {
        let message = Self.inReliable(method, cseq: cseq, branch: branch, with: fields)
        add(label ?? method, at: time, from: "alice", message)
        add("\(label ?? method)-\(status)", at: time + 11, from: "bob", Self.response(status, to: message, toTag: nil))
    }

    /// alice asks for a session interval that is too short for bob, then for a longer one, refreshes it once and hangs up.
    /// Labels: `INVITE`, `422`, `ACK-422`, `INVITE-2`, `100`, `200`, `ACK`, `UPDATE`, `UPDATE-200`, `BYE`, `BYE-200`.
    static func timed() -> GoldenTrace {
        var golden = GoldenTrace()
        golden.end = 400_000
        func invite(_ cseq: Int, _ branch: String, _ fields: [(String, String)]) -> WireMessage {
            request(
                "INVITE", to: "sip:bob@example.com", from: "alice", callID: "timed", cseq: cseq, branch: branch,
                fromTag: "ta", with: [contact("alice"), ("Supported", "timer")] + fields
            ).describing(description("alice"))
        }
        func inside(_ method: String, _ cseq: Int, _ branch: String, _ fields: [(String, String)] = []) -> WireMessage {
            request(
                method, to: uri("bob"), from: "alice", callID: "timed", cseq: cseq, branch: branch, fromTag: "ta",
                toTag: "tb", with: fields)
        }
        let first = invite(1, "t1", [("Session-Expires", "100")])
        golden.add("INVITE", at: 0, from: "alice", first)
        golden.add("422", at: 11, from: "bob", response(422, to: first, toTag: "t422", with: [("Min-SE", "120")]))
        golden.add(
            "ACK-422", at: 22, from: "alice",
            request(
                "ACK", to: "sip:bob@example.com", from: "alice", callID: "timed", cseq: 1, branch: "t1", fromTag: "ta",
                toTag: "t422"))
        let second = invite(2, "t2", [("Session-Expires", "120"), ("Min-SE", "120")])
        golden.add("INVITE-2", at: 23, from: "alice", second)
        golden.add("100", at: 34, from: "bob", response(100, to: second, toTag: nil))
        let granted = [contact("bob"), ("Session-Expires", "120;refresher=uac"), ("Require", "timer")]
        golden.add(
            "200", at: 1000, from: "bob",
            response(200, to: second, toTag: "tb", with: granted).describing(description("bob")))
        golden.add("ACK", at: 1011, from: "alice", inside("ACK", 2, "t3"))
        let update = inside(
            "UPDATE", 3, "t4",
            [contact("alice"), ("Supported", "timer"), ("Session-Expires", "120;refresher=uac"), ("Min-SE", "120")])
        golden.add("UPDATE", at: 61_000, from: "alice", update)
        golden.add("UPDATE-200", at: 61_011, from: "bob", response(200, to: update, toTag: nil, with: granted))
        let bye = inside("BYE", 4, "t5")
        golden.add("BYE", at: 150_000, from: "alice", bye)
        golden.add("BYE-200", at: 150_011, from: "bob", response(200, to: bye, toTag: nil))
        return golden
    }

    /// Both change the session of a call of alice's at once, wait, and do it in turn. Labels: `INVITE`, `100`, `200`, `ACK`,
    /// `A`, `A-491`, `A-ACK`, `B`, `B-491`, `B-ACK`, `B2`, `B2-100`, `B2-200`, `B2-ACK`, `A2`, `A2-100`, `A2-200`, `A2-ACK`.
    static func glare() -> GoldenTrace {
        var golden = GoldenTrace()
        let invite = request(
            "INVITE", to: "sip:bob@example.com", from: "alice", callID: "glare", cseq: 1, branch: "g1", fromTag: "ga",
            with: [contact("alice")]
        ).describing(description("alice"))
        golden.add("INVITE", at: 0, from: "alice", invite)
        golden.add("100", at: 11, from: "bob", response(100, to: invite, toTag: nil))
        golden.add(
            "200", at: 1000, from: "bob",
            response(200, to: invite, toTag: "gb", with: [contact("bob")]).describing(description("bob")))
        golden.add("ACK", at: 1011, from: "alice", inGlare("ACK", from: "alice", cseq: 1, branch: "g2"))
        golden.change("A", at: 4000, from: "alice", cseq: 2, branch: "g3", version: 2)
        golden.change("B", at: 4005, from: "bob", cseq: 20, branch: "g4", version: 2)
        golden.refuse("A", at: 4011, cseq: 2)
        golden.refuse("B", at: 4016, cseq: 20)
        golden.change("B2", at: 5000, from: "bob", cseq: 21, branch: "g5", version: 2)
        golden.take("B2", at: 5011, cseq: 21, branch: "g6", version: 3)
        golden.change("A2", at: 6600, from: "alice", cseq: 3, branch: "g7", version: 4)
        golden.take("A2", at: 6611, cseq: 3, branch: "g8", version: 3)
        return golden
    }

    static func inGlare(
        _ method: String, from sender: String, cseq: Int, branch: String, with fields: [(String, String)] = []
    ) -> WireMessage {
        let (own, other) = sender == "alice" ? ("ga", "gb") : ("gb", "ga")
        return request(
            method, to: uri(sender == "alice" ? "bob" : "alice"), from: sender, callID: "glare", cseq: cseq,
            branch: branch, fromTag: own, toTag: other, with: fields)
    }

    /// A re-INVITE that holds.
    private mutating func change(
        _ label: String, at time: Double, from sender: String, cseq: Int, branch: String, version: Int
    ) {
        add(
            label, at: time, from: sender,
            Self.inGlare("INVITE", from: sender, cseq: cseq, branch: branch, with: [Self.contact(sender)])
                .describing(Self.description(sender, version: version, direction: "sendonly")))
    }

    private mutating func refuse(_ label: String, at time: Double, cseq: Int) {
        let request = message(label)
        let sender = line(label).sender
        add(
            "\(label)-491", at: time, from: sender == "alice" ? "bob" : "alice",
            Self.response(491, to: request, toTag: nil))
        let branch = String((request.branch ?? "").dropFirst(7))
        add(
            "\(label)-ACK", at: time + 11, from: sender,
            Self.inGlare("ACK", from: sender, cseq: cseq, branch: branch))
    }

    mutating func take(_ label: String, at time: Double, cseq: Int, branch: String, version: Int) {
        let request = message(label)
        let sender = line(label).sender
        let other = sender == "alice" ? "bob" : "alice"
        add("\(label)-100", at: time, from: other, Self.response(100, to: request, toTag: nil))
        add(
            "\(label)-200", at: time + 9, from: other,
            Self.response(200, to: request, toTag: nil, with: [Self.contact(other)])
                .describing(Self.description(other, version: version, direction: "recvonly")))
        add("\(label)-ACK", at: time + 20, from: sender, Self.inGlare("ACK", from: sender, cseq: cseq, branch: branch))
    }

    /// `call()` up to its ACK, with every answer lost until the 200 comes again by its timer: a copy of the INVITE reaches
    /// bob after his 200. Labels: `INVITE`, `INVITE'`, `100`, `180`, `200`, `200'`, `ACK`.
    static func repeated() -> GoldenTrace {
        var golden = call()
        golden.keep("INVITE", "100", "180", "200", "ACK")
        for label in ["100", "180", "200"] { golden.lose(label) }
        golden.move("200", to: 300)
        golden.repeats("INVITE", at: 500)
        golden.repeats("200", at: 800)
        golden.deliver("200'")
        golden.move("ACK", to: 811)
        golden.end = 1200
        return golden
    }
}
