/// What stands in the way of a connection, as the reason that it came to nothing says it.
enum ConnectionTrouble: Sendable, Hashable {
    /// No DNS server answers.
    case noNames
    case expired
    case notYetValid
    /// Nobody whom we trust vouches for the certificate.
    case untrusted
    /// The certificate is for somebody else.
    case wrongHost

    /// - Returns: `nil` when the reason is another.
    init?(_ reason: String) {
        let known: [(String, ConnectionTrouble)] = [
            ("could not be looked up", .noNames), ("certificate has expired", .expired),
            ("certificate is not valid yet", .notYetValid), ("is not among the trusted roots", .untrusted),
            ("no trusted root vouches for", .untrusted), ("certificate is not for", .wrongHost),
        ]
        guard let trouble = known.first(where: { reason.contains($0.0) })?.1 else { return nil }
        self = trouble
    }

    func fix(host: String) -> String {
        switch self {
        case .noNames:
            "No DNS server answers: look at those of dns:, or of this machine (/etc/resolv.conf), and at firewalls that "
                + "keep port 53 from going out."
        case .expired:
            "Whoever runs \(host) has to renew it. If it is good there, this machine's clock is off (`date -u`)."
        case .notYetValid: "This machine's clock is off (`date -u`), or whoever runs \(host) has to wait."
        case .untrusted:
            "Name the authority that signed it in tls.trust; a provider's own is among those of the system."
        case .wrongHost: "Write host: of the trunk as the certificate has it, a name and no address."
        }
    }
}
