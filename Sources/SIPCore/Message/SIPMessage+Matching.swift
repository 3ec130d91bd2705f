// What messages are matched to transactions and dialogs by, as octets of the message: nothing is decoded or copied, and
// nothing is checked that `validate()` checks.

extension SIPMessage {
    /// The tag of From: the octets of the message itself, so without case folding. `nil` without one.
    package var fromTagOctets: ArraySlice<UInt8>? { tagOctets(of: .from) }

    /// The tag of To. `nil` without one.
    package var toTagOctets: ArraySlice<UInt8>? { tagOctets(of: .to) }

    private func tagOctets(of header: KnownHeader) -> ArraySlice<UInt8>? {
        firstOctets(of: header).flatMap { ParameterPlaces(ofAddress: $0)?.value(of: "tag") }
    }

    /// Call-ID without blanks at its ends.
    package var callIDOctets: ArraySlice<UInt8>? { firstOctets(of: .callID) }

    /// The number of CSeq.
    package var cseqNumber: UInt32? { cseqParts?.number }

    /// The method of CSeq.
    package var cseqMethodOctets: ArraySlice<UInt8>? { cseqParts?.method }

    private var cseqParts: (number: UInt32, method: ArraySlice<UInt8>)? {
        guard let value = firstOctets(of: .cseq) else { return nil }
        let digits = value.prefix(while: OctetClass.isDigit)
        let method = value[digits.endIndex...].trimmed
        guard let number = digits.decimal.flatMap(UInt32.init(exactly:)), method.startIndex > digits.endIndex else {
            return nil
        }
        return (number, method)
    }

    /// Where the parts of the topmost Via are.
    package var topViaPlaces: ViaPlaces? { firstOctets(of: .via).flatMap { ViaPlaces($0) } }

    func firstOctets(of header: KnownHeader) -> ArraySlice<UInt8>? {
        index.first(header).map { value(of: $0) }
    }
}

/// The parts of a Via that transactions are matched by, as octets.
package struct ViaPlaces: Sendable {
    /// As written, e.g. `UDP`.
    package let transport: ArraySlice<UInt8>
    /// As written: a host and perhaps a port. Case does not matter.
    package let sentBy: ArraySlice<UInt8>
    /// `nil` without one.
    package let branch: ArraySlice<UInt8>?

    /// - Parameter octets: the value of a Via line; its first Via counts.
    init?(_ octets: ArraySlice<UInt8>) {
        var scanner = FieldScanner(octets, section: "RFC 3261 §20.42")
        scanner.skipBlanks()
        guard !scanner.run(while: OctetClass.isToken).isEmpty, scanner.take(0x2F),
            !scanner.run(while: OctetClass.isToken).isEmpty, scanner.take(0x2F)
        else { return nil }
        transport = scanner.run(while: OctetClass.isToken)
        scanner.skipBlanks()
        sentBy = scanner.run { $0 != 0x3B && $0 != 0x2C }.trimmed
        guard !transport.isEmpty, !sentBy.isEmpty else { return nil }
        branch = ParameterPlaces(octets, from: scanner.position).value(of: "branch")
    }
}
