/// Finds a parameter in a header value without decoding the others: for what is asked of every message.
struct ParameterPlaces {
    private let octets: ArraySlice<UInt8>
    /// Where the next parameter's semicolon is.
    private var position: Int

    /// - Parameter start: where the parameters begin, with a semicolon or blanks before it.
    init(_ octets: ArraySlice<UInt8>, from start: Int) {
        self.octets = octets
        position = start
    }

    /// The parameters of a From, To or Contact: those behind the brackets or, without brackets, behind the URI.
    /// `nil` when a quote or a bracket is not closed.
    init?(ofAddress octets: ArraySlice<UInt8>) {
        var place = octets.startIndex
        while place < octets.endIndex {
            switch octets[place] {
            case 0x22:
                guard let end = Self.endOfQuoted(octets, from: place) else { return nil }
                place = end
                continue
            case 0x3C:
                guard let end = octets[place...].firstIndex(of: 0x3E) else { return nil }
                self.init(octets, from: end &+ 1)
                return
            case 0x3B:
                self.init(octets, from: place)
                return
            default:
                place &+= 1
            }
        }
        self.init(octets, from: place)
    }

    /// The value of the first parameter `name`: without quotes; empty when it has none; `nil` when it is absent.
    func value(of name: String) -> ArraySlice<UInt8>? {
        var places = self
        while let (found, value) = places.next() {
            if found.isEqual(ignoringCase: name) { return value }
        }
        return nil
    }

    /// The next parameter; `nil` at the end and before what is no parameter.
    private mutating func next() -> (name: ArraySlice<UInt8>, value: ArraySlice<UInt8>)? {
        skipBlanks()
        guard position < octets.endIndex, octets[position] == 0x3B else { return nil }
        position &+= 1
        skipBlanks()
        let start = position
        while position < octets.endIndex, OctetClass.isToken(octets[position]) { position &+= 1 }
        let name = octets[start..<position]
        skipBlanks()
        guard position < octets.endIndex, octets[position] == 0x3D else { return (name, octets[position..<position]) }
        position &+= 1
        skipBlanks()
        let valueStart = position
        if position < octets.endIndex, octets[position] == 0x22 {
            guard let end = Self.endOfQuoted(octets, from: position) else { return nil }
            position = end
            return (name, Self.unescaped(octets[(valueStart &+ 1)..<(end &- 1)]))
        }
        while position < octets.endIndex, octets[position] > 0x20, octets[position] != 0x3B, octets[position] != 0x2C {
            position &+= 1
        }
        return (name, octets[valueStart..<position])
    }

    private mutating func skipBlanks() {
        while position < octets.endIndex, OctetClass.isBlank(octets[position]) { position &+= 1 }
    }

    /// Behind the quote that closes the one at `start`.
    private static func endOfQuoted(_ octets: ArraySlice<UInt8>, from start: Int) -> Int? {
        var place = start &+ 1
        while place < octets.endIndex {
            switch octets[place] {
            case 0x22: return place &+ 1
            case 0x5C: place &+= 2
            default: place &+= 1
            }
        }
        return nil
    }

    private static func unescaped(_ octets: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        guard octets.contains(0x5C) else { return octets }
        var result: [UInt8] = []
        var isEscaped = false
        for octet in octets {
            if octet == 0x5C, !isEscaped {
                isEscaped = true
            } else {
                result.append(octet)
                isEscaped = false
            }
        }
        return result[...]
    }
}
