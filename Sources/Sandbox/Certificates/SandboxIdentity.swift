import Crypto
public import TelephonyPrimitives

/// What the edges of a sandbox show over TLS.
public struct SandboxIdentity: Sendable {
    /// The certificate that an agent has to trust, in PEM; `nil`: whoever has made the certificate knows it.
    public let authority: String?
    /// The certificate first, then those that vouch for it, in PEM.
    public let chain: String
    /// The private key, in PEM.
    public let key: Secret

    /// One that somebody else has made.
    ///
    /// - Parameters:
    ///   - chain: the certificate first, in PEM.
    ///   - key: its private key, in PEM.
    public init(chain: String, key: Secret) {
        authority = nil
        self.chain = chain
        self.key = key
    }

    /// A new authority, and a certificate by it (RFC 5280), on P-256.
    ///
    /// The authority's key is forgotten at once: nobody makes another certificate by it.
    ///
    /// - Parameters:
    ///   - names: the hosts that it is for.
    ///   - addresses: the addresses that it is for.
    ///   - validity: from when until when the certificate is good, in seconds since 1970. The authority is good until a day
    ///     after `now` at least.
    ///   - now: seconds since 1970.
    public init(names: [String], addresses: [IPAddress], validity: ClosedRange<Int64>, now: Int64) throws {
        let authorityKey = P256.Signing.PrivateKey()
        let ownKey = P256.Signing.PrivateKey()
        let life = min(validity.lowerBound, now - 86_400)...max(validity.upperBound, now + 86_400)
        let authority = try Self.certificate(
            of: "Trunkline sandbox authority", key: ownOctets(authorityKey), by: authorityKey, validity: life,
            extensions: [
                // It may sign certificates, and no more.
                Self.extended(
                    [0x55, 0x1D, 0x13], isCritical: true, DERElement.make(DERElement.sequence, [0x01, 0x01, 0xFF])),
                Self.extended([0x55, 0x1D, 0x0F], isCritical: true, [0x03, 0x02, 0x02, 0x04]),
            ])
        let certificate = try Self.certificate(
            of: names.first ?? "sandbox", key: ownOctets(ownKey), by: authorityKey, validity: validity,
            extensions: [Self.extended([0x55, 0x1D, 0x11], isCritical: false, Self.alternatives(names, addresses))])
        self.authority = Self.pem(authority)
        chain = Self.pem(certificate)
        key = Secret(ownKey.pemRepresentation)
    }

    // MARK: Parts

    private static let issuer = "Trunkline sandbox authority"
    /// ecdsa-with-SHA256 (RFC 5758 §3.2).
    private static let algorithm = DERElement.make(
        DERElement.sequence, DERElement.identifier([0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x04, 0x03, 0x02]))

    private static func certificate(
        of name: String, key: [UInt8], by authority: P256.Signing.PrivateKey, validity: ClosedRange<Int64>,
        extensions: [[UInt8]]
    ) throws -> [UInt8] {
        let content = DERElement.make(
            DERElement.sequence, DERElement.make(0xA0, DERElement.integer(2)),
            DERElement.integer(UInt64.random(in: 1...UInt64(Int64.max))), algorithm, self.name(issuer),
            DERElement.make(
                DERElement.sequence, DERElement.time(validity.lowerBound), DERElement.time(validity.upperBound)),
            self.name(name), key,
            DERElement.make(0xA3, DERElement.make(DERElement.sequence, Array(extensions.joined()))))
        let signature = try authority.signature(for: content)
        return DERElement.make(
            DERElement.sequence, content, algorithm, DERElement.bits(Array(signature.derRepresentation)))
    }

    private static func name(_ text: String) -> [UInt8] {
        let part = DERElement.make(
            DERElement.sequence, DERElement.identifier([0x55, 0x04, 0x03]), DERElement.text(text))
        return DERElement.make(DERElement.sequence, DERElement.make(DERElement.set, part))
    }

    private static func extended(_ name: [UInt8], isCritical: Bool, _ value: [UInt8]) -> [UInt8] {
        DERElement.make(
            DERElement.sequence, DERElement.identifier(name), isCritical ? [0x01, 0x01, 0xFF] : [],
            DERElement.make(0x04, value))
    }

    private static func alternatives(_ names: [String], _ addresses: [IPAddress]) -> [UInt8] {
        let hosts = names.map { DERElement.make(0x82, Array($0.utf8)) }
        let places = addresses.map { DERElement.make(0x87, $0.octets) }
        return DERElement.make(DERElement.sequence, Array((hosts + places).joined()))
    }

    private static func pem(_ octets: [UInt8]) -> String {
        var text = "-----BEGIN CERTIFICATE-----\n"
        var rest = Base64.text(octets)[...]
        while !rest.isEmpty {
            text += rest.prefix(64) + "\n"
            rest = rest.dropFirst(64)
        }
        return text + "-----END CERTIFICATE-----\n"
    }
}

/// The public half of a key, as certificates have it.
private func ownOctets(_ key: P256.Signing.PrivateKey) -> [UInt8] { Array(key.publicKey.derRepresentation) }
