internal import FoundationEssentials
internal import NIOCore
internal import NIOSSL
internal import NIOTLS
internal import TelephonyPrimitives

/// Stands behind the TLS handler: checks the peer's certificate by the rules of SIP once the chain has been checked, and
/// turns a failed handshake into a reason that people can act on.
final class TLSPeerCheck: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let host: String?
    private let mustShow: Bool
    private let onFailure: @Sendable (any Error) -> Void
    private var hasFailed = false
    /// For whom the peer has shown to be; empty before the handshake is over and for peers without a certificate.
    private(set) var names: Set<String> = []

    /// - Parameters:
    ///   - host: for whom the certificate has to be; `nil` when any will do.
    ///   - mustShow: whether the certificate is looked at.
    ///   - onFailure: called with the reason when the peer is refused; the connection is closed then.
    init(host: String?, mustShow: Bool, onFailure: @escaping @Sendable (any Error) -> Void) {
        self.host = host
        self.mustShow = mustShow
        self.onFailure = onFailure
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if let event = event as? TLSUserEvent, case .handshakeCompleted = event {
            do {
                try check(context)
            } catch {
                fail(error, context)
                return
            }
        }
        context.fireUserInboundEventTriggered(event)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if !hasFailed { context.fireChannelRead(data) }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard !hasFailed else { return }
        guard case .handshakeFailed = error as? NIOSSLError, "\(error)".contains("CERTIFICATE_VERIFY_FAILED") else {
            onFailure(error)
            context.fireErrorCaught(error)
            return
        }
        let now = Int64(Date().timeIntervalSince1970)
        fail(certificate(context)?.distrust(now: now) ?? CertificateProblem.unreadable, context)
    }

    private func check(_ context: ChannelHandlerContext) throws(CertificateProblem) {
        guard mustShow else {
            if let host { names = [host.lowercased()] }
            return
        }
        guard let certificate = certificate(context) else { throw .missing }
        try certificate.check(for: host)
        names =
            host.map { [$0.lowercased()] } ?? Set(certificate.sipDomains + certificate.addresses.map(\.description))
    }

    private func certificate(_ context: ChannelHandlerContext) -> CertificateFields? {
        guard let certificate = try? context.pipeline.syncOperations.nioSSL_peerCertificate(),
            let octets = try? certificate.toDERBytes()
        else { return nil }
        return CertificateFields(der: octets)
    }

    private func fail(_ error: any Error, _ context: ChannelHandlerContext) {
        hasFailed = true
        onFailure(error)
        context.fireErrorCaught(error)
        context.close(promise: nil)
    }
}
