internal import CallAPI
internal import RTPMedia
internal import SIPCore
internal import SIPNIO
internal import Telephony
internal import TelephonyPrimitives
internal import TrunklineConfiguration

extension Trunk {
    /// What a trunk of the file is.
    init(_ settings: Configuration.Trunk) {
        let transport = TransportProtocol(rawValue: settings.transport.rawValue) ?? .udp
        let port = settings.port.flatMap { UInt16(exactly: $0) }
        var credentials: Credentials?
        if let user = settings.username, let password = settings.password {
            credentials = Credentials(username: user, password: password)
        }
        switch settings.provider {
        case .telnyx:
            let telnyx = TelnyxTrunk(
                settings.telnyx(credentials), region: .init(rawValue: settings.region.rawValue) ?? .us,
                transport: transport)
            self.init(telnyx, name: settings.name, host: settings.host, port: port)
        case .generic:
            let host = settings.host ?? ""
            self.init(name: settings.name, host: host, port: port, transport: transport)
            self.credentials = credentials
            sources = IPAddress(host).map { [IPNetwork($0)] } ?? []
            numbers.prefix = settings.prefix
        }
        registration = nil
        if settings.authentication == .credential, settings.registers, let credentials {
            register(credentials, expires: settings.expires, keepAlive: settings.keepAlive)
        }
        if let named = settings.sources { sources = named }
        numbers.plan = settings.country.flatMap { NumberingPlan(country: $0) }
        numbers.format =
            switch settings.numberStyle {
            case .e164: .e164
            case .e164WithoutPlus: .e164WithoutPlus
            case .national: .national
            case .dialled: .dialled
            }
        caller = settings.from
        hidesCaller = settings.hidesCaller
        headers += settings.headers.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
        codecs = settings.codecs?.compactMap { VoiceCodec(rawValue: $0.rawValue) }
        srtp = settings.srtp.flatMap { SRTPPolicy(rawValue: $0.rawValue) }
        callsPerSecond = settings.callsPerSecond
        firstAnswer = settings.firstAnswer
        refusal = settings.refusal == .busy ? .busy : .tryElsewhere
    }
}

extension Configuration.Trunk {
    fileprivate func telnyx(_ credentials: Credentials?) -> TelnyxTrunk.Authentication {
        switch authentication {
        case .credential:
            if let credentials { return .credentials(credentials, isRegistered: registers) }
            return .address()
        case .fqdn: return .hostName(credentials)
        case .ip:
            if !prefix.isEmpty { return .address(.prefix(prefix)) }
            if let token { return .address(.token(token)) }
            return .address(chargedNumber.map { .chargedNumber($0) })
        }
    }
}

extension Configuration {
    /// The trunks of the file; one that names no caller has that of all calls.
    var telephonyTrunks: [Telephony.Trunk] {
        trunks.map { settings in
            var trunk = Telephony.Trunk(settings)
            trunk.caller = trunk.caller ?? outbound.from
            return trunk
        }
    }
}

extension TrunkGroup {
    /// The trunks of the file with its routes; `nil` when there are none.
    convenience init?(_ settings: Configuration) {
        guard !settings.trunks.isEmpty else { return nil }
        let trunks = settings.telephonyTrunks
        guard !settings.outbound.routes.isEmpty else {
            self.init(trunks)
            return
        }
        let routes = settings.outbound.routes.mapValues { names in
            names.compactMap { name in trunks.firstIndex { $0.name == name } }
        }
        self.init(trunks, routes: TrunkRoutes(routes, count: trunks.count))
    }

    /// A number as the first trunk means it, with its country; anything else as it is.
    func canonical(_ destination: Destination) -> Destination {
        guard case .number(let digits) = destination, let number = TelephoneNumber(digits) else { return destination }
        return .number(global(number).description)
    }
}
