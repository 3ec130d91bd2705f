internal import ArgumentParser
internal import FoundationEssentials
internal import Sandbox
internal import TelephonyPrimitives
internal import TrunklineConfiguration

/// TLS and names of a sandbox, as flags.
struct SandboxCarrierOptions: ParsableArguments {
    @Flag(help: "Take SIP over TLS, too.")
    var tls = false

    @Flag(help: "The agent's connection has encrypted sound (SRTP, keys in the session description).")
    var srtp = false

    @Option(help: ArgumentHelp("The port of SIP over TLS.", valueName: "port"))
    var tlsPort: UInt16 = 5082

    @Option(
        help: ArgumentHelp(
            "What is shown over TLS: the chain in PEM; without it one is made at each start.", valueName: "file"))
    var certificate: String?

    @Option(help: ArgumentHelp("The private key of --certificate, in PEM.", valueName: "file"))
    var key: String?

    @Option(
        help: ArgumentHelp(
            "Where to write the authority that the agent has to trust, when the certificate is made here.",
            valueName: "file"))
    var authority = "~/.local/share/trunkline/sandbox-authority.pem"

    @Option(
        help: ArgumentHelp(
            "Answer the DNS (UDP) for the carrier's names there: they lead to this sandbox.", valueName: "address:port")
    )
    var dns: String?

    @Option(
        help: ArgumentHelp(
            "With --dns, a name of the carrier in place of Telnyx's; may be given several times.", valueName: "name"))
    var name: [String] = []

    /// How long a certificate that is made here is good.
    private static let life: Int64 = 30 * 86_400

    func validate() throws {
        guard (certificate == nil) == (key == nil) else {
            throw ValidationError("--certificate and --key go together: the chain, and its private key.")
        }
        guard tls || certificate == nil else { throw ValidationError("--certificate is for TLS: add --tls.") }
        if let dns, SandboxCommand.place(dns) == nil {
            throw ValidationError("--dns \(dns): give an IP address and a port such as 127.0.0.1:5353.")
        }
        guard dns != nil || name.isEmpty else { throw ValidationError("--name is for the name server: add --dns.") }
        for name in name where !Self.isHost(name) {
            throw ValidationError("--name \(name): give the name of a host such as sip.example.com.")
        }
    }

    private static func isHost(_ name: String) -> Bool {
        let labels = name.split(separator: ".", omittingEmptySubsequences: false)
        return name.utf8.count <= 64 && labels.count > 1
            && labels.allSatisfy { label in
                (1...63).contains(label.utf8.count)
                    && label.utf8.allSatisfy { octet in
                        (0x61...0x7A).contains(octet | 0x20) || (0x30...0x39).contains(octet) || octet == 0x2D
                    }
            }
    }

    /// What goes wrong can only go wrong where it is.
    func validate(_ fault: SandboxFault) throws {
        switch fault {
        case .expiredCertificate where !tls || certificate != nil:
            throw ValidationError("--fault expired-certificate: add --tls, without --certificate.")
        case .noDNS where dns == nil:
            throw ValidationError("--fault no-dns is of the name server: add --dns 127.0.0.1:5353.")
        default: break
        }
    }

    /// Lays them over the settings, and writes the authority's file.
    func apply(to settings: inout SandboxSettings) throws {
        if let place = dns.flatMap(SandboxCommand.place) {
            settings.names =
                name.isEmpty ? SandboxNames(listen: place) : SandboxNames(listen: place, hosts: name)
        }
        settings.trunk.encryptsMedia = srtp
        guard tls else { return }
        settings.tls = SandboxTLS(port: tlsPort, identity: try identity(settings))
    }

    private func identity(_ settings: SandboxSettings) throws -> SandboxIdentity {
        if let certificate, let key {
            return SandboxIdentity(chain: try Self.text(certificate), key: Secret(try Self.text(key)))
        }
        let now = Int64(Date().timeIntervalSince1970)
        let isExpired = settings.fault == .expiredCertificate
        let validity = isExpired ? now - Self.life...now - 86_400 : now - 3_600...now + Self.life
        let identity = try SandboxIdentity(
            names: settings.names?.hosts ?? [], addresses: settings.edges.map(\.ip), validity: validity, now: now)
        let path = HomePath.absolute(authority)
        do {
            if let end = path.lastIndex(of: "/") {
                try FileManager.default.createDirectory(
                    atPath: String(path[..<end]), withIntermediateDirectories: true)
            }
            try Data((identity.authority ?? "").utf8).write(to: URL(fileURLWithPath: path))
        } catch {
            throw ValidationError("--authority \(authority) can't be written: \(error)")
        }
        return identity
    }

    private static func text(_ path: String) throws -> String {
        do {
            return String(decoding: try Data(contentsOf: URL(fileURLWithPath: HomePath.absolute(path))), as: UTF8.self)
        } catch {
            throw ValidationError("\(path) can't be read.")
        }
    }
}
