import SIPNIO
import Telephony
import TelephonyPrimitives
import Testing

/// Which addresses the other side is told.
@Suite(.serialized) struct AddressTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var listen: String
        var publicAddress: String?
        var mediaAddress: String?
        var told: String
        var toldForSound: String
    }

    private static let cases = [
        Case(
            testDescription: "all addresses, a public one", listen: "0.0.0.0", publicAddress: "203.0.113.7",
            mediaAddress: nil, told: "203.0.113.7", toldForSound: "203.0.113.7"),
        Case(
            testDescription: "one address, a public one", listen: "127.0.0.1", publicAddress: "203.0.113.7",
            mediaAddress: nil, told: "203.0.113.7", toldForSound: "203.0.113.7"),
        Case(
            testDescription: "all addresses", listen: "0.0.0.0", publicAddress: nil, mediaAddress: nil,
            told: "127.0.0.1", toldForSound: "127.0.0.1"),
        Case(
            testDescription: "sound on all addresses", listen: "127.0.0.1", publicAddress: nil,
            mediaAddress: "0.0.0.0", told: "127.0.0.1", toldForSound: "127.0.0.1"),
        Case(
            testDescription: "sound on all addresses, a public one", listen: "127.0.0.1",
            publicAddress: "203.0.113.7", mediaAddress: "0.0.0.0", told: "203.0.113.7", toldForSound: "203.0.113.7"),
        Case(
            testDescription: "sound on another address", listen: "127.0.0.1", publicAddress: nil,
            mediaAddress: "127.0.0.2", told: "127.0.0.1", toldForSound: "127.0.0.2"),
    ]

    private func listening(_ which: Case) throws -> (inout EndpointConfiguration) -> Void {
        let listen = try ListenAddress.udp(which.listen, 0)
        return {
            $0.listen = [listen]
            $0.publicAddress = which.publicAddress.flatMap { IPAddress($0) }
            $0.mediaAddress = which.mediaAddress.flatMap { IPAddress($0) }
        }
    }

    private func expect(
        _ which: Case, in message: SIPText, port: UInt16, sourceLocation: SourceLocation = #_sourceLocation
    ) {
        let contact = message.header("Contact") ?? ""
        #expect(
            contact.contains("@\(which.told):\(port)>") || contact.contains(":\(which.told):\(port)>"),
            "\(contact)", sourceLocation: sourceLocation)
        #expect(
            message.body.contains("c=IN IP4 \(which.toldForSound)\r\n"), "\(message.body)",
            sourceLocation: sourceLocation)
        #expect(!message.text.contains("0.0.0.0"), "\(message.text)", sourceLocation: sourceLocation)
    }

    @Test(.bounded, arguments: cases)
    func `F-01: behind NAT the public address is in Contact and SDP of an answer, and never 0.0.0.0`(_ which: Case)
        async throws
    {
        try await withEndpoint(change: listening(which)) { invitation in
            await invitation.ring()
            try await invitation.answer { call in for await _ in call.audio {} }
        } body: { endpoint in
            try await UDPPeer.with { peer in
                var caller = RawCaller(peer, to: endpoint.port)
                try await caller.invite(audioDescription(port: 4_000))
                let ringing = try await peer.response(180)
                #expect(!ringing.text.contains("0.0.0.0"))
                let answer = try await peer.response(200)
                expect(which, in: answer, port: endpoint.port)
                try await caller.acknowledge(answer)
                try await caller.perform("BYE")
            }
        }
    }

    @Test(.bounded, arguments: cases)
    func `F-01: behind NAT the public address is in Contact, Via and SDP of an INVITE, and never 0.0.0.0`(_ which: Case)
        async throws
    {
        try await withEndpoint(change: listening(which)) { endpoint in
            try await UDPPeer.with { peer in
                async let end = refusal {
                    try await endpoint.call(.init(to: "sip:bob@127.0.0.1:\(peer.port)")) { _ in }
                }
                let callee = try await RawCallee(peer, of: endpoint.port)
                expect(which, in: callee.invite, port: endpoint.port)
                #expect(callee.invite.header("Via")?.contains(" \(which.told):\(endpoint.port);") == true)
                try await callee.respond(486, "Busy Here")
                _ = try await peer.request("ACK")
                #expect(try await end.status == 486)
            }
        }
    }
}
