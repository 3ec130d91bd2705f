import Testing

@testable import SIPCore

/// The headers about who calls and why: what is read, and what is written again.
@Suite("Identity headers")
struct IdentityHeadersTests {
    /// A request with these header lines.
    static func request(_ lines: String...) throws -> Request {
        try request(lines)
    }

    static func request(_ lines: [String]) throws -> Request {
        let fixed = [
            "INVITE sip:bob@example.com SIP/2.0", "Via: SIP/2.0/UDP 192.0.2.9;branch=z9hG4bK1", "Max-Forwards: 70",
            "To: <sip:bob@example.com>", "Call-ID: call", "CSeq: 1 INVITE",
        ]
        let from = lines.contains { $0.hasPrefix("From:") } ? [] : ["From: <sip:alice@example.com>;tag=1"]
        let text = (fixed + from + lines + ["", ""]).joined(separator: "\r\n")
        guard case .request(let request) = try Message(parsing: Array(text.utf8)) else { throw CancellationError() }
        return request
    }

    // MARK: Reason

    struct ReasonRow: Sendable {
        var text: String
        var written: String?
        var protocolName = ""
        var cause: Int?
        var words: String?
    }

    static let reasonRows = [
        ReasonRow(
            text: "SIP ;cause=200 ;text=\"Call completed elsewhere\"",
            written: "SIP;cause=200;text=\"Call completed elsewhere\"", protocolName: "SIP", cause: 200,
            words: "Call completed elsewhere"),
        ReasonRow(
            text: "Q.850 ;cause=16 ;text=\"Terminated\"", written: "Q.850;cause=16;text=\"Terminated\"",
            protocolName: "Q.850", cause: 16, words: "Terminated"),
        ReasonRow(
            text: "q.850;cause=17;location=LN", written: "q.850;cause=17;location=LN", protocolName: "q.850", cause: 17),
        ReasonRow(
            text: "Preemption ;cause=1 ;text=\"UA Preemption\"", written: "Preemption;cause=1;text=\"UA Preemption\"",
            protocolName: "Preemption", cause: 1, words: "UA Preemption"),
        ReasonRow(text: "SIP", written: "SIP", protocolName: "SIP"),
        ReasonRow(text: "SIP;cause=sixteen"),
        ReasonRow(text: ";cause=16"),
        ReasonRow(text: "Q.850;cause=99999999999999999999"),
        ReasonRow(text: "SIP;text=\"open"),
        ReasonRow(text: ""),
    ]

    @Test("Reason is read and written as RFC 3326 has it", arguments: reasonRows)
    func reason(_ row: ReasonRow) {
        let reason = try? Reason(parsing: row.text)
        #expect(reason?.description == row.written)
        guard let reason else { return }
        #expect(reason.protocolName == row.protocolName)
        #expect(reason.cause == row.cause)
        #expect(reason.text == row.words)
    }

    @Test("Several reasons come in order, in one line and in several, and a broken one is left out")
    func reasons() throws {
        let request = try Self.request(
            "Reason: Q.850;cause=16;text=\"a, b\", SIP;cause=nonsense", "Reason: SIP;cause=600;text=\"Busy\"")
        #expect(request.reasons == [.q850(16, text: "a, b"), .sip(600, text: "Busy")])
        #expect(request.reasons.map { $0.isOf("q.850") } == [true, false])
    }

    // MARK: Privacy

    static let privacyRows: [(text: String, written: String?, hides: Bool)] = [
        ("id", "id", true), ("header;user", "header;user", true), ("none", "none", false),
        ("session", "session", false),
        ("ID ; Critical", "id;critical", true), ("user,id", "user;id", true), ("history", "history", false),
        ("id;id", "id", true), ("x-company", "x-company", false), ("none;id", nil, false), ("", nil, false),
        ("a b", nil, false), (";", nil, false),
    ]

    @Test("Privacy is read and written as RFC 3323 has it", arguments: privacyRows)
    func privacy(text: String, written: String?, hides: Bool) {
        let privacy = try? Privacy(parsing: text)
        #expect(privacy?.description == written)
        #expect(privacy?.hidesCaller ?? false == hides)
    }

    @Test("A Privacy that can't be read hides the caller, and none asks for nothing")
    func unreadablePrivacy() throws {
        #expect(try Self.request("Privacy: none;id").privacy.hidesCaller)
        #expect(try Self.request("Privacy: @").privacy.hidesCaller)
        #expect(try Self.request().privacy == [])
        #expect(try Self.request("Privacy: user", "Privacy: id;critical").privacy == [.user, .id, .critical])
    }

