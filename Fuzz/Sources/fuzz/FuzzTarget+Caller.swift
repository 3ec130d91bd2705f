import TelephonyPrimitives

@testable import SIPCore

extension FuzzTarget {
    /// What is said about who calls: the first octet chooses the header.
    static func identity(_ octets: [UInt8]) {
        guard let selector = octets.first else { return }
        let text = value(octets.dropFirst())
        switch selector % 8 {
        case 0: roundTrip(text, { try? Reason(parsing: $0) }, \.description)
        case 1: roundTrip(text, { try? Privacy(parsing: $0) }, \.description)
        case 2: roundTrip(text, { try? Diversion(parsing: $0) }, \.description)
        case 3:
            guard let entry = try? HistoryEntry(parsing: text) else { return }
            _ = (entry.uri, entry.index, entry.mapping, entry.reasons, entry.privacy)
        case 4:
            roundTrip(text, { try? UserToUser(parsing: $0) }, \.description)
            _ = (try? UserToUser(parsing: text))?.octets
        case 5:
            guard let number = TelephoneNumber(text) else { return }
            let plan = NumberingPlan.northAmerica
            guard plan.global(plan.global(number)) == plan.global(number) else { fatalError("a number changes twice") }
        case 6: roundTrip(text, { try? SIPDate(parsing: $0) }, \.description)
        default:
            roundTrip(text, { try? IdentityHeader(parsing: $0) }, \.description)
            let head =
                "INVITE sip:h SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bKa\r\nFrom: <sip:1@h>;tag=a\r\nTo: <sip:2@h>\r\n"
                + "Call-ID: c\r\nCSeq: 1 INVITE\r\nIdentity: "
            let end = Array("\r\n\r\n".utf8)
            guard case .request(let request)? = try? Message(parsing: Array(head.utf8) + Array(text.utf8) + end),
                let key = ES256PrivateKey(number: Array(1...32))?.publicKey
            else { return }
            let outcome = IdentityVerifier().verify(request, now: SIPDate(seconds: 0)) { _ in .key(key) }
            if case .verified = outcome { fatalError("a signature of nobody was taken for good") }
        }
    }

    /// Credentials, in the hands of a registrar.
    static func digest(_ octets: [UInt8]) {
        let text = String(decoding: octets, as: UTF8.self)
        _ = try? DigestChallenge(parsing: text)
        var server = DigestServer(realm: "r", users: ["u": "p"], secret: Array(0..<16))
        let head =
            "REGISTER sip:h SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bKa\r\nFrom: <sip:u@h>;tag=a\r\nTo: <sip:u@h>\r\n"
            + "Call-ID: c\r\nCSeq: 1 REGISTER\r\nMax-Forwards: 70\r\nContent-Length: 0\r\nAuthorization: "
        if case .request(let request)? = try? Message(parsing: Array(head.utf8) + octets + Array("\r\n\r\n".utf8)) {
            guard case .accepted = server.verify(request: request, now: .zero) else { return }
            fatalError("a stranger was taken for somebody")
        }
    }
}
