internal import FoundationEssentials

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// What the system says of this process (proc(5)).
struct ProcessFigures {
    var processorSeconds: Double
    var residentOctets: Double
    /// Seconds since 1970.
    var startedAt: Double
    var descriptors: Int?

    /// `nil` where the system does not say.
    static var now: ProcessFigures? {
        // The name of the program, in parentheses, may hold blanks: the numbers are counted from behind it.
        guard let text = try? String(contentsOfFile: "/proc/self/stat", encoding: .utf8),
            let name = text.lastIndex(of: ")"),
            let uptime = try? String(contentsOfFile: "/proc/uptime", encoding: .utf8),
            let sinceBoot = uptime.split(separator: " ").first.flatMap({ Double($0) })
        else { return nil }
        let words = text[name...].split(separator: " ")
        guard words.count > 22, let user = Double(words[12]), let system = Double(words[13]),
            let start = Double(words[20]), let pages = Double(words[22])
        else { return nil }
        let tick = Double(max(1, sysconf(Int32(_SC_CLK_TCK))))
        return ProcessFigures(
            processorSeconds: (user + system) / tick, residentOctets: pages * Double(sysconf(Int32(_SC_PAGESIZE))),
            startedAt: (Double(WallClock.now) / 1_000 - sinceBoot + start / tick).rounded(),
            descriptors: (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd"))?.count)
    }
}
