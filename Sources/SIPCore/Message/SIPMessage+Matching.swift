// What messages are matched to transactions and dialogs by, as octets of the message: nothing is decoded or copied, and
// nothing is checked that `validate()` checks.

extension SIPMessage {
    /// The tag of From: the octets of the message itself, so without case folding. `nil` without one.
    package var fromTagOctets: ArraySlice<UInt8>? { tagOctets(of: .from) }

    /// The tag of To. `nil` without one.
    package var toTagOctets: ArraySlice<UInt8>? { tagOctets(of: .to) }

    private func tagOctets(of header: KnownHeader) -> ArraySlice<UInt8>? {
        guard let value = firstOctets(of: header),
            let quoted = try? NameAddressHead.tag(value.span, 0..<value.count)
        else { return nil }
        return quoted.hasEscapes ? Array(value.text(quoted).utf8)[...] : value.part(quoted.place)
    }

    /// Call-ID without blanks at its ends.
    package var callIDOctets: ArraySlice<UInt8>? { firstOctets(of: .callID) }

    /// The number of CSeq.
    package var cseqNumber: UInt32? { (try? cseqPlaces)?.number }

    /// Whether CSeq has this method.
    func hasMethodInCSeq(_ method: Method) throws(ParseError) -> Bool {
        guard let entry = index.first(.cseq) else { return false }
        return try look(at: entry) { octets, place throws(ParseError) in
            let places = try CSeqPlaces(octets, place)
            let wanted = method.name.utf8.span
            guard wanted.count == places.method.count else { return false }
            for index in wanted.indices where wanted[index] != octets[places.method.lowerBound &+ index] {
                return false
            }
            return true
        }
    }

    /// Where the parts of the topmost Via are, which is checked on the way.
    var topViaPlaces: ViaPlaces {
        get throws(ParseError) {
            guard let value = firstOctets(of: .via) else {
                throw ParseError(offset: 0, section: "RFC 3261 §8.1.1.7", message: "Via is missing")
            }
            var values = ListValues(value)
            return try ViaPlaces(values.next() ?? [])
        }
    }

    /// How many hops are noted, over all lines.
    var viaCount: Int {
        var count = 0
        for entry in index.entries where entry.known == .via {
            var values = ListValues(value(of: entry))
            while values.next() != nil { count &+= 1 }
        }
        return count
    }

    func firstOctets(of header: KnownHeader) -> ArraySlice<UInt8>? {
        index.first(header).map { value(of: $0) }
    }
}
