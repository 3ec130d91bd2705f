import SIPCore
import SIPNIO
import TelephonyPrimitives
import Testing

@testable import Telephony

/// What is kept of a SIP message has nothing in it that opens something.
struct MessageSecretsTests {
    private static func message(_ headers: [String], _ body: [String] = [], method: String = "INVITE") -> [UInt8] {
        let lines = ["\(method) sip:bob@example.com SIP/2.0"] + headers + ["", body.joined(separator: "\r\n")]
        return Array(lines.joined(separator: "\r\n").utf8)
    }

    struct Case: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var octets: [UInt8]
        var kept: [String]
    }

    /// In each the secret is SECRET, or the keys 5 and 7.
    private static let cases = [
        Case(
            testDescription: "the proof in an answer to a challenge",
            octets: message([
                #"Authorization: Digest username="ada", realm="r, SIP", nonce="SECRET", uri="sip:b@c",\#r\#n response="SECRET","#
                    + #" algorithm=MD5, cnonce="SEC\"RET""#
            ]), kept: [#"username="ada""#, #"realm="r, SIP""#, "algorithm=MD5", #"response="xxxxxx""#]),
        Case(
            testDescription: "the same to a proxy, spelled oddly",
            octets: message(["PROXY-authorization : digest response=SECRET,username=ada"]), kept: ["username=ada"]),
        Case(
            testDescription: "a password in clear", octets: message(["Authorization: Basic SECRET"]),
            kept: ["Authorization: Basic xxxxxx"]),
        Case(
            testDescription: "a token without scheme", octets: message(["Authorization:SECRET", "X-Api-Key: SECRET"]),
            kept: ["X-Api-Key: xxxxxx"]),
        Case(
            testDescription: "the server's own proof",
            octets: message([#"Authentication-Info: rspauth="SECRET", qop=auth"#]), kept: ["qop=auth"]),
        Case(
            testDescription: "a password in a URI",
            octets: message(["From: <sip:ada:SECRET@example.com:5060>", "To: sip:bob@example.com"]),
            kept: ["<sip:ada:xxxxxx@example.com:5060>", "sip:bob@example.com"]),
        Case(
            testDescription: "keys of the sound",
            octets: message(
                ["Content-Type: application/sdp"],
                [
                    "v=0", "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:SECRET|2^20|1:32;inline:SECRET UNENCRYPTED_SRTCP",
                    "k=clear:SECRET", "a=ice-pwd:SECRET", "a=key-mgmt:mikey SECRET", "a=sendrecv",
                ]), kept: ["a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:x", "UNENCRYPTED_SRTCP", "a=sendrecv"]),
        Case(
            testDescription: "keys of the sound in one part of several, with bare line feeds",
            octets: Array(
                "INVITE sip:b@c SIP/2.0\nc: multipart/mixed;boundary=b\n\n--b\n\na=crypto:1 A inline:SECRET\n--b--".utf8
            ),
            kept: ["a=crypto:1 A inline:xxxxxx\n--b--"]),
        Case(
            testDescription: "a compressed body",
            octets: message(["Content-Encoding: gzip", "Content-Type: application/sdp"], ["SECRET"]), kept: ["xxxxxx"]),
        Case(
            testDescription: "a pressed key",
            octets: message(["Content-Type: application/dtmf-relay"], ["Signal=5", "Duration=160"], method: "INFO"),
            kept: ["Signal=x", "Duration=160"]),
        Case(
            testDescription: "a pressed key by itself, without a type",
            octets: message([], ["7"], method: "INFO"), kept: ["INFO"]),
        Case(
            testDescription: "pressed keys in a report",
            octets: message(
                ["Content-Type: application/kpml-response+xml"], ["<kpml-response digits=\"57\"/>"], method: "NOTIFY"),
            kept: ["NOTIFY"]),
    ]

    @Test(arguments: cases) func `is masked`(_ example: Case) {
        let masked = MessageSecrets.masked(example.octets)
        let text = String(decoding: masked, as: UTF8.self)
        #expect(masked.count == example.octets.count)
        #expect(!text.contains("SECRET") && !text.contains("SEC\\\"RET"))
        for key in ["5", "7"] where !example.octets.starts(with: "INVITE".utf8) {
            #expect(!text.split(separator: "\r\n\r\n").dropFirst().joined().contains(key))
        }
        for kept in example.kept { #expect(text.contains(kept), "\(text)") }
        // Masking what is masked changes nothing.
        #expect(MessageSecrets.masked(masked) == masked)
    }

    @Test(arguments: [
        "", "\r\n", "INVITE", "INVITE sip:", "\r\n\r\nINVITE sip:a@b SIP/2.0\r\n", "A: b\r\n\r\n\r\n", "Authorization:",
        "Authorization: Digest a=\"", "Authorization: Digest a=\"\\", "Authorization: Digest a=", "x\n\n", ":",
        "sip:a:",
        "INFO sip:a SIP/2.0\n\n=", "x\n\na=crypto:", "x\n\na=crypto:1 2 :", "x\n\nk=", "From:sip:a:b@",
    ]) func `octets that end anywhere do no harm`(_ text: String) {
        let octets = Array(text.utf8)
        for length in 0...octets.count {
            #expect(MessageSecrets.masked(Array(octets.prefix(length))).count == length)
        }
    }

    @Test func `an ordinary message stays as it is`() {
        let octets = Self.message(
            ["Via: SIP/2.0/UDP a.example.com:5060;branch=z9hG4bK1", "Contact: <sip:ada@192.0.2.1:5060;transport=tcp>"],
            ["v=0", "c=IN IP4 192.0.2.1", "m=audio 4000 RTP/AVP 0 8", "a=rtpmap:0 PCMU/8000"])
        #expect(MessageSecrets.masked(octets) == octets)
    }
}
