import TelephonyPrimitives
import TelephonyTesting
import Testing

/// A right call with one thing made wrong, and the rule that this breaks.
struct Mutation: Sendable, CustomTestStringConvertible {
    let rule: AuditRule
    let what: String
    /// Who is at fault.
    let culprits: Set<String>
    /// Rules that can't but be broken too: nobody is made to break this one by a peer that keeps to all of them.
    let besides: [AuditRule]
    let trace: GoldenTrace

    var testDescription: String { "\(rule.id): \(what)" }

    init(
        _ rule: AuditRule, _ what: String, by culprits: String..., besides: [AuditRule] = [], in golden: GoldenTrace,
        _ change: (inout GoldenTrace) -> Void
    ) {
        self.besides = besides
        self.rule = rule
        self.what = what
        self.culprits = Set(culprits)
        var golden = golden
        change(&golden)
        trace = golden
    }

    static let all: [Mutation] =
        message + transaction + invite + dialog + offerAnswer + media + refusal + reliable + glare + sessionTimer

    private static let call = GoldenTrace.call()
    private static let cancelled = GoldenTrace.cancelled()
    private static let challenged = GoldenTrace.challenged()
    private static let lossy = GoldenTrace.lossy()
    private static let everything = ["INVITE", "100", "180", "CANCEL", "CANCEL-200", "487", "ACK"]
}

// MARK: - Messages and transactions

extension Mutation {
    static let message: [Mutation] = [
        Mutation(.mandatoryHeaders, "BYE without Max-Forwards", by: "bob", in: call) {
            $0.edit("BYE") { $0["Max-Forwards"] = nil }
        },
        Mutation(.contactInDialogMakers, "the 2xx to a re-INVITE without Contact", by: "bob", in: call) {
            $0.edit("HOLD-200") { $0["Contact"] = nil }
        },
        Mutation(.branchCookie, "a branch of RFC 2543", by: "bob", in: call) {
            for label in ["BYE", "BYE-200"] { $0.replace(label, "Via", "z9hG4bK5", with: "5") }
        },
        Mutation(.branchUnique, "a re-INVITE with the branch of the ACK before", by: "alice", in: call) {
            for label in ["HOLD", "HOLD-100", "HOLD-200"] { $0.replace(label, "Via", "z9hG4bK3", with: "z9hG4bK2") }
        },
        Mutation(.fromTag, "From without a tag", by: "alice", in: cancelled) {
            for label in everything { $0.replace(label, "From", ";tag=ca", with: "") }
        },
        Mutation(.cseqMethod, "an ACK that says INVITE in CSeq", by: "alice", in: call) {
            $0.edit("ACK") { $0["CSeq"] = "1 INVITE" }
        },
        Mutation(.contentLength, "a body that is shorter than Content-Length", by: "bob", in: call) {
            $0.edit("BYE") { $0["Content-Length"] = "5" }
        },
        Mutation(.contentType, "a body without Content-Type", by: "bob", in: call) {
            $0.edit("BYE") {
                $0.setBody([0x78], type: "text/plain")
                $0["Content-Type"] = nil
            }
        },
        Mutation(.viaTransport, "TCP in the Via of a datagram", by: "bob", in: call) {
            for label in ["BYE", "BYE-200"] { $0.replace(label, "Via", "SIP/2.0/UDP", with: "SIP/2.0/TCP") }
        },
        Mutation(.contactUsable, "0.0.0.0 in Contact", by: "bob", in: cancelled) {
            $0.edit("180") { $0["Contact"] = "<sip:bob@0.0.0.0:5060>" }
        },
    ]

