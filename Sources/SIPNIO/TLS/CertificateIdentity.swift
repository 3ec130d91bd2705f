internal import SIPCore
internal import TelephonyPrimitives

/// Why a peer's certificate is not taken.
enum CertificateProblem: Error, Hashable, Sendable, CustomStringConvertible {
    case wrongHost(wanted: String, found: [String])
    case expired
    case notYetValid
    case selfSigned
    case untrusted(issuer: String)
    case weakKey
    case weakSignature
    case unreadable
    case missing

    var description: String {
        switch self {
        case .wrongHost(let wanted, let found):
            "the peer's certificate is not for \(wanted) but for \(found.isEmpty ? "no SIP domain" : found.joined(separator: ", ")) (RFC 5922 §7)"
        case .expired: "the peer's certificate has expired"
        case .notYetValid: "the peer's certificate is not valid yet"
        case .selfSigned: "the peer's certificate is self-signed and is not among the trusted roots"
        case .untrusted(let issuer): "the peer's certificate was issued by \(issuer), which no trusted root vouches for"
        case .weakKey: "the key of the peer's certificate is too short (RSA below 2048 bits, or a curve below 256)"
        case .weakSignature: "the peer's certificate is signed over a broken hash (MD5 or SHA-1)"
        case .unreadable: "the peer's certificate can't be read"
        case .missing: "the peer showed no certificate"
        }
    }
}

extension CertificateFields {
    /// The SIP domains that the certificate speaks for, in lower case (RFC 5922 §7.1): the hosts of `sip` URIs without
    /// a user; when there is none, DNS names; and only without any alternative name the common name.
    var sipDomains: [String] {
        let fromURIs = uris.compactMap(Self.domain)
        if !fromURIs.isEmpty { return fromURIs }
        if hasAlternativeNames { return domainNames.map { $0.lowercased() } }
        return commonNames.suffix(1).map { $0.lowercased() }
    }

    private static func domain(_ text: String) -> String? {
        guard let uri = try? SIPURI(parsing: text), !uri.isSecure, uri.user == nil else { return nil }
        return uri.hostText.lowercased()
    }

    /// Whether it is for `host`, a domain or an IP address.
    ///
    /// Domains are compared whole and without regard to case; a wildcard stands for nothing but itself, and so never
    /// matches (RFC 5922 §7.2).
    func isFor(_ host: String) -> Bool {
        if let address = IPAddress(host) { return addresses.contains(address) }
        var wanted = host.lowercased()
        if wanted.hasSuffix(".") { wanted.removeLast() }
        return !wanted.isEmpty && !wanted.contains("*") && sipDomains.contains(wanted)
    }

    /// Checks what the chain's own check leaves open: the host, and the strength of key and signature.
    ///
    /// - Parameter host: for whom it has to be; `nil` when any will do, as for a client's certificate.
    func check(for host: String?) throws(CertificateProblem) {
        if let problem = weakness { throw problem }
        guard let host, !isFor(host) else { return }
        throw .wrongHost(wanted: host, found: Array((sipDomains + addresses.map(\.description)).prefix(8)))
    }

    var weakness: CertificateProblem? {
        switch key {
        case .rsa(let bits) where bits < 2048: return .weakKey
        case .elliptic(let bits) where bits < 256: return .weakKey
        default: return isWeaklySigned && !isSelfIssued ? .weakSignature : nil
        }
    }

    /// Why the chain that begins with this certificate found no trust.
    ///
    /// - Parameter now: seconds since 1970.
    func distrust(now: Int64) -> CertificateProblem {
        if let weakness { return weakness }
        if let notAfter, now > notAfter { return .expired }
        if let notBefore, now < notBefore { return .notYetValid }
        return isSelfIssued ? .selfSigned : .untrusted(issuer: issuer)
    }
}
