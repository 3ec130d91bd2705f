import TelephonyTesting

// Mutations of the rules of RFC 3262, 3311, 4028, 6026 and of what a refusal has to say.

extension Mutation {
    private static let challenged = GoldenTrace.challenged()
    private static let cancelled = GoldenTrace.cancelled()
    private static let reliableCall = GoldenTrace.reliable()
    private static let timedCall = GoldenTrace.timed()
    private static let glareCall = GoldenTrace.glare()

    static let refusal: [Mutation] = [
        Mutation(.grammar, "a line that ends with LF alone", by: "bob", in: cancelled) {
            $0.editOctets("180") { octets in
                octets = Array(String(decoding: octets, as: UTF8.self).replacing("70\r\n", with: "70\n").utf8)
                octets = Array(String(decoding: octets, as: UTF8.self).replacing("\r\nContact", with: "\nContact").utf8)
            }
        },
        Mutation(.grammar, "two blanks in the request line", by: "alice", in: cancelled) {
            $0.editOctets("ACK") { octets in
                octets = Array(
                    String(decoding: octets, as: UTF8.self).replacing(" SIP/2.0\r\n", with: "  SIP/2.0\r\n").utf8)
            }
        },
        Mutation(.grammar, "a parameter that is no token", by: "bob", in: cancelled) {
            $0.edit("180") { $0["Contact"] = "<sip:bob@192.0.2.2:5060>;x=a b" }
        },
        Mutation(.grammar, "a blank in a Call-ID", by: "alice", "bob", in: .cancelled()) { golden in
            for label in ["INVITE", "100", "180", "CANCEL", "CANCEL-200", "487", "ACK"] {
                golden.edit(label) { $0["Call-ID"] = "given up" }
            }
        },
        Mutation(.refusalExplains, "407 without a challenge", by: "bob", in: challenged) {
            $0.edit("407") { $0["Proxy-Authenticate"] = nil }
        },
        Mutation(.refusalExplains, "422 without Min-SE", by: "bob", in: timedCall) {
            $0.edit("422") { $0["Min-SE"] = nil }
        },
        Mutation(.cancelEndsInvite, "486 after a CANCEL that was accepted", by: "bob", in: cancelled) {
            $0.move("487", to: 2200)
            $0.move("ACK", to: 2211)
            $0.edit("487") { $0.startLine = "SIP/2.0 486 Busy Here" }
        },
        Mutation(.contactInEarlyDialog, "180 without Contact", by: "bob", in: cancelled) {
            $0.edit("180") { $0["Contact"] = nil }
        },
        Mutation(.contactInDialogMakers, "UPDATE without Contact", by: "alice", in: timedCall) {
            $0.edit("UPDATE") { $0["Contact"] = nil }
        },
        Mutation(.acceptedAbsorbs, "200 sent again because the INVITE came again", by: "bob", in: .repeated()) {
            $0.move("200'", to: 511)
            $0.move("ACK", to: 522)
        },
        Mutation(.retransmissionIdentical, "another ACK on the branch of the first", by: "alice", in: .lossy()) {
            $0.edit("ACK'") { $0["Max-Forwards"] = "69" }
        },
    ]

