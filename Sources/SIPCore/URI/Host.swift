public import TelephonyPrimitives

/// The host of a URI or a Via: a name or an address (RFC 3261 §25.1 `host`).
public enum Host: Hashable, Sendable, CustomStringConvertible {
    /// As written; compare without case.
    case name(String)
    case address(IPAddress)

    /// IPv6 addresses in square brackets.
    public var description: String {
        switch self {
        case .name(let name): name
        case .address(let address):
            if case .v6 = address { "[\(address)]" } else { address.description }
        }
    }

    /// Without brackets.
    public var text: String {
        switch self {
        case .name(let name): name
        case .address(let address): address.description
        }
    }

    init(_ place: HostPlace, in octets: ArraySlice<UInt8>) {
        switch place {
        case .name(let place): self = .name(octets.part(place).asText)
        case .address(let address, _): self = .address(address)
        }
    }

    /// Equality without case.
    func matches(_ other: Host) -> Bool {
        switch (self, other) {
        case (.address(let one), .address(let two)): one == two
        case (.name(let one), .name(let two)): one.utf8.isEqual(ignoringCase: two)
        default: false
        }
    }
}
