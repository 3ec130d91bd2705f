internal import ArgumentParser
internal import RTPMedia
internal import SIPCore
internal import SIPNIO
internal import Telephony
internal import TelephonyPrimitives
internal import TrunklineConfiguration

extension EndpointConfiguration {
    /// - Parameter capacity: calls that the agent can serve at once; `nil`: as many as come.
    init(_ settings: Configuration, capacity: Int?) throws {
        self.init(
            listen: try settings.listen.map { spec in
                guard let transport = TransportProtocol(rawValue: spec.transport.rawValue) else {
                    throw ValidationError("\(spec): there is no such transport.")
                }
                return ListenAddress(transport, spec.address)
            })
        publicAddress = settings.advertise
        rtpPorts = settings.rtp.ports
        mediaAddress = settings.rtp.address
        codecs = settings.rtp.codecs.compactMap { VoiceCodec(rawValue: $0.rawValue) }
        srtp = SRTPPolicy(rawValue: settings.rtp.srtp.rawValue) ?? .optional
        maximumCalls = min(settings.calls.maximum, capacity ?? .max)
        if let certificate = settings.tls.certificate, let key = settings.tls.key {
            self.certificate = TLSFiles(
                certificateChain: HomePath.expand(certificate), privateKey: HomePath.expand(key))
        }
        nameServers = settings.nameServers
        trustRoots = settings.tls.trust.map(HomePath.expand)
        verifiesPeers = settings.tls.verify
        if !settings.authentication.users.isEmpty {
            authentication = EndpointAuthentication(
                realm: settings.authentication.realm, users: settings.authentication.users,
                algorithms: settings.authentication.algorithms.compactMap { DigestAlgorithm(rawValue: $0.rawValue) })
        }
        if settings.overload != Configuration.Overload() {
            overload = OverloadLimits(
                processor: settings.overload.processor.map { Double($0) / 100 }, memory: settings.overload.memory)
        }
        trustDomain.addresses = Set(settings.trustedPeers)
        accounts = try settings.accounts.map { try $0.registration }
        trunks = settings.telephonyTrunks
        if !settings.acceptedSources.isEmpty { acceptedSources = settings.acceptedSources }
    }
}
