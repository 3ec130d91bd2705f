internal import SIPCore
internal import SIPNIO
internal import TelephonyPrimitives

extension EndpointConfiguration {
    /// What the SIP rim and its core are told.
    func userAgent() throws -> SIPUserAgentConfiguration {
        var core = UserAgentConfiguration(userAgentName: userAgentName)
        // Room above the calls' own limit, so that one too many is refused by the endpoint, which says why.
        core.maxSessions = maximumCalls + 100
        // A flood of calls that nobody acknowledges leaves half of them to those who have shown that they are there.
        core.maxByStrangers = max(1, maximumCalls / 2)
        core.registrar = registrar
        core.servesRefer = onReferral != nil
        core.trustDomain = trustDomain
        let peers = trunks.flatMap(\.sources) + trustDomain.addresses.map { IPNetwork($0) }
        if !trunks.isEmpty || acceptedSources != nil {
            core.admission = SourceAdmission(
                peers: peers,
                others: [IPNetwork("127.0.0.0/8"), IPNetwork("::1")].compactMap(\.self) + (acceptedSources ?? []))
        }
        let trusted = Set(trunks.flatMap(\.sources).compactMap(\.addresses).joined())
        core.trustDomain.addresses.formUnion(trusted)
        core.capabilityDescription = MediaNegotiation.capabilityDescription(
            of: codecs, address: publicAddress ?? listen.first?.address.ip ?? .v4(0),
            sessionID: .random(in: 1...UInt64(Int64.max)))
        if let publicAddress {
            for address in listen where core.advertised[address.protocol] == nil {
                core.advertised[address.protocol] = TransportAddress(ip: publicAddress, port: address.address.port)
            }
        }
        if let authentication {
            var generator = SystemRandomNumberGenerator()
            let secret = (0..<32).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
            core.authentication = DigestServer(
                realm: authentication.realm, users: authentication.users, secret: secret,
                algorithms: authentication.algorithms, information: authentication.information,
                asksForUserHashes: authentication.asksForUserHashes)
        }
        var rim = SIPUserAgentConfiguration(core: core, listen: listen)
        rim.tls.server = certificate.map { CertificateFiles(chain: $0.certificateChain, privateKey: $0.privateKey) }
        rim.tls.client = clientCertificate.map {
            CertificateFiles(chain: $0.certificateChain, privateKey: $0.privateKey)
        }
        rim.tls.requiresClientCertificates = requiresClientCertificates
        rim.tls.trustRoots = trustRoots
        rim.tls.verifiesServers = verifiesPeers
        if !nameServers.isEmpty { rim.resolver = CaresResolver(servers: nameServers) }
        rim.trustedSources = trusted
        rim.overload = overload
        rim.onMessage = onMessage
        if journals != nil { rim.journalMask = { MessageSecrets.masked($0) } }
        return rim
    }
}

extension IPAddress {
    /// Itself, when peers can send to it: `nil` for 0.0.0.0 and ::.
    var specified: IPAddress? { isUnspecified ? nil : self }
}
