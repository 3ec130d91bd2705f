internal import FoundationEssentials

/// The process that has a port, as Linux tells it; elsewhere nobody knows.
struct PortOwner: Sendable, Equatable {
    var name: String
    var process: Int

    /// - Returns: `nil` when it can't be seen: another user's process, or another system.
    static func find(_ port: UInt16, isUDP: Bool) -> PortOwner? {
        let tables = isUDP ? ["udp", "udp6"] : ["tcp", "tcp6"]
        let sockets = Set(tables.flatMap { Self.sockets(on: port, in: read("/proc/net/\($0)"), isUDP: isUDP) })
        guard !sockets.isEmpty else { return nil }
        let files = FileManager.default
        for process in (try? files.contentsOfDirectory(atPath: "/proc")) ?? [] {
            guard let number = Int(process) else { continue }
            for descriptor in (try? files.contentsOfDirectory(atPath: "/proc/\(process)/fd")) ?? [] {
                guard let target = try? files.destinationOfSymbolicLink(atPath: "/proc/\(process)/fd/\(descriptor)"),
                    sockets.contains(target)
                else { continue }
                let name = read("/proc/\(process)/comm").filter { !$0.isNewline }
                return PortOwner(name: name.isEmpty ? "a process" : name, process: number)
            }
        }
        return nil
    }

    /// The sockets of a table of `/proc/net` that take what comes to `port`, as their descriptors are called.
    static func sockets(on port: UInt16, in table: String, isUDP: Bool) -> [String] {
        table.split(separator: "\n").dropFirst().compactMap { line in
            let columns = line.split(separator: " ", maxSplits: 10)
            // Of TCP only who listens: state 0A.
            guard columns.count > 9, isUDP || columns[3] == "0A",
                let colon = columns[1].lastIndex(of: ":"),
                UInt16(columns[1][columns[1].index(after: colon)...], radix: 16) == port
            else { return nil }
            return "socket:[\(columns[9])]"
        }
    }

    /// Files of `/proc` have no size before they are read.
    private static func read(_ path: String) -> String {
        (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
    }
}
