import SIPCore
import Telephony
import Testing

@Suite struct OptionsAnswerTests {
    @Test(.bounded) func `an answer to OPTIONS names the codecs that the endpoint takes, at port 0`() async throws {
        try await withEndpoint([.udp]) {
            $0.codecs = [.pcma]
        } handler: { _ in
        } body: { endpoint in
            try await UDPPeer.with { peer in
                for accept in ["application/sdp", "text/plain"] {
                    let request = [
                        "OPTIONS sip:127.0.0.1:\(endpoint.port) SIP/2.0",
                        "Via: SIP/2.0/UDP 127.0.0.1:\(peer.port);branch=z9hG4bK\(accept.utf8.count);rport",
                        "Max-Forwards: 70", "From: <sip:a@127.0.0.1>;tag=1", "To: <sip:127.0.0.1:\(endpoint.port)>",
                        "Call-ID: options-\(accept.utf8.count)", "CSeq: 1 OPTIONS", "Accept: \(accept)",
                        "Content-Length: 0", "", "",
                    ]
                    try await peer.send(request.joined(separator: "\r\n"), to: endpoint.port)
                    let answer = try await peer.receive("200 to OPTIONS") {
                        $0.status == 200 && $0.header("Call-ID") == "options-\(accept.utf8.count)"
                    }
                    if accept == "text/plain" {
                        #expect(answer.body.isEmpty)
                    } else {
                        #expect(answer.header("Content-Type") == "application/sdp")
                        #expect(answer.body.contains("\r\nm=audio 0 RTP/AVP 8 101\r\n"))
                    }
                }
            }
        }
    }
}