    // MARK: P-Asserted-Identity

    static let assertedRows: [(lines: [String], sip: String?, tel: String?)] = [
        (["\"Alice\" <sip:alice@example.com>"], "\"Alice\" <sip:alice@example.com>", nil),
        (["<sip:alice@example.com>, <tel:+15550100>"], "<sip:alice@example.com>", "<tel:+15550100>"),
        (["tel:+15550100", "sips:alice@example.com"], "<sips:alice@example.com>", "<tel:+15550100>"),
        (["<sip:a@example.com>, <sip:b@example.com>"], "<sip:a@example.com>", nil),
        (["<tel:+15550100>, <tel:+15550199>"], nil, "<tel:+15550100>"),
        (["<mailto:a@example.com>, <sip:a@example.com>"], "<sip:a@example.com>", nil),
        (["<mailto:a@example.com>"], nil, nil),
        (["nonsense <", "<sip:a@example.com>"], "<sip:a@example.com>", nil),
    ]

    @Test("One SIP address and one number of P-Asserted-Identity count, the first of each", arguments: assertedRows)
    func asserted(lines: [String], sip: String?, tel: String?) throws {
        for name in ["P-Asserted-Identity", "P-Preferred-Identity"] {
            let request = try Self.request(lines.map { "\(name): \($0)" })
            let identity = name.hasPrefix("P-A") ? request.assertedIdentity : request.preferredIdentity
            #expect(identity?.sip?.description == sip)
            #expect(identity?.tel?.description == tel)
            #expect((identity == nil) == (sip == nil && tel == nil))
        }
    }

    // MARK: Diversion

    @Test("Diversion tells who has sent the call on, why and how often (RFC 5806)")
    func diversion() throws {
        let request = try Self.request(
            "Diversion: <sip:+15550101@example.com;user=phone>;reason=User-Busy;counter=2;limit=5;privacy=off;screen=yes",
            "Diversion: \"Desk\" <tel:+15550102>, <sip:>;reason=unknown")
        let diversions = request.diversions
        #expect(diversions.count == 2)
        let first = try #require(diversions.first)
        #expect(first.uri.description == "sip:+15550101@example.com;user=phone")
        #expect(first.reason == "user-busy")
        #expect(first.counter == 2)
        #expect(first.limit == 5)
        #expect(first.privacy == "off")
        #expect(first.isScreened == true)
        let second = try #require(diversions.last)
        #expect(second.address.displayName == "Desk")
        #expect(second.reason == nil)
        #expect(second.counter == 1)
        #expect(second.limit == nil)
        #expect(second.isScreened == nil)
        let made = Diversion(uri: try URI(parsing: "sip:a@example.com"), reason: "no-answer", counter: 1)
        #expect(made.description == "<sip:a@example.com>;reason=no-answer;counter=1")
    }

    // MARK: History-Info