    static let transaction: [Mutation] = [
        Mutation(.retransmissionIdentical, "a retransmission with a smaller Max-Forwards", by: "bob", in: lossy) {
            $0.edit("BYE'") { $0["Max-Forwards"] = "69" }
        },
        Mutation(.requestTiming, "a retransmission after 200 ms", by: "bob", in: lossy) {
            $0.move("BYE'", to: 6200)
            $0.move("BYE-200'", to: 6211)
        },
        Mutation(.requestTiming, "no retransmission of a request that was lost", by: "bob", in: lossy) {
            $0.remove("BYE'", "BYE-200'")
        },
        Mutation(.requestAnswered, "a BYE that is never answered", by: "alice", in: call) {
            $0.remove("BYE-200")
            for time in [6500.0, 7500, 9500] + stride(from: 13_500, through: 37_500, by: 4000) {
                $0.repeats("BYE", at: time)
            }
        },
        Mutation(.responseMatchesRequest, "another From in a response", by: "alice", in: call) {
            $0.edit("BYE-200") { $0["From"] = "\"Bob\" " + ($0["From"] ?? "") }
        },
        Mutation(.responseMatchesRequest, "a Via that was not in the request", by: "alice", in: call) {
            $0.replace("BYE-200", "Via", "192.0.2.2", with: "192.0.2.3")
        },
        Mutation(.responseToNothing, "a response before its request has arrived", by: "alice", in: call) {
            $0.move("BYE-200", to: 6005)
        },
        Mutation(.toTag, "a final without a To tag", by: "alice", in: call) {
            $0.replace("BYE-200", "To", ";tag=a", with: "")
        },
        Mutation(.oneToTag, "another To tag in the final than in 180", by: "bob", in: cancelled) {
            $0.replace("180", "To", ";tag=cb", with: ";tag=other")
        },
        Mutation(.tryingWithoutTag, "100 with a To tag", by: "bob", in: call) {
            $0.edit("100") { $0["To"] = ($0["To"] ?? "") + ";tag=b" }
        },
        Mutation(.oneFinal, "486 after 487", by: "bob", in: cancelled) {
            $0.repeats("487", at: 2500, as: "486")
            $0.edit("486") { $0.startLine = "SIP/2.0 486 Busy Here" }
            $0.repeats("ACK", at: 2511)
        },
        Mutation(.nothingAfterFinal, "180 after 487", by: "bob", in: cancelled) { $0.repeats("180", at: 2500) },
        Mutation(.inviteAnsweredInTime, "the first response after a second", by: "bob", in: call) {
            $0.remove("100", "180")
            $0.repeats("INVITE", at: 500)
        },
        Mutation(.nonInviteProvisional, "180 to BYE", by: "alice", in: call) {
            $0.add("BYE-180", at: 6010.5, from: "alice", GoldenTrace.response(180, to: $0.message("BYE"), toTag: nil))
        },
        Mutation(.no408ToNonInvite, "408 to BYE", by: "alice", in: call) {
            $0.edit("BYE-200") { $0.startLine = "SIP/2.0 408 Request Timeout" }
        },
        Mutation(.finalTiming, "200 sent again although its ACK has come", by: "bob", in: call) {
            $0.repeats("200", at: 1500)
            $0.repeats("ACK", at: 1511)
        },
        Mutation(.finalTiming, "200 not sent again although no ACK has come", by: "bob", in: call) {
            $0.lose("ACK")
            $0.repeats("ACK", at: 1800)
            $0.deliver("ACK'")
        },
    ]
}

// MARK: - INVITE, ACK, CANCEL

extension Mutation {
    static let invite: [Mutation] = [
        Mutation(.finalAcknowledged, "no ACK to 487", by: "alice", in: cancelled) {
            $0.remove("ACK")
            for time in [2512.0, 3512, 5512] + stride(from: 9512, through: 33_512, by: 4000) {
                $0.repeats("487", at: time)
            }
        },
        Mutation(.ackUnasked, "an ACK before there is a final", by: "alice", in: cancelled) {
            $0.repeats("ACK", at: 1000)
        },
        Mutation(.ackToRefusal, "the ACK to 487 without Route", by: "alice", in: cancelled) {
            $0.edit("ACK") { $0["Route"] = nil }
        },
        Mutation(.ackToSuccess, "the ACK to 2xx without credentials", by: "alice", in: challenged) {
            $0.edit("ACK") { $0["Proxy-Authorization"] = nil }
        },
        Mutation(.ackToSuccess, "the ACK to 2xx with the branch of INVITE", by: "alice", in: call) {
            $0.replace("ACK", "Via", "z9hG4bK2", with: "z9hG4bK1")
        },
        Mutation(.cancelMatchesInvite, "CANCEL to another URI", by: "alice", in: cancelled) {
            $0.edit("CANCEL") { $0.startLine = "CANCEL sip:robert@example.com SIP/2.0" }
        },
        Mutation(.cancelWhilePending, "CANCEL after the final", by: "alice", in: cancelled) {
            $0.move("487", to: 1500)
            $0.move("ACK", to: 1511)
        },
        Mutation(.unacknowledgedSuccessEnds, "no BYE although no ACK ever comes", by: "bob", in: call) {
            $0.keep("INVITE", "100", "180", "200", "ACK")
            $0.lose("ACK")
            for time in [1500.0, 2500, 4500] + stride(from: 8500, through: 32_500, by: 4000) {
                $0.repeats("200", at: time)
                $0.repeats("ACK", at: time + 11)
            }
        },
    ]
}

// MARK: - Dialogs

