internal import SIPCore
internal import SIPNIO
internal import Synchronization
internal import TelephonyPrimitives

/// How the servers of a trunk are found (RFC 3263): which records there are, and where they lead.
struct ServerNames: Sendable {
    /// In the order in which they would be tried.
    var servers: [LocatedServer]
    /// The kinds of records that helped, e.g. `NAPTR`, `SRV`, `A`.
    var records: [String]

    /// - Parameters:
    ///   - target: as the trunk has it.
    ///   - transports: what we can use.
    ///   - resolver: who is asked.
    static func find(
        _ target: FlowTarget, transports: [TransportProtocol], resolver: any DNSResolver
    ) async throws(LocatingError) -> ServerNames {
        var locator = ServerLocator(
            target: target, preferences: LocatingPreferences(transports: transports),
            random: SystemRandomNumberGenerator())
        var records: [String] = []
        while true {
            if let result = locator.result { return ServerNames(servers: try result.get(), records: records) }
            for question in locator.takeQuestions() {
                let answer = await resolver.answer(to: question)
                if case .found = answer, !records.contains(question.type.name) { records.append(question.type.name) }
                locator.receive(answer, to: question)
            }
        }
    }

    func result(_ subject: String, host: String) -> CheckResult {
        let list = servers.map(\.description).joined(separator: ", ")
        guard !records.isEmpty else { return CheckResult(subject, .fine, "No name has to be looked up: \(list).") }
        let kinds = records.joined(separator: ", ")
        guard servers.count > 1 else {
            return CheckResult(
                subject, .warning, "\(host) leads to one server alone, \(list) (by \(kinds)).",
                fix:
                    "Where the provider has several, ask other DNS servers (/etc/resolv.conf), or leave out the trunk's port."
            )
        }
        return CheckResult(subject, .fine, "\(host) leads to \(list) (by \(kinds)).")
    }

    static func result(_ subject: String, _ error: LocatingError) -> CheckResult {
        CheckResult(
            subject, .failure, "\(error).",
            fix: ConnectionTrouble("\(error)")?.fix(host: "")
                ?? "Look at host and transport of the trunk, and at the DNS servers (dns:, else /etc/resolv.conf).")
    }
}

/// Answers with one server of a name and no other, so that just that one is asked, and its certificate still has to
/// carry the name.
struct PinnedResolver: DNSResolver {
    let server: LocatedServer

    func answer(to question: DNSQuestion) async -> DNSAnswer {
        switch (question.type, server.address.ip) {
        case (.a, .v4), (.aaaa, .v6):
            .found([DNSRecord(question.name, timeToLive: 60, .address(server.address.ip))])
        default: .noRecord(timeToLive: 60)
        }
    }

    func shutdown() async {}
}