    @Test("History-Info tells the targets in order, how each came about, and what its URI says besides (RFC 7044)")
    func history() throws {
        let request = try Self.request(
            "History-Info: <sip:bob@example.com?Reason=SIP%3Bcause%3D302&Privacy=history>;index=1",
            "History-Info: <sip:bob@192.0.2.4?Reason=SIP%3Bcause%3D408%2CQ.850%3Bcause%3D18>;index=1.1;rc=1,"
                + " <sip:office@example.com>;index=1.2;mp=1", "History-Info: <tel:+15550100>;index=1.2.1;np=1.2")
        let history = request.history
        #expect(history.map { $0.index?.description } == ["1", "1.1", "1.2", "1.2.1"])
        #expect(
            history.map { $0.uri.description }
                == ["sip:bob@example.com", "sip:bob@192.0.2.4", "sip:office@example.com", "tel:+15550100"])
        let one = try #require(HistoryEntry.Index("1"))
        let two = try #require(HistoryEntry.Index("1.2"))
        #expect(history.map(\.mapping) == [nil, .registered(from: one), .mapped(from: one), .unchanged(from: two)])
        #expect(
            history.map { $0.reasons.map(\.description) } == [
                ["SIP;cause=302"], ["SIP;cause=408", "Q.850;cause=18"], [], [],
            ])
        #expect(history.map(\.privacy) == [[.history], [], [], []])
        #expect(one < two)
    }

    @Test("An index is made of numbers, not too many", arguments: ["", "1.", ".1", "1..2", "a", "1.-2", "+1"])
    func brokenIndex(_ text: String) {
        #expect(HistoryEntry.Index(text) == nil)
        #expect(HistoryEntry.Index(Array(repeating: "1", count: 33).joined(separator: ".")) == nil)
    }

    // MARK: User-to-User

    static let userRows: [(text: String, octets: [UInt8]?, written: String?)] = [
        (
            "56a390f3d2b7310023a2;encoding=hex;purpose=foo;content=bar",
            [0x56, 0xA3, 0x90, 0xF3, 0xD2, 0xB7, 0x31, 0x00, 0x23, 0xA2],
            "56a390f3d2b7310023a2;purpose=foo;content=bar;encoding=hex"
        ),
        ("00AB", [0x00, 0xAB], "00AB"),
        ("00ABC", Array("00ABC".utf8), "00ABC"),
        (
            "\"a text; with all\";purpose=x;encoding=text", Array("a text; with all".utf8),
            "\"a text; with all\";purpose=x;encoding=text"
        ),
        ("zz;encoding=hex", nil, "zz;encoding=hex"),
        ("abcd;purpose=other", Array("abcd".utf8), "abcd;purpose=other"),
        ("", nil, nil),
        (";encoding=hex", nil, nil),
    ]

    @Test("User-to-User is read with its encoding (RFC 7433)", arguments: userRows)
    func userToUser(text: String, octets: [UInt8]?, written: String?) {
        let value = try? UserToUser(parsing: text)
        #expect(value?.octets == octets)
        #expect(value?.description == written)
    }

    @Test("Octets for the other user come back as they went")
    func userToUserRoundTrip() throws {
        let octets: [UInt8] = [0, 1, 0x7F, 0x80, 0xFF]
        let sent = UserToUser(octets: octets, purpose: "call-center", content: "isdn-uui")
        let request = try Self.request("User-to-User: \(sent)")
        #expect(request.userToUser == [sent])
        #expect(request.userToUser.first?.octets == octets)
    }

    // MARK: verstat

    static let verstatRows: [(text: String, written: String?)] = [
        ("TN-Validation-Passed", "TN-Validation-Passed"), ("tn-validation-passed", "TN-Validation-Passed"),
        ("TN-Validation-Passed-A", "TN-Validation-Passed-A"), ("TN-Validation-Passed-C", "TN-Validation-Passed-C"),
        ("TN-Validation-Failed", "TN-Validation-Failed"), ("TN-Validation-Failed-B", "TN-Validation-Failed-B"),
        ("No-TN-Validation", "No-TN-Validation"), ("TN-Validation-Passed-D", nil), ("TN-Validation-PassedX", nil),
        ("yes", nil), ("", nil),
    ]

    @Test("verstat says what a network has found", arguments: verstatRows)
    func verstat(text: String, written: String?) {
        #expect(Verstat(parsing: text)?.description == written)
    }

    @Test(
        "verstat is found wherever it is put",
        arguments: [
            "<tel:+15550100;verstat=TN-Validation-Passed>",
            "<sip:+15550100;verstat=TN-Validation-Passed@example.com;user=phone>",
            "\"A\" <sip:+15550100@example.com;verstat=TN-Validation-Passed>",
            "<sip:+15550100@example.com>;verstat=TN-Validation-Passed",
        ])
    func verstatPlaces(_ text: String) throws {
        #expect(Verstat(of: try NameAddress(parsing: text)) == Verstat(.passed))
        #expect(Verstat(of: try NameAddress(parsing: "<sip:verstat=TN-Validation-Passed@example.com>")) == nil)
    }

    // MARK: Date

    static let dateRows: [(text: String, seconds: Int64?)] = [
        ("Sat, 13 Nov 2010 23:29:00 GMT", 1_289_690_940), ("Thu, 01 Jan 1970 00:00:00 GMT", 0),
        ("Tue, 29 Feb 2000 12:00:00 GMT", 951_825_600), ("Fri, 31 Dec 9999 23:59:59 GMT", 253_402_300_799),
        ("Sat, 13 Nov 2010 23:29:00 CET", nil), ("Sat, 13 Nov 2010 24:29:00 GMT", nil), ("13 Nov 2010", nil),
        ("Sat, 32 Nov 2010 23:29:00 GMT", nil), ("", nil),
    ]

    @Test("Date is read and written again", arguments: dateRows)
    func date(text: String, seconds: Int64?) {
        let date = try? SIPDate(parsing: text)
        #expect(date?.seconds == seconds)
        if let date { #expect(date.description == text) }
    }
}