extension Mutation {
    static let dialog: [Mutation] = [
        Mutation(.dialogCSeq, "BYE with the CSeq of INVITE", by: "alice", in: challenged) {
            for label in ["BYE", "BYE-200"] { $0.edit(label) { $0["CSeq"] = "2 BYE" } }
        },
        Mutation(.dialogTags, "BYE with a From tag of no dialog", by: "bob", in: call) {
            for label in ["BYE", "BYE-200"] { $0.replace(label, "From", ";tag=b", with: ";tag=z") }
        },
        Mutation(.dialogTarget, "BYE to another port than Contact's", by: "bob", in: call) {
            $0.edit("BYE") { $0.startLine = "BYE sip:alice@192.0.2.1:5999 SIP/2.0" }
        },
        Mutation(.dialogRoute, "BYE without Route", by: "bob", in: call) { $0.edit("BYE") { $0["Route"] = nil } },
        Mutation(.recordRouteCopied, "180 without Record-Route", by: "bob", in: call) {
            $0.edit("180") { $0["Record-Route"] = nil }
        },
        Mutation(.byeOnce, "a second BYE", by: "bob", in: call) {
            let second = GoldenTrace.inCall("BYE", from: "bob", cseq: 901, branch: "6")
            $0.add("BYE-2", at: 7000, from: "bob", second)
            $0.add("BYE-2-481", at: 7011, from: "alice", GoldenTrace.response(481, to: second, toTag: nil))
        },
        Mutation(.nothingAfterBye, "INFO after BYE", by: "bob", in: call) {
            let info = GoldenTrace.inCall("INFO", from: "bob", cseq: 901, branch: "6")
            $0.add("INFO", at: 7000, from: "bob", info)
            $0.add("INFO-481", at: 7011, from: "alice", GoldenTrace.response(481, to: info, toTag: nil))
        },
        Mutation(.calleeByeWaits, "the callee's BYE before ACK", by: "bob", in: call) {
            $0.keep("INVITE", "100", "180", "200", "ACK", "BYE", "BYE-200")
            $0.lose("ACK")
            $0.move("BYE", to: 1200)
            $0.move("BYE-200", to: 1211)
        },
        Mutation(.oneInviteAtATime, "a re-INVITE while another is open", by: "alice", in: call) {
            let second = GoldenTrace.inCall(
                "INVITE", from: "alice", cseq: 3, branch: "7", with: [GoldenTrace.contact("alice")])
            $0.add("SECOND", at: 4015, from: "alice", second)
            $0.add(
                "500", at: 4026, from: "bob",
                GoldenTrace.response(500, to: second, toTag: nil, with: [("Retry-After", "3")]))
            $0.add("ACK-500", at: 4037, from: "alice", GoldenTrace.inCall("ACK", from: "alice", cseq: 3, branch: "7"))
        },
    ]
}

// MARK: - Offer and answer

extension Mutation {
    static let offerAnswer: [Mutation] = [
        Mutation(.sdpWellFormed, "a description without s=", by: "bob", in: call) {
            $0.editDescription("200", "s=-\r\n", with: "")
        },
        Mutation(.sdpAddressUsable, "hold by 0.0.0.0", by: "alice", in: call) {
            $0.editDescription("HOLD", "c=IN IP4 192.0.2.1", with: "c=IN IP4 0.0.0.0")
        },
        Mutation(.originVersion, "a version that rises by two", by: "alice", in: call) {
            $0.editDescription("HOLD", "o=- 11 2 ", with: "o=- 11 3 ")
        },
        Mutation(.originVersion, "a version that stays though the description changes", by: "bob", in: call) {
            $0.editDescription("HOLD-200", "o=- 22 2 ", with: "o=- 22 1 ")
        },
        Mutation(.mediaLinesKept, "video in the place of audio", by: "alice", "bob", in: call) {
            for label in ["HOLD", "HOLD-200"] { $0.editDescription(label, "m=audio", with: "m=video") }
        },
        Mutation(.answerMediaLines, "a media line that was not offered", by: "bob", in: call) {
            $0.editDescription("HOLD-200", "a=recvonly\r\n", with: "a=recvonly\r\nm=video 0 RTP/AVP 31\r\n")
        },
        Mutation(.answerRejectedStays, "port 0 answered with a port", by: "bob", in: call) {
            $0.editDescription("HOLD", "m=audio 4000", with: "m=audio 0")
        },
        Mutation(.answerDirection, "sendonly answered with sendrecv", by: "bob", in: call) {
            $0.edit("HOLD-200") { $0.setSessionDescription(GoldenTrace.description("bob")) }
        },
        Mutation(.answerFormats, "an answer without a format of the offer", by: "bob", in: call) {
            $0.editDescription("HOLD-200", "RTP/AVP 0 8 101", with: "RTP/AVP 18")
        },
        Mutation(.answerPresent, "a 2xx without the answer", by: "bob", in: call) {
            $0.edit("HOLD-200") { $0.setBody([], type: "") }
        },
        Mutation(.answerPresent, "a late offer that ACK does not answer", by: "alice", in: challenged) {
            $0.edit("ACK") { $0.setBody([], type: "") }
        },
        Mutation(.offerOnce, "an offer in ACK though INVITE had one", by: "alice", in: call) {
            $0.edit("ACK") { $0.setSessionDescription(GoldenTrace.description("alice")) }
        },
        Mutation(.offerOnce, "an offer while one is open", by: "alice", in: call) {
            let update = GoldenTrace.inCall(
                "UPDATE", from: "alice", cseq: 3, branch: "7", with: [GoldenTrace.contact("alice")]
            )
            .describing(GoldenTrace.description("alice", version: 3))
            $0.add("UPDATE", at: 4015, from: "alice", update)
            $0.add("491", at: 4026, from: "bob", GoldenTrace.response(491, to: update, toTag: nil))
        },
        Mutation(.answerConsistent, "another answer in the 2xx than in 180", by: "bob", in: call) {
            $0.edit("180") { $0.setSessionDescription(GoldenTrace.description("bob", port: 4002)) }
            $0.edit("200") { $0.setSessionDescription(GoldenTrace.description("bob", version: 2)) }
            $0.edit("HOLD-200") {
                $0.setSessionDescription(GoldenTrace.description("bob", version: 3, direction: "recvonly"))
            }
        },
    ]
}

