import Foundation
import Testing

enum ResidentMemory {
    /// Octets of this process that are in memory.
    static func octets() throws -> Int {
        let fields = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8).split(separator: " ")
        return try #require(Int(fields[1])) * Int(sysconf(Int32(_SC_PAGESIZE)))
    }
}
