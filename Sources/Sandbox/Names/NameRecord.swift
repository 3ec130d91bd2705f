import TelephonyPrimitives

/// A resource record of the sandbox's zone.
struct NameRecord: Sendable, Hashable {
    enum Content: Sendable, Hashable {
        case address(UInt32)
        case service(priority: UInt16, port: UInt16, host: String)
        /// Which transport is offered where (RFC 3403 §4.1), with the flag `s`.
        case rule(order: UInt16, service: String, replacement: String)
        /// Where the zone begins, and how long the absence of a record counts (RFC 2308 §5).
        case authority(seconds: UInt32)
    }

    var name: String
    var content: Content

    var type: UInt16 {
        switch content {
        case .address: 1
        case .authority: 6
        case .service: 33
        case .rule: 35
        }
    }

    /// As it stands in a message (RFC 1035 §3.2.1), names written in full.
    func octets(seconds: UInt32) -> [UInt8] {
        let data: [UInt8] =
            switch content {
            case .address(let address): Self.four(address)
            case .service(let priority, let port, let host):
                Self.two(priority) + Self.two(0) + Self.two(port) + Self.name(host)
            case .rule(let order, let service, let replacement):
                Self.two(order) + Self.two(0) + Self.text("s") + Self.text(service) + Self.text("")
                    + Self.name(replacement)
            case .authority(let absence):
                Self.name(name) + Self.name("hostmaster." + name)
                    + [1, 3_600, 600, 86_400, absence].flatMap { Self.four($0) }
            }
        return Self.name(name) + Self.two(type) + Self.two(1) + Self.four(seconds)
            + Self.two(UInt16(clamping: data.count)) + data
    }

    static func two(_ number: UInt16) -> [UInt8] { [UInt8(number >> 8), UInt8(truncatingIfNeeded: number)] }

    private static func four(_ number: UInt32) -> [UInt8] {
        two(UInt16(number >> 16)) + two(UInt16(truncatingIfNeeded: number))
    }

    private static func text(_ text: String) -> [UInt8] {
        let octets = Array(text.utf8.prefix(255))
        return [UInt8(octets.count)] + octets
    }

    private static func name(_ name: String) -> [UInt8] {
        name.split(separator: ".").flatMap { text(String($0.prefix(63))) } + [0]
    }
}