// MARK: - Media

extension Mutation {
    static let media: [Mutation] = [
        Mutation(.rtpHeader, "padding that is longer than the packet", by: "alice", in: call) {
            $0.editOctets("a239") { $0[0] |= 0x20 }
        },
        Mutation(.rtpSequence, "a number left out", by: "alice", in: call) {
            $0.editOctets("a239") { $0[3] &+= 1 }
        },
        Mutation(.rtpTimestamp, "a timestamp that jumps by a packet", by: "alice", in: call) {
            $0.shiftTimestamp("a239", by: 160)
        },
        Mutation(.rtpTimestamp, "a timestamp that stands still while nothing is sent", by: "alice", in: call) {
            $0.move("a239", to: 6005)
        },
        Mutation(.rtpMarker, "a marker within a sound", by: "alice", in: call) {
            $0.editOctets("a50") { $0[1] |= 0x80 }
        },
        Mutation(.rtpPayloadType, "a payload type that nobody asked for", by: "alice", in: call) {
            $0.editOctets("a239") { $0[1] = 3 }
        },
        Mutation(.rtpPace, "three packets at once", by: "alice", in: call) {
            $0.move("a200", to: $0.line("a202").time)
            $0.move("a201", to: $0.line("a202").time)
        },
        Mutation(.rtpPace, "a packet every 19.7 ms", by: "bob", in: call) {
            for index in 0..<148 { $0.move("b\(index)", to: 1030 + Double(index) * 19.7) }
        },
        Mutation(.rtpNegotiated, "media between addresses that nobody has named", by: "bob", in: call) {
            $0.addMedia("stray", at: 2000, from: "bob", port: 9998, $0.line("b5").octets)
        },
        Mutation(.rtpNegotiated, "media to a port of the peer that it has not named", by: "alice", in: call) {
            $0.readdress("a239", to: TransportAddress(host: "192.0.2.2", port: 4444))
        },
        Mutation(.rtpNegotiated, "media before the answer", by: "alice", in: call) {
            for index in 0..<100 { $0.move("a\(index)", to: $0.line("a\(index)").time - 40) }
        },
        Mutation(.rtpAfterBye, "media after BYE", by: "alice", in: call) {
            $0.resume("a239", after: 600)
        },
        Mutation(.rtpDirection, "media against recvonly", by: "bob", in: call) { $0.resume("b147", after: 530) },
        Mutation(.ssrcStable, "another SSRC in one stream", by: "alice", in: call) {
            $0.editOctets("a239") { $0[8] = 0x77 }
        },
        Mutation(.rtcpWellFormed, "a compound whose lengths do not add up", by: "alice", in: call) {
            $0.editOctets("a-rtcp") { $0.removeLast(4) }
        },
        Mutation(.rtcpWellFormed, "a compound without a CNAME", by: "bob", in: call) {
            $0.editOctets("b-rtcp") { $0.removeLast(16) }
        },
        Mutation(.telephoneEvent, "an end that is sent only twice", by: "alice", in: call) {
            $0.editOctets("d4") { $0[13] &= 0x7F }
        },
        Mutation(.telephoneEvent, "a duration that falls", by: "alice", in: call) {
            $0.editOctets("d2") { $0.replaceSubrange(14..<16, with: [0, 80]) }
        },
        Mutation(.telephoneEvent, "a marker on the second packet", by: "alice", in: call) {
            $0.editOctets("d1") { $0[1] |= 0x80 }
        },
    ]
}
