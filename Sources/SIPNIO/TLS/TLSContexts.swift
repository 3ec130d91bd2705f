internal import NIOSSL

/// What new TLS connections are made with. Loaded as a whole or not at all.
struct TLSContexts: Sendable {
    let server: NIOSSLContext?
    let client: NIOSSLContext
    /// Whether the certificate of a server is looked at.
    let verifiesServers: Bool

    /// Reads the files.
    ///
    /// - Throws: ``SIPTransportError/badCertificate(path:reason:)``, which names the file.
    init(_ configuration: SIPTLSConfiguration) throws(SIPTransportError) {
        let roots = try Self.roots(configuration.trustRoots)
        var client = TLSConfiguration.makeClientConfiguration()
        client.minimumTLSVersion = .tlsv12
        client.trustRoots = roots
        // The host is checked by the rules of SIP and not of the web: see `CertificateFields.check`.
        client.certificateVerification = configuration.verifiesServers ? .noHostnameVerification : .none
        if let files = configuration.client {
            (client.certificateChain, client.privateKey) = try Self.load(files)
        }
        self.client = try Self.context(client, configuration.client?.chain ?? configuration.trustRoots)
        verifiesServers = configuration.verifiesServers
        guard let files = configuration.server else {
            server = nil
            return
        }
        let (chain, key) = try Self.load(files)
        guard let key else { throw .badCertificate(path: files.privateKey, reason: "there is no key in it") }
        var server = TLSConfiguration.makeServerConfiguration(certificateChain: chain, privateKey: key)
        server.minimumTLSVersion = .tlsv12
        if configuration.requiresClientCertificates {
            server.trustRoots = roots
            server.certificateVerification = .noHostnameVerification
        }
        self.server = try Self.context(server, files.chain)
    }

    private static func roots(_ path: String?) throws(SIPTransportError) -> NIOSSLTrustRoots {
        guard let path else { return .default }
        do {
            let certificates = try NIOSSLCertificate.fromPEMFile(path)
            guard !certificates.isEmpty else {
                throw SIPTransportError.badCertificate(path: path, reason: "there is no certificate in it")
            }
            return .certificates(certificates)
        } catch {
            throw Self.failure(path, error)
        }
    }

    private static func load(
        _ files: CertificateFiles
    ) throws(SIPTransportError) -> ([NIOSSLCertificateSource], NIOSSLPrivateKeySource?) {
        let chain: [NIOSSLCertificate]
        do {
            chain = try NIOSSLCertificate.fromPEMFile(files.chain)
        } catch {
            throw failure(files.chain, error)
        }
        guard !chain.isEmpty else { throw .badCertificate(path: files.chain, reason: "there is no certificate in it") }
        do {
            let key = try NIOSSLPrivateKey(file: files.privateKey, format: .pem)
            return (chain.map { .certificate($0) }, .privateKey(key))
        } catch {
            throw failure(files.privateKey, error)
        }
    }

    private static func context(
        _ configuration: TLSConfiguration, _ path: String?
    ) throws(SIPTransportError) -> NIOSSLContext {
        do {
            return try NIOSSLContext(configuration: configuration)
        } catch {
            throw failure(path ?? "the system's roots", error)
        }
    }

    private static func failure(_ path: String, _ error: any Error) -> SIPTransportError {
        if let error = error as? SIPTransportError { return error }
        return .badCertificate(path: path, reason: "\(error)")
    }
}
