internal import TelephonyPrimitives
internal import TrunklineConfiguration

/// Whether there are enough ports for the sound of all calls, and whether they can be had.
struct SoundPortsCheck {
    /// Pairs that are tried, spread evenly over the range.
    private static let most = 200

    private let settings: Configuration

    init(_ settings: Configuration) {
        self.settings = settings
    }

    func results() async -> [CheckResult] {
        let range = settings.rtp.ports
        let first = (Int(range.lowerBound) + 1) & ~1
        let pairs = max(0, (Int(range.upperBound) - first + 1) / 2)
        let ip = settings.rtp.address ?? settings.listen.first?.ip ?? .loopbackV4
        let step = max(1, pairs / Self.most)
        var tried = 0
        var refused = 0
        for pair in stride(from: 0, to: pairs, by: step) {
            guard let port = UInt16(exactly: first + pair * 2) else { break }
            tried += 1
            for one in [port, port &+ 1] {
                let outcome = await PortTrial.bind(TransportAddress(ip: ip, port: one), isUDP: true)
                if outcome == .notOurs {
                    return [
                        CheckResult(
                            "sound ports", .failure, "\(ip) is no address of this machine.",
                            fix: "Write one that `ip address` shows for rtp.address, or leave it out.")
                    ]
                }
                guard outcome != .free else { continue }
                refused += 1
                break
            }
        }
        return [Self.judge(range, pairs: pairs, tried: tried, refused: refused, calls: settings.calls.maximum)]
    }

    /// - Parameters:
    ///   - pairs: calls that the range holds.
    ///   - tried: how many of them were tried, and how many of those could not be had.
    ///   - calls: calls at once that are wanted.
    static func judge(
        _ range: ClosedRange<UInt16>, pairs: Int, tried: Int, refused: Int, calls: Int
    ) -> CheckResult {
        let text = "\(range.lowerBound)-\(range.upperBound)"
        if pairs == 0 || tried > 0 && refused == tried {
            return CheckResult(
                "sound ports", .failure,
                pairs == 0 ? "rtp.ports \(text) holds not one call." : "None of rtp.ports \(text) can be had.",
                fix: "Choose another range for rtp.ports, two ports for each call, e.g. 16384-32767.")
        }
        let available = tried > 0 ? pairs * (tried - refused) / tried : pairs
        guard available >= calls else {
            return CheckResult(
                "sound ports", .warning,
                "rtp.ports \(text) has room for about \(available) calls, and calls.maximum is \(calls): the others would "
                    + "be refused.", fix: "Widen rtp.ports to \(calls * 2) ports and more, or lower calls.maximum.")
        }
        return CheckResult(
            "sound ports", .fine,
            "rtp.ports \(text) holds \(pairs) calls; \(tried) were tried, \(refused) of them taken.")
    }
}
