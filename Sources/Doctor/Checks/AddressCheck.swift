internal import TelephonyPrimitives
internal import TrunklineConfiguration

/// Whether others can reach us where we say that we are: the usual reason for calls without sound.
struct AddressCheck {
    private let settings: Configuration
    private let seen: [SeenAddress]

    /// - Parameter seen: where others see our messages come from; empty when nobody was asked.
    init(_ settings: Configuration, seen: [SeenAddress]) {
        self.settings = settings
        self.seen = seen
    }

    func results() -> [CheckResult] {
        [judge()]
    }

    func judge() -> CheckResult {
        let peers =
            settings.accounts.map { $0.registrar ?? $0.address } + [settings.outbound.trunk].compactMap(\.self)
            + settings.trunks.filter { !$0.callsByOurConnection }.map { $0.host.map { "sip:\($0)" } ?? $0.name }
        let elsewhere = peers.first { !Self.isOnThisMachine($0) }
        if settings.listen.allSatisfy(\.ip.isLoopback) {
            guard let elsewhere else {
                return CheckResult(
                    "address", .fine, "Only this machine can call: every listen address is a loopback address.")
            }
            return CheckResult(
                "address", .failure, "\(elsewhere) can't send calls here: every listen address is a loopback address.",
                fix: "Listen on all addresses: listen: [udp:0.0.0.0:5060, tcp:0.0.0.0:5060].")
        }
        if let odd = seen.first(where: { settings.advertise.map { "\($0)" } ?? $0.local != $0.address }) {
            return judge(odd)
        }
        if let advertise = settings.advertise {
            guard advertise.isPrivate, elsewhere.map({ !Self.isPrivate($0) }) ?? false else {
                return CheckResult("address", .fine, "Others are told \(advertise) (advertise).")
            }
            return CheckResult(
                "address", .warning, "Others are told \(advertise) (advertise), which only its own network can reach.",
                fix: "Write the public address for advertise, when callers are elsewhere.")
        }
        guard !seen.isEmpty else {
            return CheckResult(
                "address", .unknown, "Nobody outside was asked where we are seen.",
                fix:
                    "When this machine is behind a NAT or in a container, write its public address: advertise: 203.0.113.7."
            )
        }
        return CheckResult("address", .fine, "\(seen[0].who) sees us at \(seen[0].address), our own address.")
    }

    private func judge(_ seen: SeenAddress) -> CheckResult {
        if let advertise = settings.advertise {
            return CheckResult(
                "address", .failure,
                "Others are told \(advertise) (advertise), and \(seen.who) sees us at \(seen.address).",
                fix: "Write advertise: \(seen.address), unless sound comes in by another way.")
        }
        return CheckResult(
            "address", .failure,
            "Our sound would be announced at \(seen.local), and \(seen.who) sees us at \(seen.address): there is a NAT "
                + "between us, and callers would not be heard.",
            fix: "Write advertise: \(seen.address), and forward the SIP ports and UDP \(settings.rtp.ports.lowerBound)-"
                + "\(settings.rtp.ports.upperBound) to this machine.")
    }

    /// The host of a SIP URI, as it is written.
    static func host(of uri: String) -> Substring {
        let afterScheme = uri[(uri.firstIndex(of: ":").map { uri.index(after: $0) } ?? uri.startIndex)...]
        let place = afterScheme[
            (afterScheme.lastIndex(of: "@").map { afterScheme.index(after: $0) } ?? afterScheme.startIndex)...]
        if place.first == "[" { return place.dropFirst().prefix { $0 != "]" } }
        return place.prefix { $0 != ":" && $0 != ";" && $0 != "?" }
    }

    private static func isOnThisMachine(_ uri: String) -> Bool {
        let host = host(of: uri)
        return host.lowercased() == "localhost" || IPAddress(String(host))?.isLoopback ?? false
    }

    private static func isPrivate(_ uri: String) -> Bool {
        IPAddress(String(host(of: uri)))?.isPrivate ?? false
    }
}
