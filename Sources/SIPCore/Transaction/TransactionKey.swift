internal import TelephonyPrimitives

/// The number of a client transaction of this user agent.
package struct ClientTransactionID: Hashable, Sendable {
    package let number: UInt64

    package init(_ number: UInt64) { self.number = number }
}

/// The number of a server transaction of this user agent.
package struct ServerTransactionID: Hashable, Sendable {
    package let number: UInt64

    package init(_ number: UInt64) { self.number = number }
}

/// What a response is matched to its client transaction by (RFC 3261 §17.1.3).
package struct ClientTransactionKey: Hashable, Sendable {
    package let branch: Branch
    package let method: Method

    package init(branch: Branch, method: Method) {
        self.branch = branch
        self.method = method
    }
}

/// What a request is matched to its server transaction by (RFC 3261 §17.2.3).
package struct ServerTransactionKey: Hashable, Sendable {
    /// Made once: a table asks for it again whenever it moves the key.
    private let hash: Int
    /// Everything that has to be equal, in one piece.
    private let octets: [UInt8]
    /// Whether the peer does not set branches as RFC 3261 wants them.
    package let isRFC2543: Bool

    /// The key under which `request` is filed or, for an ACK, the key of the INVITE that it may belong to.
    /// - Parameter method: the method to look for in place of the request's own (a CANCEL looks for the INVITE).
    package init(_ request: Request, method: Method? = nil) throws(ParseError) {
        try self.init(request, via: request.topViaPlaces, method: method)
    }

    /// - Parameter via: the top Via of `request`.
    init(_ request: Request, via: ViaPlaces, method: Method? = nil) {
        let method = method ?? (request.method == .ack ? .invite : request.method)
        var key = KeyOctets()
        key.append(method.name)
        key.append(ignoringCase: via.sentByHost)
        key.append(via.sentByPort)
        key.append(via.branch)
        isRFC2543 = !(via.branch?.hasMagicCookie ?? false)
        if isRFC2543 {
            // Everything that the INVITE, its copies, its ACK and its CANCEL have in common.
            key.append(request.requestURIOctets)
            key.append(request.fromTagOctets)
            key.append(request.callIDOctets)
            key.append(request.cseqNumber)
        }
        (octets, hash) = (key.octets, key.hash)
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(hash)
    }
}

extension ArraySlice<UInt8> {
    /// Whether it begins with the magic cookie, in any case, and has something behind it.
    fileprivate var hasMagicCookie: Bool { count > 7 && prefix(7).isEqual(ignoringCase: Branch.magicCookie) }
}

/// What tells that a request has come over two ways (RFC 3261 §8.2.2.2).
package struct MergeKey: Hashable, Sendable {
    /// Made once: a table asks for it again whenever it moves the key.
    private let hash: Int
    private let octets: [UInt8]

    package init(_ request: Request) {
        var key = KeyOctets()
        key.append(request.method.name)
        key.append(request.fromTagOctets)
        key.append(request.callIDOctets)
        key.append(request.cseqNumber)
        (octets, hash) = (key.octets, key.hash)
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(hash)
    }
}

/// Several values in one row of octets, so that no two rows of different values are equal: each has its length in
/// front.
private struct KeyOctets {
    private(set) var octets: [UInt8] = []

    init() { octets.reserveCapacity(128) }

    mutating func append(_ text: String) {
        beginValue(text.utf8.count)
        octets += text.utf8
    }

    mutating func append(_ value: ArraySlice<UInt8>?) {
        guard let value else {
            octets.append(0)
            return
        }
        beginValue(value.count)
        octets += value
    }

    mutating func append(ignoringCase value: ArraySlice<UInt8>) {
        beginValue(value.count)
        let start = octets.count
        octets += value
        for place in start..<octets.count { octets[place] = OctetClass.lowercase(octets[place]) }
    }

    mutating func append(_ number: some FixedWidthInteger & UnsignedInteger) {
        beginValue(MemoryLayout.size(ofValue: number))
        for shift in stride(from: 0, to: number.bitWidth, by: 8) {
            octets.append(UInt8(truncatingIfNeeded: number >> shift))
        }
    }

    mutating func append(_ number: (some FixedWidthInteger & UnsignedInteger)?) {
        if let number { append(number) } else { octets.append(0) }
    }

    /// A length of one or more octets, and never zero: that is for what is absent.
    private mutating func beginValue(_ count: Int) {
        var rest = UInt(bitPattern: count) &+ 1
        while rest > 127 {
            octets.append(UInt8(truncatingIfNeeded: rest & 127) | 128)
            rest >>= 7
        }
        octets.append(UInt8(truncatingIfNeeded: rest))
    }

    /// Seeded for each process, so that nobody can choose what falls together.
    var hash: Int {
        var hasher = Hasher()
        let span = octets.span
        var place = 0
        while place &+ 8 <= span.count {
            hasher.combine(span.word(at: place))
            place &+= 8
        }
        while place < span.count {
            hasher.combine(span[place])
            place &+= 1
        }
        return hasher.finalize()
    }
}
