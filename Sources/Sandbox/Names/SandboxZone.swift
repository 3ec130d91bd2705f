import TelephonyPrimitives

/// The carrier's names, and how they lead to its edges (reference A1): NAPTR, SRV, and an address that is the first edge's.
struct SandboxZone: Sendable {
    private let hosts: [String]
    private let records: [NameRecord]

    /// How long a record may be kept, in seconds: changes shall be seen while one looks on.
    static let timeToLive: UInt32 = 5

    /// - Parameters:
    ///   - hosts: the names, each with a zone of its own.
    ///   - edges: where SIP is over UDP and TCP, the first one first.
    ///   - tlsPort: where it is over TLS, at the same addresses; `nil`: nowhere.
    init(hosts: [String], edges: [TransportAddress], tlsPort: UInt16?) {
        self.hosts = hosts.map { $0.lowercased() }
        var records: [NameRecord] = []
        for host in self.hosts {
            var services = [("SIP+D2T", "_sip._tcp", nil as UInt16?), ("SIP+D2U", "_sip._udp", nil)]
            if let tlsPort { services.insert(("SIPS+D2T", "_sips._tcp", tlsPort), at: 0) }
            for (place, (service, labels, port)) in services.enumerated() {
                let name = "\(labels).\(host)"
                records.append(
                    NameRecord(
                        name: host, content: .rule(order: UInt16(place + 1) * 10, service: service, replacement: name)))
                for (number, edge) in edges.enumerated() {
                    let content = NameRecord.Content.service(
                        priority: UInt16(clamping: number + 1) &* 10, port: port ?? edge.port,
                        host: Self.name(ofEdge: number, of: host))
                    records.append(NameRecord(name: name, content: content))
                }
            }
            for (number, edge) in edges.enumerated() {
                guard case .v4(let address) = edge.ip else { continue }
                if number == 0 { records.append(NameRecord(name: host, content: .address(address))) }
                records.append(
                    NameRecord(name: Self.name(ofEdge: number, of: host), content: .address(address)))
            }
        }
        self.records = records
    }

    private static func name(ofEdge number: Int, of host: String) -> String { "edge\(number + 1).\(host)" }

    /// The answer to a message (RFC 1035 §4.1).
    ///
    /// - Returns: `nil` when it is no question.
    func answer(to message: [UInt8]) -> [UInt8]? {
        do throws(NameQuery.Fault) {
            return answer(to: try NameQuery(parsing: message))
        } catch {
            guard case .refused(let identifier, let code) = error else { return nil }
            return Self.header(identifier, flags: 0x8000 | UInt16(code), counts: [0, 0, 0, 0])
        }
    }

    private func answer(to query: NameQuery) -> [UInt8] {
        let recursion: UInt16 = query.wantsRecursion ? 0x0100 : 0
        let name = query.labels.joined(separator: ".")
        guard let host = hosts.first(where: { name == $0 || name.hasSuffix("." + $0) }) else {
            // Somebody else's: refused, so that nobody takes it for a name that does not exist.
            return Self.header(query.identifier, flags: 0x8005 | recursion, counts: [1, 0, 0, 0]) + query.octets
        }
        let ofName = records.filter { $0.name == name }
        let found = ofName.filter { $0.type == query.type }
        let absence = found.isEmpty ? [NameRecord(name: host, content: .authority(seconds: Self.timeToLive))] : []
        // The addresses of what is named come along, as servers like to send them.
        let named = Set(found.compactMap { if case .service(_, _, let host) = $0.content { host } else { nil } })
        let besides = records.filter { $0.type == 1 && named.contains($0.name) }
        // A name that lies above one that is there is there as well (RFC 8020).
        let exists = !ofName.isEmpty || records.contains { $0.name.hasSuffix("." + name) }
        let counts = [1, found.count, absence.count, besides.count].map { UInt16(clamping: $0) }
        return Self.header(query.identifier, flags: (exists ? 0x8400 : 0x8403) | recursion, counts: counts)
            + query.octets + (found + absence + besides).flatMap { $0.octets(seconds: Self.timeToLive) }
    }

    private static func header(_ identifier: UInt16, flags: UInt16, counts: [UInt16]) -> [UInt8] {
        ([identifier, flags] + counts).flatMap { NameRecord.two($0) }
    }
}
