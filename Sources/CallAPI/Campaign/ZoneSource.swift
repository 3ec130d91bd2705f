internal import FoundationEssentials
internal import Synchronization

/// The zones of the system's time zone database, each read once.
public final class ZoneSource: Sendable {
    private let folder: String
    private let known = Mutex([String: ZoneRules]())

    public init(folder: String = "/usr/share/zoneinfo") {
        self.folder = folder
    }

    /// Whether there is such a zone, e.g. `Europe/Berlin`.
    public func has(_ name: String) -> Bool { rules(name) != nil }

    package func rules(named name: String) -> ZoneRules? { rules(name) }

    func rules(_ name: String) -> ZoneRules? {
        if name == "UTC" { return .utc }
        if let rules = known.withLock({ $0[name] }) { return rules }
        // It becomes part of a path.
        guard (1...64).contains(name.utf8.count), name.first?.isLetter == true,
            name.utf8.allSatisfy({ octet in
                switch octet {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"),
                    UInt8(ascii: "+"), UInt8(ascii: "/"):
                    true
                default: false
                }
            }), let data = try? Data(contentsOf: URL(filePath: "\(folder)/\(name)")), data.count < 100_000,
            let rules = ZoneRules(Array(data))
        else { return nil }
        known.withLock { known in
            if known.count < 1_000 { known[name] = rules }
        }
        return rules
    }
}
