/// Who sends on a stream, seen from the side that says it (RFC 8866 §6.7, RFC 3264 §5.1).
public enum StreamDirection: String, Sendable, Hashable, CaseIterable {
    case sendrecv
    case sendonly
    case recvonly
    case inactive

    /// Whether the side that says it sends.
    public var sends: Bool { self == .sendrecv || self == .sendonly }
    /// Whether the side that says it receives.
    public var receives: Bool { self == .sendrecv || self == .recvonly }

    /// The same seen from the other side: `sendonly` becomes `recvonly`.
    public var reversed: StreamDirection {
        StreamDirection(sends: receives, receives: sends)
    }

    /// What both allow.
    public func intersection(_ other: StreamDirection) -> StreamDirection {
        StreamDirection(sends: sends && other.sends, receives: receives && other.receives)
    }

    private init(sends: Bool, receives: Bool) {
        self =
            switch (sends, receives) {
            case (true, true): .sendrecv
            case (true, false): .sendonly
            case (false, true): .recvonly
            case (false, false): .inactive
            }
    }
}

extension StreamDirection {
    /// The direction that attributes state; `nil` when they state none.
    init?(in attributes: [Attribute]) {
        for attribute in attributes where attribute.value == nil {
            if let direction = StreamDirection(rawValue: attribute.name.lowercased()) {
                self = direction
                return
            }
        }
        return nil
    }
}
