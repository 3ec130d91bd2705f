internal import SIPCore
internal import SIPNIO
internal import TelephonyPrimitives

/// Whether something between us and a server rewrites SIP, as routers with an "SIP ALG" do: a response brings back Via,
/// Call-ID and From as the server got them (RFC 3261 §8.2.6.2), and that of a registration our Contact.
struct RewritingCheck {
    private let subject: String
    private let who: String
    private let messages: [TracedMessage]

    /// - Parameters:
    ///   - subject: of the result.
    ///   - who: the server.
    ///   - messages: what went to it and came from it.
    init(_ subject: String, who: String, _ messages: [TracedMessage]) {
        self.subject = subject
        self.who = who
        self.messages = messages
    }

    /// - Returns: `nil` when nothing came back that could tell.
    func result() -> CheckResult? {
        let exchanges = exchanges
        guard !exchanges.isEmpty else { return nil }
        if let change = exchanges.lazy.compactMap({ $0.change }).first {
            return CheckResult(
                subject, .failure, "Something between us and \(who) rewrites SIP: \(change).", fix: Self.fix)
        }
        if let change = exchanges.lazy.compactMap({ $0.contactChange }).first {
            return CheckResult(
                subject, .warning,
                "\(change): something between us and \(who) rewrites SIP, or \(who) does it itself.", fix: Self.fix)
        }
        if let change = exchanges.lazy.compactMap({ $0.missingSource }).first {
            return CheckResult(
                subject, .warning, "\(change): something between us and \(who) seems to rewrite SIP both ways.",
                fix: Self.fix)
        }
        return CheckResult(subject, .fine, "What we send comes to \(who) as we wrote it, by what its answers show.")
    }

    private static let fix =
        "Turn \"SIP ALG\" (or \"SIP helper\") off in the router, or use transport: tls, which it can't read."

    // MARK: What was sent, and what came back
    struct Exchange {
        var sent: Request
        var received: Response
        var remote: TransportAddress
        var local: TransportAddress
    }

    private var exchanges: [Exchange] {
        var requests: [(Request, TracedMessage)] = []
        var found: [Exchange] = []
        for message in messages {
            switch try? Message(parsing: message.octets) {
            case .request(let request) where !message.isReceived: requests.append((request, message))
            case .response(let response) where message.isReceived:
                // By CSeq and the server: whatever else is compared may have been changed.
                let pair = requests.last { request, sent in
                    request.first(.cseq) == response.first(.cseq) && sent.flow.remote == message.flow.remote
                }
                guard let (request, _) = pair else { continue }
                found.append(
                    Exchange(
                        sent: request, received: response, remote: message.flow.remote, local: message.flow.local))
            default: continue
            }
        }
        return found
    }
}

extension RewritingCheck.Exchange {
    /// What came back otherwise than it went out, for a sentence.
    fileprivate var change: String? {
        guard let ours = try? sent.topVia else { return nil }
        guard let theirs = try? received.topVia else { return "the answer has no Via" }
        if theirs.sentByKey != ours.sentByKey {
            return "our Via said \(place(ours)), and came back as \(place(theirs))"
        }
        if theirs.branch != ours.branch { return "the branch of our Via came back changed" }
        if sent.first(.callID) != received.first(.callID) { return "our Call-ID came back changed" }
        if sent.fromTagOctets != received.fromTagOctets { return "the tag of our From came back changed" }
        return nil
    }

    private func place(_ via: Via) -> String { "\(via.sentByHost)" + (via.sentByPort.map { ":\($0)" } ?? "") }

    /// How our Contact came back in the answer to a registration.
    fileprivate var contactChange: String? {
        guard sent.method == .register, received.isSuccess, let ours = Self.contacts(sent).first else { return nil }
        let theirs = Self.contacts(received)
        guard !theirs.isEmpty, !theirs.contains(where: { $0.host == ours.host && $0.port == ours.port }),
            let one = theirs.first(where: { $0.user == ours.user })
        else { return nil }
        return "Our Contact said \(Self.place(ours)), and came back as \(Self.place(one))"
    }

    private static func contacts(_ message: some SIPMessage) -> [SIPURI] {
        guard case .addresses(let list)? = try? message.contacts else { return [] }
        return list.compactMap(\.uri.sip)
    }

    private static func place(_ uri: SIPURI) -> String { "\(uri.host)" + (uri.port.map { ":\($0)" } ?? "") }

    /// A server outside must note where it saw us when we wrote a private address (RFC 3581 §4), unless somebody has put
    /// another one there, and ours again on the way back.
    fileprivate var missingSource: String? {
        guard let via = try? received.topVia, let address = via.sentByAddress, address.isPrivate,
            !address.isLoopback, !remote.ip.isPrivate, !remote.ip.isLoopback, via.received == nil
        else { return nil }
        return "We wrote \(address) and \(remote.ip) did not note another address"
    }
}