    static let reliable: [Mutation] = [
        Mutation(.reliableWanted, "RSeq to an INVITE that lists no 100rel", by: "bob", in: reliableCall) {
            $0.edit("INVITE") { $0["Supported"] = nil }
        },
        Mutation(.reliableNumber, "a number left out", by: "bob", in: reliableCall) {
            $0.edit("180") { $0["RSeq"] = "9" }
            $0.edit("PRACK-2") { $0["RAck"] = "9 1 INVITE" }
        },
        Mutation(.reliableOneAtATime, "180 before the PRACK of 183", by: "bob", in: reliableCall) {
            $0.move("180", to: 35)
        },
        Mutation(.reliableTiming, "183 sent again after its PRACK", by: "bob", in: reliableCall) {
            $0.repeats("183", at: 200)
        },
        Mutation(.reliableTiming, "183 not sent again although no PRACK comes", by: "bob", in: reliableCall) {
            $0.keep("INVITE", "100", "183", "200", "ACK", "BYE", "BYE-200", "PRACK", "PRACK-200")
            $0.move("PRACK", to: 700)
            $0.move("PRACK-200", to: 711)
        },
        Mutation(.reliableAcknowledged, "180 without PRACK", by: "alice", in: reliableCall) {
            $0.remove("PRACK-2", "PRACK-2-200")
        },
        Mutation(.prackMatches, "PRACK of a response that never was", by: "alice", in: reliableCall) {
            $0.ask("PRACK", as: "PRACK-3", at: 700, cseq: 5, branch: "r7", status: 481, with: [("RAck", "99 1 INVITE")])
        },
        Mutation(.prackMatches, "PRACK with the CSeq of another INVITE", by: "alice", in: reliableCall) {
            $0.ask("PRACK", as: "PRACK-3", at: 700, cseq: 5, branch: "r7", status: 481, with: [("RAck", "8 2 INVITE")])
        },
        Mutation(.successAfterPrack, "200 before the PRACK of an answer", by: "bob", in: reliableCall) {
            $0.remove("180", "PRACK-2", "PRACK-2-200", "UPDATE", "UPDATE-200")
            $0.move("200", to: 30)
            $0.move("ACK", to: 41)
        },
        Mutation(.answerPresent, "a 2xx to UPDATE without the answer", by: "bob", in: reliableCall) {
            $0.edit("UPDATE-200") { $0.setBody([], type: "") }
        },
        Mutation(.answerPresent, "a 2xx to PRACK without the answer", by: "bob", in: reliableCall) {
            $0.remove("UPDATE", "UPDATE-200")
            $0.edit("PRACK-2") {
                $0.setSessionDescription(GoldenTrace.description("alice", version: 2, direction: "sendonly"))
            }
        },
        Mutation(.offerOnce, "UPDATE with an offer before the answer to the first", by: "alice", in: reliableCall) {
            $0.keep("INVITE", "100", "UPDATE", "180", "200", "ACK", "BYE", "BYE-200", "PRACK-2", "PRACK-2-200")
            $0.edit("200") { $0.setSessionDescription(GoldenTrace.description("bob")) }
            $0.add("491", at: 611, from: "bob", GoldenTrace.response(491, to: $0.message("UPDATE"), toTag: nil))
        },
    ]

    static let glare: [Mutation] = [
        Mutation(.glareRefused, "an offer taken while ours is open", by: "alice", in: glareCall) {
            $0.keep("INVITE", "100", "200", "ACK", "A", "A-491", "A-ACK", "B")
            $0.take("B", at: 4016, cseq: 20, branch: "g9", version: 3)
        },
        Mutation(.glareWait, "the caller tries again a second after 491", by: "alice", in: glareCall) {
            $0.remove("B2", "B2-100", "B2-200", "B2-ACK", "A2-100", "A2-200", "A2-ACK")
            $0.move("A2", to: 5000)
            $0.editDescription("A2", "o=- 11 4 ", with: "o=- 11 2 ")
            $0.take("A2", at: 5011, cseq: 3, branch: "g8", version: 3)
        },
        Mutation(
            .secondOfferRefused, "500 without Retry-After to a second re-INVITE", by: "alice", "bob",
            besides: [.oneInviteAtATime], in: .call()
        ) {
            let second = GoldenTrace.inCall(
                "INVITE", from: "alice", cseq: 3, branch: "7", with: [GoldenTrace.contact("alice")])
            $0.add("SECOND", at: 4005, from: "alice", second)
            $0.add("500", at: 4016, from: "bob", GoldenTrace.response(500, to: second, toTag: nil))
            $0.add("ACK-500", at: 4027, from: "alice", GoldenTrace.inCall("ACK", from: "alice", cseq: 3, branch: "7"))
        },
    ]

    static let sessionTimer: [Mutation] = [
        Mutation(.sessionIntervalLeast, "Min-SE of a minute", by: "alice", in: timedCall) {
            $0.edit("UPDATE") { $0["Min-SE"] = "60" }
        },
        Mutation(.sessionIntervalAnswered, "the caller refreshes without Require: timer", by: "bob", in: timedCall) {
            $0.edit("200") { $0["Require"] = nil }
        },
        Mutation(.sessionIntervalAnswered, "more than was asked for", by: "bob", in: timedCall) {
            $0.edit("UPDATE-200") { $0["Session-Expires"] = "180;refresher=uac" }
        },
        Mutation(.sessionIntervalRefused, "422 with a Min-SE that was kept", by: "bob", in: timedCall) {
            $0.edit("422") { $0["Min-SE"] = "95" }
        },
        Mutation(.sessionIntervalRetried, "the second INVITE without Min-SE", by: "alice", in: timedCall) {
            $0.edit("INVITE-2") { $0["Min-SE"] = nil }
        },
        Mutation(.sessionRefreshed, "no refresh until after the end", by: "alice", in: timedCall) {
            $0.remove("UPDATE", "UPDATE-200")
        },
    ]
}
