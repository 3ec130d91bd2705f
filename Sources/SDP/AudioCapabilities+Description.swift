public import TelephonyPrimitives

extension AudioCapabilities {
    /// What we could take, for an answer to OPTIONS: every codec, with port 0 so that nobody takes it for an offer or an
    /// answer (RFC 3264 §9).
    ///
    /// - Parameters:
    ///   - sessionID: a random number for the `o=` line, another one for each such description.
    ///   - address: for the `o=` and `c=` lines; any one will do, for nothing is sent there.
    public func sessionDescription(sessionID: UInt64, address: IPAddress) -> SessionDescription {
        var exchange = AudioOfferAnswer(
            sessionID: sessionID, local: TransportAddress(ip: address, port: 0), capabilities: self)
        return exchange.makeOffer()
    }
}
