extension FlowTarget {
    /// Where a response goes when neither the connection of its request nor the address that it came from can be had:
    /// to what the name in its top Via resolves to, by SRV when no port is written (RFC 3261 §18.2.2, RFC 3263 §5).
    /// `nil` when an address is written there, which a stranger could choose among those that only we reach.
    ///
    /// - Parameters:
    ///   - response: the octets of the response, whose top Via is that of its request.
    ///   - first: the address that was tried before.
    init?(answering response: [UInt8], after first: FlowTarget) {
        guard case .response(let read)? = try? Message(parsing: response), let via = try? read.topVia,
            case .name(let name) = via.sentByHost
        else { return nil }
        self.init(host: name, port: via.sentByPort, transport: first.transport, secure: first.secure)
    }
}
