internal import Glibc

extension OverloadControl.Sample {
    /// What this process uses now; `nil` when the system does not say.
    static func ofThisProcess() -> OverloadControl.Sample? {
        // The name of the program, in parentheses, may hold blanks: the numbers are counted from behind it (proc(5)).
        guard let text = read("/proc/self/stat"), let name = text.lastIndex(of: ")") else { return nil }
        let words = text[name...].split(separator: " ")
        guard words.count > 22, let user = Int(words[12]), let system = Int(words[13]), let pages = Int(words[22])
        else { return nil }
        let tick = max(1, sysconf(Int32(_SC_CLK_TCK)))
        return OverloadControl.Sample(
            processorTime: .milliseconds((user + system) * 1_000 / tick), memory: pages * sysconf(Int32(_SC_PAGESIZE)))
    }

    private static func read(_ path: String) -> String? {
        let file = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var octets = [UInt8](repeating: 0, count: 1_024)
        let count = unsafe Glibc.read(file, &octets, octets.count)
        return count > 0 ? String(decoding: octets.prefix(count), as: UTF8.self) : nil
    }
}
