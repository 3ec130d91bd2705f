internal import SIPCore
internal import TelephonyPrimitives

/// Why there is no way to a target.
enum FlowFailure: Error, CustomStringConvertible {
    case noSocket(TransportProtocol, TransportAddress)
    /// None is left; the time is how long the first one wants to be left alone, when one said so.
    case noServer(Duration?)
    case downgrade(TransportProtocol)
    case unreachable

    var description: String {
        switch self {
        case .noSocket(let transport, let remote):
            "no \(transport.rawValue) socket of ours can reach \(remote); listen on an address of its family"
        case .noServer(nil): "no other server takes it"
        case .noServer(let pause?):
            "it is overloaded, and takes nothing for another \(pause.inMilliseconds / 1_000 + 1) s"
        case .downgrade(let transport): "a sips target is never reached over \(transport.rawValue) (RFC 3261 §26.2.2)"
        case .unreachable: "it is a client that only its own connection leads to, and that is closed (RFC 7118 §5)"
        }
    }
}

extension FlowTarget {
    /// - Throws: when a secure target names a transport without TLS, and for a host that resolves nowhere.
    func check() throws(FlowFailure) {
        if secure, let transport, !transport.isSecure { throw .downgrade(transport) }
        if host.lowercased().hasSuffix(".invalid") { throw .unreachable }
    }
}

extension [UInt8] {
    /// Whether this message of ours lets somebody in: a call that rings or is answered, a registration or a
    /// subscription that is accepted. An answer to OPTIONS lets nobody in.
    var isAcceptance: Bool {
        guard starts(with: "SIP/2.0 ".utf8), case .response(let response) = try? Message(parsing: self),
            let method = try? response.cseq.method
        else { return false }
        return switch method {
        case .invite: (101..<300).contains(response.status)
        case .register, .subscribe, .refer: (200..<300).contains(response.status)
        default: false
        }
    }
}
