/// Whether this machine's clock is right. Signatures, certificates and nonces are only good for a while.
enum ClockCheck {
    static func judge(_ times: [TimeTold], isOffline: Bool) -> [CheckResult] {
        guard !times.isEmpty else {
            let why = isOffline ? "nobody was asked (--offline)" : "nobody who was asked told the time"
            return [
                CheckResult("clock", .unknown, "It could not be compared: \(why).", fix: "Run `timedatectl` to see.")
            ]
        }
        // One of them may be wrong; the middle of them is not, as long as most are right.
        let offsets = times.map { ($0.ours.subtractingReportingOverflow($0.theirs).partialValue, $0.who) }
            .sorted { $0.0 < $1.0 }
        let (offset, who) = offsets[offsets.count / 2]
        let size = offset.magnitude
        let direction = offset > 0 ? "ahead of" : "behind"
        let fix = "Let it be set by the network: `timedatectl set-ntp true`."
        if size > 240 {
            return [
                CheckResult(
                    "clock", .failure,
                    "It is \(size) s \(direction) that of \(who): signed messages will be refused, and so may certificates.",
                    fix: fix)
            ]
        }
        if size > 30 {
            return [CheckResult("clock", .warning, "It is \(size) s \(direction) that of \(who).", fix: fix)]
        }
        return [CheckResult("clock", .fine, "It agrees with that of \(who) to \(max(1, size)) s.")]
    }
}
