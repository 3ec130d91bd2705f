import SDP
import Testing

/// Offers that hold a call and take it back.
struct DirectionTests {
    private static let offer = """
        v=0
        o=- 7 9 IN IP4 192.0.2.1
        s=-
        c=IN IP4 192.0.2.1
        t=0 0
        a=sendrecv
        m=audio 40000 RTP/AVP 0
        a=rtpmap:0 PCMU/8000
        a=sendrecv
        m=video 0 RTP/AVP 31

        """

    @Test(
        "A hold turns every stream that is in use, and counts the version on",
        arguments: StreamDirection.allCases)
    func turned(_ direction: StreamDirection) throws {
        let before = try SessionDescription(parsing: Array(Self.offer.utf8))
        let after = try SessionDescription(parsing: before.turned(direction).serialized)
        #expect(after.origin.sessionVersion == "10")
        #expect(after.origin.sessionID == "7")
        #expect(after.attributes.isEmpty)
        #expect(after.media[0].attributes == [Attribute("rtpmap", "0 PCMU/8000"), Attribute(direction.rawValue)])
        #expect(after.media[1] == before.media[1])
    }

    @Test(
        "The version is a number of any length",
        arguments: [
            ("0", "1"), ("9", "10"), ("199", "200"), ("99", "100"), ("18446744073709551615", "18446744073709551616"),
            ("abc", "1"), ("", "1"),
        ])
    func version(before: String, after: String) {
        let description = SessionDescription(
            origin: Origin(sessionID: "1", sessionVersion: before, addressType: "IP4", address: "192.0.2.1"))
        #expect(description.turned(.sendrecv).origin.sessionVersion == after)
    }
}
