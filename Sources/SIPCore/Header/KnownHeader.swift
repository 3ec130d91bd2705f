internal import TelephonyPrimitives

/// The header fields that this library knows by name.
enum KnownHeader: UInt8, CaseIterable {
    // The first sixteen are looked for most: see `HeaderIndex.first`.
    case via, from, to, callID, cseq, contact, contentLength, contentType, maxForwards, route, recordRoute
    case require, supported, allow, timestamp, sessionExpires
    case accept, acceptContact, acceptEncoding, acceptLanguage, alertInfo, allowEvents, authenticationInfo
    case authorization, callInfo, contentDisposition, contentEncoding, contentLanguage, date, diversion
    case errorInfo, event, expires, historyInfo, identity, inReplyTo, infoPackage, mimeVersion, minExpires, minSE
    case organization, pAssertedIdentity, pPreferredIdentity, path, priority, privacy, proxyAuthenticate
    case proxyAuthorization, proxyRequire, rAck, reason, recvInfo, referTo, referredBy, rejectContact, replaces, replyTo
    case requestDisposition, retryAfter, rSeq, server, serviceRoute, subject, subscriptionState, unsupported
    case userAgent, warning, wwwAuthenticate

    /// The registered spelling.
    var text: String {
        switch self {
        case .accept: "Accept"
        case .acceptContact: "Accept-Contact"
        case .acceptEncoding: "Accept-Encoding"
        case .acceptLanguage: "Accept-Language"
        case .alertInfo: "Alert-Info"
        case .allow: "Allow"
        case .allowEvents: "Allow-Events"
        case .authenticationInfo: "Authentication-Info"
        case .authorization: "Authorization"
        case .callID: "Call-ID"
        case .callInfo: "Call-Info"
        case .contact: "Contact"
        case .contentDisposition: "Content-Disposition"
        case .contentEncoding: "Content-Encoding"
        case .contentLanguage: "Content-Language"
        case .contentLength: "Content-Length"
        case .contentType: "Content-Type"
        case .cseq: "CSeq"
        case .date: "Date"
        case .diversion: "Diversion"
        case .errorInfo: "Error-Info"
        case .event: "Event"
        case .expires: "Expires"
        case .from: "From"
        case .historyInfo: "History-Info"
        case .identity: "Identity"
        case .inReplyTo: "In-Reply-To"
        case .infoPackage: "Info-Package"
        case .maxForwards: "Max-Forwards"
        case .mimeVersion: "MIME-Version"
        case .minExpires: "Min-Expires"
        case .minSE: "Min-SE"
        case .organization: "Organization"
        case .pAssertedIdentity: "P-Asserted-Identity"
        case .pPreferredIdentity: "P-Preferred-Identity"
        case .path: "Path"
        case .priority: "Priority"
        case .privacy: "Privacy"
        case .proxyAuthenticate: "Proxy-Authenticate"
        case .proxyAuthorization: "Proxy-Authorization"
        case .proxyRequire: "Proxy-Require"
        case .rAck: "RAck"
        case .reason: "Reason"
        case .recvInfo: "Recv-Info"
        case .recordRoute: "Record-Route"
        case .referTo: "Refer-To"
        case .referredBy: "Referred-By"
        case .rejectContact: "Reject-Contact"
        case .replaces: "Replaces"
        case .replyTo: "Reply-To"
        case .requestDisposition: "Request-Disposition"
        case .require: "Require"
        case .retryAfter: "Retry-After"
        case .route: "Route"
        case .rSeq: "RSeq"
        case .server: "Server"
        case .serviceRoute: "Service-Route"
        case .sessionExpires: "Session-Expires"
        case .subject: "Subject"
        case .subscriptionState: "Subscription-State"
        case .supported: "Supported"
        case .timestamp: "Timestamp"
        case .to: "To"
        case .unsupported: "Unsupported"
        case .userAgent: "User-Agent"
        case .via: "Via"
        case .warning: "Warning"
        case .wwwAuthenticate: "WWW-Authenticate"
        }
    }

    /// The compact form, when there is one (RFC 3261 §7.3.3 and the IANA registry).
    private var compact: String? {
        switch self {
        case .acceptContact: "a"
        case .allowEvents: "u"
        case .callID: "i"
        case .contact: "m"
        case .contentEncoding: "e"
        case .contentLength: "l"
        case .contentType: "c"
        case .event: "o"
        case .from: "f"
        case .identity: "y"
        case .referTo: "r"
        case .referredBy: "b"
        case .rejectContact: "j"
        case .requestDisposition: "d"
        case .sessionExpires: "x"
        case .subject: "s"
        case .supported: "k"
        case .to: "t"
        case .via: "v"
        default: nil
        }
    }

