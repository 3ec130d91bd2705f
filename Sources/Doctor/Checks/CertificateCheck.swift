internal import FoundationEssentials
internal import NIOSSL
internal import SIPCore
internal import TrunklineConfiguration

/// Whether the certificate of SIP over TLS can be shown, and for how long.
struct CertificateCheck {
    /// From here on the end is near.
    private static let soon: Int64 = 14 * 86_400

    private let tls: Configuration.TLS

    init(_ tls: Configuration.TLS) {
        self.tls = tls
    }

    func results() -> [CheckResult] {
        var results: [CheckResult] = []
        if let certificate = tls.certificate, let key = tls.key {
            results.append(own(HomePath.expand(certificate), key: HomePath.expand(key)))
        }
        if let trust = tls.trust.map(HomePath.expand) {
            results.append(roots(trust))
        }
        if !tls.verify {
            results.append(
                CheckResult(
                    "TLS", .warning, "tls.verify is off: whoever sits on the way can pass for your provider.",
                    fix: "Delete the line; name the authority of a certificate of your own with tls.trust."))
        }
        return results
    }

    private func own(_ path: String, key: String) -> CheckResult {
        let chain: [NIOSSLCertificate]
        do {
            chain = try NIOSSLCertificate.fromPEMFile(path)
        } catch {
            return CheckResult(
                "certificate", .failure, "\(path) can't be read as certificates in PEM: \(error).",
                fix: "Let tls.certificate name the chain, your own certificate first.")
        }
        guard let first = chain.first else {
            return CheckResult(
                "certificate", .failure, "There is no certificate in \(path).",
                fix: "Let tls.certificate name the chain, your own certificate first.")
        }
        do {
            let secret = try NIOSSLPrivateKey(file: key, format: .pem)
            _ = try NIOSSLContext(
                configuration: .makeServerConfiguration(
                    certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(secret)))
        } catch {
            return CheckResult(
                "certificate", .failure, "The key \(key) can't be read, or is not that of \(path): \(error).",
                fix: "Let tls.key name the private key that the certificate was made for, in PEM.")
        }
        return Self.judge(
            path, from: Int64(first.notValidBefore), until: Int64(first.notValidAfter),
            now: Int64(Date().timeIntervalSince1970))
    }

    private func roots(_ path: String) -> CheckResult {
        let count = (try? NIOSSLCertificate.fromPEMFile(path))?.count ?? 0
        return count > 0
            ? CheckResult("authorities", .fine, "\(path) has \(count).")
            : CheckResult(
                "authorities", .failure, "\(path) can't be read, or no certificate is in it.",
                fix: "Let tls.trust name authorities in PEM, or delete the line: then those of the system count.")
    }

    /// - Parameters:
    ///   - from: seconds since 1970, as the others.
    static func judge(_ path: String, from: Int64, until: Int64, now: Int64) -> CheckResult {
        let end = SIPDate(seconds: until)
        if now >= until {
            return CheckResult(
                "certificate", .failure, "\(path) is over since \(end): no peer that looks will talk to us.",
                fix: "Renew it, and start the server again.")
        }
        if now < from {
            return CheckResult(
                "certificate", .failure, "\(path) is not valid before \(SIPDate(seconds: from)).",
                fix: "Look at this machine's clock (`date -u`), or wait.")
        }
        let days = (until - now) / 86_400
        guard until - now > soon else {
            return CheckResult(
                "certificate", .warning, "\(path) is over in \(days) days, \(end).", fix: "Renew it before.")
        }
        return CheckResult("certificate", .fine, "\(path) is good for \(days) days, and its key fits.")
    }
}
