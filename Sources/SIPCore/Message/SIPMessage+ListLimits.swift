internal import TelephonyPrimitives

extension SIPMessage {
    /// No header is longer than one line may be, and no list has more values or parameters than are read.
    ///
    /// The lines of a header are one list (RFC 3261 §7.3.1), so that a limit of one line would be none.
    func checkListLimits() throws(ParseError) {
        // So little costs little, however many values it is cut into; nearly all messages are shorter.
        guard index.body.lowerBound > 1_024 else { return }
        var sizes = InlineArray<128, Int>(repeating: 0)
        var counts = InlineArray<128, Int>(repeating: 0)
        var semicolons = InlineArray<128, Int>(repeating: 0)
        for entry in index.entries {
            guard let known = entry.known else { continue }
            let number = Int(known.rawValue) & 127
            sizes[number] &+= entry.value.count
            guard sizes[number] <= Limits.maxListOctets else {
                throw ParseError(
                    offset: entry.value.lowerBound, section: "RFC 3261 §21.4.11",
                    message: "The lines of \(HeaderName(known)) have more than \(Limits.maxListOctets) octets in all",
                    suggestedStatus: 513)
            }
            if KnownHeaderSet.addresses.contains(known) {
                semicolons[number] &+= count(of: 0x3B, in: entry, upTo: Limits.maxListParameters &- semicolons[number])
                guard semicolons[number] <= Limits.maxListParameters else {
                    throw ParseError(
                        offset: entry.value.lowerBound, section: "RFC 3261 §21.4.11",
                        message: "\(HeaderName(known)) has more than \(Limits.maxListParameters) parameters in all",
                        suggestedStatus: 513)
                }
            }
            guard KnownHeaderSet.lists.contains(known) else { continue }
            let most = known == .contact ? Limits.maxContacts : Limits.maxListItems
            counts[number] &+= valueCount(of: entry, upTo: most &- counts[number])
            guard counts[number] <= most else {
                throw ParseError(
                    offset: entry.value.lowerBound, section: "RFC 3261 §21.4.11",
                    message: "\(HeaderName(known)) has more than \(most) values", suggestedStatus: 513)
            }
        }
    }

    /// How many values a line has; a number above `most` when there are more than that.
    private func valueCount(of entry: HeaderIndex.Entry, upTo most: Int) -> Int {
        var count = 1 &+ count(of: 0x2C, in: entry, upTo: most)
        guard count > most else { return count }
        // Some of the commas may stand in quotes or brackets.
        let span = octets.span
        var values = ListPlaces(span, entry.value)
        count = 0
        while count <= most, values.next(span) != nil { count &+= 1 }
        return count
    }

    /// How often an octet occurs in the value of a line; a number above `most` when it does so more often than that.
    private func count(of octet: UInt8, in entry: HeaderIndex.Entry, upTo most: Int) -> Int {
        let span = octets.span
        let end = entry.value.upperBound
        var (count, place) = (0, entry.value.lowerBound)
        while count <= most, let found = span.firstPlace(of: octet, from: place, to: end) {
            count &+= 1
            place = found &+ 1
        }
        return count
    }
}

extension KnownHeaderSet {
    /// The headers whose values are read whole with all their parameters.
    fileprivate static let addresses = KnownHeaderSet(
        .contact, .diversion, .historyInfo, .pAssertedIdentity, .path, .recordRoute, .route, .serviceRoute, .via)

    /// The headers whose value is a list.
    fileprivate static let lists = KnownHeaderSet(
        .accept, .acceptContact, .acceptEncoding, .acceptLanguage, .alertInfo, .allow, .allowEvents, .callInfo,
        .contact, .contentEncoding, .contentLanguage, .diversion, .errorInfo, .historyInfo, .inReplyTo,
        .pAssertedIdentity, .pPreferredIdentity, .path, .proxyRequire, .reason, .recordRoute, .recvInfo, .rejectContact,
        .requestDisposition, .require, .route, .serviceRoute, .supported, .unsupported, .via, .warning)
}
