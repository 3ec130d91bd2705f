import Telephony
import Testing

@testable import Agent

/// Why Telnyx refused a call is said in a sentence, with what to do about it.
@Suite("Reason codes of Telnyx")
struct TelnyxReasonTests {
    private func finding(_ line: String, server: String? = "Telnyx SIP Proxy") -> [CallFinding] {
        let call = TraceCalls.call(
            .outgoing, answered: nil, ended: 400, cause: .rejected, status: Int(line.prefix(3)),
            explanation: "The peer refused the call: \(line)")
        let messages = [
            TraceCalls.sip(0, .sent, "INVITE sip:a@b", "INVITE", sound: "198.51.100.7 16384 RTP/AVP sendrecv 0 8"),
            TraceCalls.sip(90_000, .received, line, "INVITE", server.map { ["Server: \($0)"] } ?? []),
        ]
        return CallDiagnosis(CallTimeline(call, messages: messages)).findings
    }

    @Test(
        "F-41, F-34: the code is explained with its fix",
        arguments: [
            (
                "403 Caller origination number invalid D35", CallFinding.Kind.forbidden, "caller ID is not written",
                "with + and the country"
            ),
            ("403 Origination number is other account's D36", .forbidden, "another account", "a number of yours"),
            ("403 Unverified origination number D51", .forbidden, "does not know to be yours", "Verify the number"),
            ("403 User channel limit exceeded D1", .forbidden, "the account may have at once", "`outbound.maximum`"),
            ("403 Forbidden D38", .forbidden, "No outbound voice profile", "Attach one"),
            ("405 Transfer disabled D42", .forbidden, "REFER is switched off", "kind: attended"),
            ("403 Multiple contacts R47", .forbidden, "several Contacts", "takes one"),
            ("403 CPS P05", .forbidden, "faster than Telnyx", "`calls_per_second`"),
            ("404 No route D40", .noSuchNumber, "No route leads", "Check the number"),
            ("480 Not registered RG1", .notReached, "Nobody is registered", "registered"),
            ("486 Channels D56", .busy, "channel billing", "Add channels"),
            ("488 Not Acceptable B3", .encryptionRequired, "encrypted sound", "`srtp` of the trunk"),
            ("503 Service Unavailable PE3", .otherSideFailed, "no carrier", "second trunk"),
            ("403 No rate TM1", .forbidden, "no price", "Ask Telnyx"),
        ])
    func explained(line: String, kind: CallFinding.Kind, sentence: String, fix: String) {
        let found = finding(line)
        #expect(found.map(\.kind) == [kind])
        #expect(found.first?.sentence.contains(sentence) == true && found.first?.fix.contains(fix) == true)
        #expect(found.first?.evidence.contains(line) == true)
    }

    @Test("A code that is not known, or another carrier's, is explained as ever")
    func others() {
        #expect(finding("403 Forbidden D99").first?.fix.contains("Ask the carrier") == true)
        #expect(finding("403 Forbidden D35", server: nil).first?.fix.contains("Ask the carrier") == true)
        #expect(finding("403 Forbidden D35", server: "Other").first?.fix.contains("Ask the carrier") == true)
    }

    @Test(
        "Only what looks like a code is one",
        arguments: ["", "D", "35", "d35", "D35x", "D350", "DDD1", "Forbidden", "D35 Forbidden", "Δ35", "D٣"])
    func noCode(phrase: String) {
        #expect(TelnyxReason(phrase: phrase) == nil)
    }
}