    /// The header of this name in any case, long or compact.
    init?(_ name: some Sequence<UInt8>) {
        var key = Key()
        for octet in name {
            guard OctetClass.isToken(octet) else { return nil }
            key.append(octet)
        }
        guard let header = Self.names.header(for: key) else { return nil }
        self = header
    }

    /// A name in lower case as three words, so that names are compared without looking at their octets again.
    ///
    /// Only a letter becomes a letter in lower case, so no two names that differ in more than case have the same key.
    struct Key: Equatable {
        private var words: (UInt64, UInt64, UInt64) = (0, 0, 0)
        private(set) var count = 0

        /// Names that are longer have no key.
        static let longest = 24

        init() {}

        /// What stands from `start` on up to the next colon; empty when that is too far away.
        @inline(__always)
        init(_ octets: Span<UInt8>, from start: Int) {
            let colons = OctetWord.repeating(0x3A)
            guard start &+ 24 <= octets.count else {
                readOctetByOctet(octets, from: start)
                return
            }
            let first = octets.word(at: start)
            var found = OctetWord.zeros(first ^ colons)
            if found != 0 {
                count = OctetWord.firstPlace(found)
                words.0 = Self.lowercase(OctetWord.prefix(count, of: first))
                return
            }
            let second = octets.word(at: start &+ 8)
            found = OctetWord.zeros(second ^ colons)
            if found != 0 {
                count = OctetWord.firstPlace(found)
                words = (Self.lowercase(first), Self.lowercase(OctetWord.prefix(count, of: second)), 0)
                count &+= 8
                return
            }
            let third = octets.word(at: start &+ 16)
            found = OctetWord.zeros(third ^ colons)
            if found != 0 {
                count = OctetWord.firstPlace(found)
                words = (
                    Self.lowercase(first), Self.lowercase(second), Self.lowercase(OctetWord.prefix(count, of: third))
                )
                count &+= 16
            }
        }

        private mutating func readOctetByOctet(_ octets: Span<UInt8>, from start: Int) {
            var place = start
            while place < octets.count, octets[place] != 0x3A, count < Self.longest {
                append(octets[place])
                place &+= 1
            }
            if place >= octets.count || octets[place] != 0x3A { self = Key() }
        }

        @inline(__always)
        private static func lowercase(_ word: UInt64) -> UInt64 {
            word | (word & OctetWord.repeating(0x40)) &>> 1
        }

        mutating func append(_ octet: UInt8) {
            let lower = Self.lowercase(UInt64(octet)) &<< (UInt64(truncatingIfNeeded: count & 7) &* 8)
            switch count &>> 3 {
            case 0: words.0 |= lower
            case 1: words.1 |= lower
            case 2: words.2 |= lower
            default: break
            }
            count &+= 1
        }

        @inline(__always)
        static func == (one: Key, other: Key) -> Bool {
            one.count == other.count && one.words == other.words
        }

        /// The place in a table of 256.
        @inline(__always)
        var hash: Int {
            let mixed = (words.0 ^ (words.1 &* 31) ^ (words.2 &* 17)) &* 0x9E37_79B9_7F4A_7C15
            return Int(truncatingIfNeeded: mixed &>> 56)
        }
    }

    /// All names by their keys: open addressing, a third full.
    struct Names: Sendable {
        private var slots = [(key: Key, header: KnownHeader)?](repeating: nil, count: 256)

        fileprivate init() {
            for header in KnownHeader.allCases {
                for name in [header.text, header.compact].compactMap(\.self) {
                    var key = Key()
                    for octet in name.utf8 { key.append(octet) }
                    var place = key.hash
                    while slots[place] != nil { place = (place + 1) & 255 }
                    slots[place] = (key, header)
                }
            }
        }

        /// - Complexity: one comparison, seldom two.
        @inline(__always)
        func header(for key: Key) -> KnownHeader? {
            guard key.count > 0, key.count <= Key.longest else { return nil }
            var place = key.hash
            while let slot = slots[place] {
                if slot.key == key { return slot.header }
                place = (place &+ 1) & 255
            }
            return nil
        }

        /// The same for a name that is not followed by its colon.
        func header(_ octets: Span<UInt8>, _ name: Range<Int>) -> KnownHeader? {
            var key = Key()
            for place in name { key.append(octets[place]) }
            return header(for: key)
        }
    }

    static let names = Names()
}
