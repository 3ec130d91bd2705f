import Telephony
import Testing

@testable import Agent

/// What went wrong with a call is said in a sentence, with what shows it, and with what to do about it.
struct CallDiagnosisTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var kind: CallFinding.Kind
        var call: StoredCall
        var messages: [MessageRecord] = TraceCalls.setup
        var sentence: String
        var evidence: String
        var fix: String

        var testDescription: String { "\(kind.rawValue): \(sentence)" }
    }

    private typealias T = TraceCalls

    /// An outgoing call that was refused.
    private static func refused(_ line: String, _ headers: [String] = [], offer: String = "RTP/AVP") -> (
        StoredCall, [MessageRecord]
    ) {
        let status = Int(line.prefix(3))
        let call = T.call(
            .outgoing, answered: nil, ended: 400, cause: .rejected, status: status,
            explanation: "The peer refused the call: \(line)")
        return (
            call,
            [
                T.sip(0, .sent, "INVITE sip:a@b", "INVITE", sound: "198.51.100.7 16384 \(offer) sendrecv 0 8"),
                T.sip(90_000, .received, line, "INVITE", headers),
            ]
        )
    }

    private static func refusal(
        _ kind: CallFinding.Kind, _ line: String, headers: [String] = [], offer: String = "RTP/AVP",
        _ sentence: String, _ evidence: String, _ fix: String
    ) -> Case {
        let (call, messages) = refused(line, headers, offer: offer)
        return Case(kind: kind, call: call, messages: messages, sentence: sentence, evidence: evidence, fix: fix)
    }

    private static func bad(
        _ change: (inout StoredCall) -> Void, direction: CallDirection = .incoming,
        cause: CallEnd.Cause = .remoteHangUp,
        explanation: String = "The peer hung up"
    ) -> StoredCall {
        var call = T.call(direction, cause: cause, explanation: explanation)
        call.quality = T.quality()
        change(&call)
        return call
    }

    private static func event(_ kind: String, _ detail: String, _ at: Int = 5_000) -> StoredCall.Event {
        StoredCall.Event(kind: kind, detail: detail, atMs: at)
    }

    private static let wrongPassword: Case = {
        let challenge = #"WWW-Authenticate: Digest realm="example.com", nonce="1""#
        var (call, messages) = refused("401 Unauthorized", [challenge])
        messages += [
            T.sip(
                100_000, .sent, "INVITE sip:a@b", "INVITE",
                [#"Authorization: Digest username="ada", realm="example.com", response="xxxx""#]),
            T.sip(190_000, .received, "401 Unauthorized", "INVITE", [challenge, "Retry: 2"]),
        ]
        call.explanation = "Our password was not accepted"
        return Case(
            kind: .wrongPassword, call: call, messages: messages,
            sentence: "The other side does not accept our password of the user ada.",
            evidence: "answered 401 2 times in the realm example.com", fix: "Check `user` and `password`")
    }()

    private static let setupCases = [
        wrongPassword,
        refusal(
            .passwordMissing, "407 Proxy Authentication Required", headers: [#"Proxy-Authenticate: Digest realm="r""#],
            "The other side wants a user name and a password", "in the realm r", "under `accounts`"),
        refusal(
            .forbidden, "403 Caller ID not allowed", "The other side does not let us call +4930123456.",
            "answered 403 Caller ID not allowed.", "Ask the carrier"),
        refusal(
            .forbidden, "403 Forbidden", offer: "RTP/SAVP", "does not let us call", "answered 403 Forbidden.",
            "Ask the carrier"),
        refusal(
            .encryptionRequired, "403 Secure media required", "with encrypted sound alone", "403 Secure media required",
            "`rtp.srtp` to required"),
        refusal(.noSuchNumber, "404 Not Found", "There is no +4930123456", "answered 404", "with + and the country"),
        refusal(.noSuchNumber, "484 Address Incomplete", "There is no +4930123456", "answered 484", "Check the number"),
        refusal(.busy, "486 Busy Here", "+4930123456 is busy.", "answered 486", "Call again later"),
        refusal(.busy, "603 Decline", "+4930123456 declined", "answered 603", "Call again later"),
        refusal(
            .notReached, "480 Temporarily Unavailable", headers: ["Reason: Q.850;cause=18"], "Nobody answered",
            "480 Temporarily Unavailable (Reason: Q.850;cause=18)", "may not be registered"),
        refusal(
            .noCommonCodec, "488 Not Acceptable Here", "none of the codecs", "We had offered PCMU, PCMA.",
            "`rtp.codecs`"),
        refusal(
            .encryptionRequired, "488 Not Acceptable Here", headers: [#"Warning: 399 x "SRTP required""#],
            "takes calls with encrypted sound alone", "We had offered RTP/AVP", "`rtp.srtp` to required"),
        refusal(
            .encryptionRequired, "488 Not Acceptable Here", offer: "RTP/SAVP", "We insisted on encrypted sound",
            "We had offered RTP/SAVP", "`rtp.srtp` to optional"),
        refusal(
            .otherSideFailed, "503 Service Unavailable", "could not take the call", "answered 503", "calls at once"),
        Case(
            kind: .noCommonCodec,
            call: T.call(
                answered: nil, ended: 3, cause: .rejected, status: 488,
                explanation: "We refused the call: none of the peer's codecs (G729/8000) is one of ours"),
            messages: [
                T.sip(0, .received, "INVITE sip:a@b", "INVITE", sound: "203.0.113.9 4000 RTP/AVP sendrecv 18")
            ], sentence: "The caller offered no codec that we take.", evidence: "The offer had G729. We answered 488.",
            fix: "`rtp.codecs`"),
        Case(
            kind: .encryptionRequired,
            call: T.call(
                answered: nil, ended: 3, cause: .rejected, status: 488,
                explanation: "We refused the call: the peer offers no encryption, and our side requires it"),
            messages: [
                T.sip(0, .received, "INVITE sip:a@b", "INVITE", sound: "203.0.113.9 4000 RTP/AVP sendrecv 0")
            ], sentence: "did not agree on whether the sound is encrypted", evidence: "We answered 488.",
            fix: "`rtp.srtp` to optional"),
        Case(
            kind: .unreachable,
            call: T.call(
                .outgoing, answered: nil, ended: 32_000, cause: .noAnswer, status: 408,
                explanation: "The peer did not answer the INVITE"),
            messages: [T.sip(0, .sent, "INVITE sip:a@b", "INVITE"), T.sip(500_000, .sent, "INVITE sip:a@b", "INVITE")],
            sentence: "Nothing ever came back from 203.0.113.9:5060.", evidence: "went out 2 times over udp",
            fix: "is udp open in the firewalls"),
        Case(
            kind: .unreachable,
            call: T.call(
                .outgoing, answered: nil, ended: 40, cause: .unreachable, explanation: "Connection refused (ICMP)"),
            messages: [], sentence: "Nothing ever came back", evidence: "Connection refused",
            fix: "Check address and port"),
        Case(
            kind: .certificate,
            call: T.call(
                .outgoing, answered: nil, ended: 40, cause: .unreachable,
                explanation: "example.com could not be reached: certificate has expired"),
            messages: [], sentence: "certificate has expired", evidence: "example.com could not be reached",
            fix: "renewed"),
        Case(
            kind: .nameUnknown,
            call: T.call(
                .outgoing, answered: nil, ended: 40, cause: .unreachable,
                explanation: "sip.example.com could not be reached: no address was found"),
            messages: [], sentence: "is not known", evidence: "sip.example.com", fix: "spelling"),
        Case(
            kind: .nameUnknown,
            call: T.call(
                .outgoing, answered: nil, ended: 40, cause: .unreachable,
                explanation: "sip.example.com could not be looked up, no DNS server answered in time"),
            messages: [], sentence: "no name server answered", evidence: "sip.example.com", fix: "`dns`"),
        Case(
            kind: .noPort,
            call: T.call(
                answered: nil, ended: 4, cause: .rejected, status: 503,
                explanation: "We refused the call: No port for its sound could be opened: no free pair of RTP ports: x"),
            sentence: "no port was left for its sound", evidence: "no free pair of RTP ports: x", fix: "`rtp.ports`"),
        Case(
            kind: .answerNotAcknowledged,
            call: T.call(cause: .failed, explanation: "No ACK came for the answer within 32 seconds"),
            messages: (0..<4).map {
                T.sip($0 * 500_000, .sent, "200 OK", "INVITE", ["Contact: <sip:agent@10.0.0.5:5060>"])
            }, sentence: "the caller never confirmed it",
            evidence: "went out 4 times; it said that we are reached at 10.0.0.5",
            fix: "set `advertise`"),
    ]

    private static let soundCases = [
        Case(
            kind: .noSoundArrived, call: bad { $0.quality = T.quality(received: 0) },
            messages: [
                T.sip(0, .received, "INVITE sip:a@b", "INVITE", sound: "203.0.113.9 4000 RTP/AVP sendrecv 0"),
                T.sip(9, .sent, "200 OK", "INVITE", sound: "10.0.0.5 16384 RTP/AVP sendrecv 0"),
            ],
            sentence: "The caller's sound never arrived: our session description announced 10.0.0.5, which 203.0.113.9 "
                + "can't reach.", evidence: "No packet came in 30.6 s, 1500 went out.",
            fix: "Set `advertise` to the public address"),
        Case(
            kind: .noSoundArrived, call: bad { $0.quality = T.quality(received: 0) },
            sentence: "The caller's sound never arrived.", evidence: "It was to come to 198.51.100.7, UDP port 16384.",
            fix: "Open the UDP ports of `rtp.ports`"),
        Case(
            kind: .noSoundArrived, call: bad { $0.quality = T.quality(received: 0) },
            messages: [
                T.sip(0, .received, "INVITE sip:a@b", "INVITE", sound: "192.168.1.20 4000 RTP/AVP sendrecv 0"),
                T.sip(9, .sent, "200 OK", "INVITE", sound: "198.51.100.7 16384 RTP/AVP sendrecv 0"),
            ], sentence: "The caller's sound never arrived.",
            evidence: "They announced 192.168.1.20, which is of use in",
            fix: "has to announce its public address"),
        Case(
            kind: .soundNotDecrypted,
            call: bad { $0.quality = T.quality(received: 0) { $0.packetsUnauthenticated = 900 } },
            sentence: "encrypted with a key that is not the agreed one", evidence: "900 packets were not authentic",
            fix: "`rtp.srtp`"),
        Case(
            kind: .noSoundSent, call: bad { $0.quality = T.quality(sent: 0) }, sentence: "We sent no sound",
            evidence: "1500 packets came in 30.6 s, none went out", fix: "log"),
        Case(
            kind: .notHeardThere, call: bad { $0.quality = T.quality { $0.remoteFractionLost = 0.98 } },
            sentence: "heard little or nothing of us",
            evidence: "98 % of our packets did not come. We sent to 203.0.113.9, UDP port 4000.", fix: "send UDP"),
        Case(
            kind: .soundUnplayable, call: bad { $0.quality = T.quality(received: 3) { $0.packetsMalformed = 1_400 } },
            sentence: "could not be played", evidence: "We said 0 PCMU/8000; they said 0 PCMU/8000, 8 PCMA/8000.",
            fix: "payload types of our session description"),
        Case(
            kind: .soundMiscoded, call: bad { $0.quality = T.quality { $0.lawMismatch = 2.86 } },
            sentence: "The caller's sound is A-law, and was read as µ-law.",
            evidence: "PCMU (µ-law) was agreed on; the sound leaps 2.9 times as far", fix: "`rtp.codecs: [PCMA]`"),
        Case(
            kind: .soundStopped, call: bad { $0.events = [event("no sound", "for 2 s", 12_900)] },
            sentence: "stopped in mid-call",
            evidence: "From 12.0 s after the answer on, nothing came until the end, 18.6 s",
            fix: "comfort noise"),
        Case(
            kind: .soundDamaged,
            call: bad { $0.quality = T.quality { ($0.packetsLost, $0.lowestMOS) = (300, 1.9) } },
            sentence: "came with gaps", evidence: "16.7 % of the packets did not come", fix: "QoS"),
        Case(
            kind: .ownEcho, call: bad { $0.events = [event("echo", "x", 3_000), event("echo", "x", 9_000)] },
            sentence: "own voice came back", evidence: "2 times", fix: "`hearing.echo_cancellation`"),
    ]

    /// F-05: the other side has answered our call with a session timer.
    private static func refreshCase(
        _ messages: [MessageRecord], refresher: String = "uac", evidence: String, fix: String
    ) -> Case {
        let answer = T.sip(900, .received, "200 OK", "INVITE", ["Session-Expires: 12;refresher=\(refresher)"])
        return Case(
            kind: .sessionTimer,
            call: bad({ _ in }, cause: .failed, explanation: "The session timer ran out without a refresh"),
            messages: T.setup + [answer] + messages, sentence: "nobody confirmed in time", evidence: evidence, fix: fix)
    }

    private static let laterCases = [
        Case(
            kind: .sessionTimer,
            call: bad({ _ in }, cause: .failed, explanation: "The session timer ran out without a refresh"),
            messages: T.setup + [T.sip(900, .sent, "200 OK", "INVITE", ["Session-Expires: 1800;refresher=uac"])],
            sentence: "nobody confirmed in time", evidence: "The agreed interval was 1800 s.", fix: "RFC 4028"),
        Case(
            kind: .sessionTimer, call: bad { _ in },
            messages: T.setup + [
                T.sip(9, .received, "BYE sip:a@b", "BYE", [#"Reason: SIP;cause=408;text="Session timer""#])
            ],
            sentence: "nobody confirmed in time", evidence: "The BYE said: SIP;cause=408", fix: "RFC 4028"),
        refreshCase(
            [], evidence: "We were to refresh the session, and sent nothing.", fix: "stood still"),
        refreshCase(
            [T.sip(6_000, .sent, "UPDATE sip:a@b", "UPDATE", ["Session-Expires: 12;refresher=uac"])],
            evidence: "our UPDATE got no answer.", fix: "is lost on the way"),
        refreshCase(
            [
                T.sip(6_000, .sent, "UPDATE sip:a@b", "UPDATE", ["Session-Expires: 12;refresher=uac"]),
                T.sip(6_010, .received, "481 Gone", "UPDATE"),
            ], evidence: "our UPDATE was answered 481 Gone.", fix: "why it refuses"),
        refreshCase(
            [], refresher: "uas", evidence: "The other side was to refresh the session, and no refresh of its came.",
            fix: "why it did not refresh the session (RFC 4028)"),
        Case(
            kind: .goodbyeCut,
            call: bad {
                $0.events = [event("goodbye cut", "5 of 9 words had not sounded when the other side hung up")]
            },
            messages: T.setup + [T.sip(9, .received, "BYE sip:a@b", "BYE", ["Reason: Q.850;cause=16"])],
            sentence: "hung up while the agent was saying goodbye",
            evidence: "5 of 9 words had not sounded when the other side hung up. The BYE said: Q.850;cause=16.",
            fix: "shorten the goodbye"),
        Case(
            kind: .transferFailed, call: bad { $0.events = [event("transfer failed", "The other side refused.")] },
            messages: T.setup + [
                T.sip(9, .sent, "REFER sip:a@b", "REFER", ["Refer-To: <sip:desk@192.0.2.10>"]),
                T.sip(10, .received, "603 Decline", "REFER"),
            ], sentence: "not put through to <sip:desk@192.0.2.10>", evidence: "The answer said 603 Decline. The other",
            fix: "does not transfer at our request"),
        Case(
            kind: .transferFailed, call: bad { $0.events = [event("transfer", "180"), event("transfer", "486")] },
            sentence: "not put through", evidence: "The report said 486.", fix: "Nobody took the call there"),
        Case(
            kind: .transferFailed,
            call: bad {
                $0.events = [event("consulting", "desk (warm)"), event("transfer failed", "Busy Here (486)")]
            },
            messages: T.setup + [
                T.sip(900_000, .sent, "INVITE sip:desk@192.0.2.10", "INVITE", ["Call-ID: other"]),
                T.sip(910_000, .received, "486 Busy Here", "INVITE", ["Call-ID: other"]),
            ], sentence: "desk (warm) did not take the caller", evidence: "The answer said 486 Busy Here.",
            fix: "Nobody took the call there"),
        Case(
            kind: .stoppedByUs, call: bad { $0.state = .interrupted }, sentence: "Trunkline stopped",
            evidence: "31.5 s after the start", fix: "`drain`"),
        Case(
            kind: .keyRefused,
            call: bad {
                $0.events = [
                    event("voice failed", "slow"),
                    event("dialogue failed", "OpenAI does not accept the key; check the key of this provider."),
                ]
            }, sentence: "The language model did not work: the service does not accept our key",
            evidence: "At 5.0 s: OpenAI does not accept the key; check the key of this provider. (2 failures in all)",
            fix: "valid key"),
        Case(
            kind: .providerSlow,
            call: bad { $0.events = [event("hearing failed", "Deepgram did not answer in its time (504).")] },
            sentence: "The speech-to-text did not answer in time.", evidence: "Deepgram", fix: "`fallback`"),
        Case(
            kind: .agentFailed, call: bad { $0.events = [event("agent failed", "The bot: closed")] },
            sentence: "The agent failed.", evidence: "The bot: closed", fix: "`fallback`"),
        Case(
            kind: .slowAnswers,
            call: bad {
                $0.answers = [2_100, 2_400, 1_900].map { StoredCall.Answer(atMs: 9_000, ledger: T.ledger($0)) }
            }, sentence: "had to wait", evidence: "The agent answered after 2450 ms in the middle",
            fix: "name a quicker model"),
        Case(
            kind: .callerSilent,
            call: bad { $0.turns = [TurnRecord(who: .agent, text: "Hello?", startMs: 1_000, endMs: 2_000)] },
            sentence: "The caller said nothing.", evidence: "1500 packets of sound came in 30.6 s, and no speech",
            fix: "muted"),
        Case(
            kind: .callerSilent,
            call: bad {
                $0.turns = [
                    TurnRecord(who: .agent, text: "Hello?", startMs: 1_000, endMs: 2_000),
                    TurnRecord(who: .caller, text: "", startMs: 3_000, endMs: 4_000),
                ]
            }, sentence: "Nothing was understood", evidence: "with 1 pieces of speech", fix: "language"),
        Case(
            kind: .recordingIncomplete, call: bad { $0.events = [event("recording", "incomplete: no space")] },
            sentence: "recording is not complete", evidence: "no space", fix: "room on the disk"),
    ]

    @Test("F-33, F-34: a bad call is explained by one finding", arguments: setupCases + soundCases + laterCases)
    func explained(_ example: Case) throws {
        let findings = CallDiagnosis(CallTimeline(example.call, messages: example.messages)).findings
        #expect(findings.map(\.kind) == [example.kind])
        let finding = try #require(findings.first)
        #expect(finding.sentence.contains(example.sentence), "\(finding.sentence)")
        #expect(finding.evidence.contains(example.evidence), "\(finding.evidence)")
        #expect(finding.fix.contains(example.fix), "\(finding.fix)")
    }

    @Test("Every kind of finding has a call that shows it")
    func everyKind() {
        let shown = Set((Self.setupCases + Self.soundCases + Self.laterCases).map(\.kind))
        #expect(Set(CallFinding.Kind.allCases).subtracting(shown).isEmpty)
    }

    @Test("Of a good call there is nothing but a summary")
    func good() {
        let (call, messages) = TraceCalls.good
        let diagnosis = CallDiagnosis(CallTimeline(call, messages: messages))
        #expect(diagnosis.findings.isEmpty)
        #expect(diagnosis.summary == "Answered after 900 ms, lasted 30.6 s, 3 turns. The peer hung up.")
    }

    @Test(
        "What is no fault is not made one",
        arguments: [
            // On hold nothing is sent.
            (
                bad { $0.quality = T.quality(received: 0) },
                [T.sip(0, .received, "INVITE sip:a@b", "INVITE", sound: "203.0.113.9 4000 RTP/AVP recvonly 0")]
            ),
            // Sound that came back, and a pause on hold.
            (bad { $0.events = [event("no sound", "for 2 s"), event("sound flows", "", 6_000)] }, T.setup),
            (bad { $0.events = [event("no sound", "for 2 s", 12_000), event("held", "", 12_500)] }, T.setup),
            // A call of a second, and one whose caller gave up.
            (T.call(ended: 1_900), T.setup),
            (T.call(answered: nil, ended: 700, cause: .cancelled, status: 487), T.setup),
            // We gave up on a call that rang.
            (T.call(.outgoing, answered: nil, ended: 60_000, cause: .localHangUp, status: 487), T.setup),
            // Two addresses of one network.
            (
                bad { $0.quality = T.quality() },
                [
                    T.sip(
                        0, .sent, "200 OK", "INVITE", sound: "10.0.0.5 16384 RTP/AVP sendrecv 0",
                        remote: "10.0.0.9:5060")
                ]
            ),
            (bad { $0.answers = [StoredCall.Answer(atMs: 1, ledger: T.ledger(400))] }, T.setup),
        ] as [(StoredCall, [MessageRecord])])
    func quiet(_ call: StoredCall, _ messages: [MessageRecord]) {
        #expect(CallDiagnosis(CallTimeline(call, messages: messages)).findings == [])
    }
}
