import Testing

@testable import SIPCore

@Suite("A server transaction's key")
struct TransactionKeyTests {
    private func key(
        _ method: String, as other: Method? = nil, branch: String = "z9hG4bKb1", sentBy: String = "192.0.2.1"
    )
        throws -> ServerTransactionKey
    {
        try ServerTransactionKey(TransactionMessages.request(method, branch: branch, sentBy: sentBy), method: other)
    }

    @Test("is the same for the INVITE and its ACK, and found by its CANCEL")
    func family() throws {
        #expect(try key("ACK") == key("INVITE"))
        #expect(try key("CANCEL") != key("INVITE"))
        #expect(try key("CANCEL", as: .invite) == key("INVITE"))
        #expect(try key("BYE") != key("INVITE"))
    }

    @Test("differs by branch and by sent-by")
    func strangers() throws {
        #expect(try key("INVITE", branch: "z9hG4bKb2") != key("INVITE"))
        #expect(try key("INVITE", sentBy: "192.0.2.2") != key("INVITE"))
        #expect(try key("INVITE", sentBy: "192.0.2.1:5070") != key("INVITE"))
        #expect(try key("INVITE", sentBy: "Host.Example.COM") == key("INVITE", sentBy: "host.example.com"))
    }

    @Test("without the magic cookie is made of what the RFC 2543 messages have in common")
    func old() throws {
        let invite = try key("INVITE", branch: "1")
        #expect(invite.isRFC2543)
        #expect(try key("ACK", branch: "1") == invite)
        let other = try ServerTransactionKey(TransactionMessages.request("INVITE", branch: "1", sequence: 2))
        #expect(other != invite)
    }
}
