internal import Glibc

extension OverloadControl.Sample {
    /// What this process uses now; `nil` when the system does not say.
    static func ofThisProcess() -> OverloadControl.Sample? {
        var usage = rusage()
        guard unsafe getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage) == 0, let pages = residentPages() else {
            return nil
        }
        let time =
            Duration.seconds(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec)
            + .microseconds(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec)
        return OverloadControl.Sample(processorTime: time, memory: pages * sysconf(Int32(_SC_PAGESIZE)))
    }

    /// The second number of /proc/self/statm (proc(5)).
    private static func residentPages() -> Int? {
        let file = unsafe open("/proc/self/statm", O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var octets = [UInt8](repeating: 0, count: 128)
        let count = unsafe read(file, &octets, octets.count)
        guard count > 0 else { return nil }
        let words = String(decoding: octets.prefix(count), as: UTF8.self).split(separator: " ")
        return words.count > 1 ? Int(words[1]) : nil
    }
}
