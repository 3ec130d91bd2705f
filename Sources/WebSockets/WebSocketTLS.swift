internal import NIOSSL
internal import Synchronization

/// How a client trusts the server of a `wss` URL.
public struct WebSocketTLS: Hashable, Sendable {
    /// Whether the server has to show a certificate for its name by somebody we trust. Without, anybody may listen in.
    public var verifiesCertificates = true
    /// PEM files with roots that are trusted besides those of the system.
    public var additionalRoots: [String]

    public init(additionalRoots: [String] = []) {
        self.additionalRoots = additionalRoots
    }

    /// Contexts are dear to make: the roots of the system are read for each.
    private static let made = Mutex<[WebSocketTLS: NIOSSLContext]>([:])

    func context() throws(WebSocketConnectionError) -> NIOSSLContext {
        if let context = Self.made.withLock({ $0[self] }) { return context }
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.minimumTLSVersion = .tlsv12
        configuration.certificateVerification = verifiesCertificates ? .fullVerification : .none
        configuration.additionalTrustRoots = additionalRoots.map { .file($0) }
        configuration.applicationProtocols = ["http/1.1"]
        let context: NIOSSLContext
        do {
            context = try NIOSSLContext(configuration: configuration)
        } catch {
            throw .invalid("the trusted roots can't be read: \(error)")
        }
        Self.made.withLock { made in
            if made.count >= 8 { made.removeAll() }
            made[self] = context
        }
        return context
    }
}

/// With what a server shows who it is; PEM files.
public struct WebSocketServerCertificate: Hashable, Sendable {
    public var chain: String
    public var privateKey: String

    public init(chain: String, privateKey: String) {
        self.chain = chain
        self.privateKey = privateKey
    }

    func context() throws(WebSocketConnectionError) -> NIOSSLContext {
        do {
            let chain = try NIOSSLCertificate.fromPEMFile(chain)
            let key = try NIOSSLPrivateKey(file: privateKey, format: .pem)
            var configuration = TLSConfiguration.makeServerConfiguration(
                certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(key))
            configuration.minimumTLSVersion = .tlsv12
            return try NIOSSLContext(configuration: configuration)
        } catch {
            throw .invalid("the certificate or its key can't be read: \(error)")
        }
    }
}
