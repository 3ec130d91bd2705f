/// Certificates and trust for SIP over TLS and over WebSocket with TLS. TLS 1.2 and 1.3 are spoken, nothing older.
public struct SIPTLSConfiguration: Hashable, Sendable {
    /// What `tls` and `wss` listeners show; needed when there is one.
    public var server: CertificateFiles?
    /// What we show to servers that ask for a certificate (mutual TLS); `nil` shows none.
    public var client: CertificateFiles?
    /// A PEM file of roots that are trusted in place of the system's, for servers and clients alike.
    public var trustRoots: String?
    /// Whether peers that connect to us have to show a certificate that leads to a trusted root.
    public var requiresClientCertificates = false
    /// Whether servers have to show a valid certificate for the host that we want (RFC 5922). Without it anybody on
    /// the way can listen and answer in the server's place; each start says so in the log.
    public var verifiesServers = true

    public init() {}
}

/// A certificate with its chain, and its private key, as PEM files.
public struct CertificateFiles: Hashable, Sendable {
    /// The certificate first, then those that vouch for it.
    public var chain: String
    public var privateKey: String

    /// - Parameters:
    ///   - chain: the path of the certificate with its chain.
    ///   - privateKey: the path of the private key.
    public init(chain: String, privateKey: String) {
        self.chain = chain
        self.privateKey = privateKey
    }
}
