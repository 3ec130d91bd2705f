/// The header fields that this library knows by name.
enum KnownHeader: UInt8, CaseIterable {
    case accept, acceptContact, acceptEncoding, acceptLanguage, alertInfo, allow, allowEvents, authenticationInfo
    case authorization, callID, callInfo, contact, contentDisposition, contentEncoding, contentLanguage
    case contentLength, contentType, cseq, date, diversion, errorInfo, event, expires, from, historyInfo, identity
    case inReplyTo, maxForwards, mimeVersion, minExpires, minSE, organization, pAssertedIdentity, pPreferredIdentity
    case path, priority, privacy, proxyAuthenticate, proxyAuthorization, proxyRequire, rAck, reason, recordRoute
    case referTo, referredBy, rejectContact, replaces, replyTo, requestDisposition, require, retryAfter, route, rSeq
    case server, serviceRoute, sessionExpires, subject, subscriptionState, supported, timestamp, to, unsupported
    case userAgent, via, warning, wwwAuthenticate

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
        self.init(key)
    }

    init?(_ key: Key) {
        guard let header = Self.table.find(key) else { return nil }
        self = header
    }

    /// A name in lower case as one number, so that names are compared without looking at their octets again.
    ///
    /// Setting the bit 0x20 joins upper with lower case and keeps all other octets of a token apart.
    struct Key: Equatable {
        private var low: UInt64 = 0
        private var middle: UInt64 = 0
        private var high: UInt64 = 0
        private(set) var count = 0

        @inline(__always)
        mutating func append(_ octet: UInt8) {
            high = high << 8 | middle >> 56
            middle = middle << 8 | low >> 56
            low = low << 8 | UInt64(octet | 0x20)
            count &+= 1
        }

        /// The place in a table of 256.
        @inline(__always)
        var hash: Int {
            let mixed = (low ^ (middle &* 31) ^ (high &* 17)) &* 0x9E37_79B9_7F4A_7C15
            return Int(truncatingIfNeeded: mixed >> 56)
        }
    }

    /// All names by their keys: open addressing, a quarter full.
    private struct Table {
        private var slots = [(key: Key, header: KnownHeader)?](repeating: nil, count: 256)

        init() {
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
        func find(_ key: Key) -> KnownHeader? {
            // Longer than a key can tell.
            guard key.count <= 24 else { return nil }
            var place = key.hash
            while let slot = slots[place] {
                if slot.key == key { return slot.header }
                place = (place &+ 1) & 255
            }
            return nil
        }
    }

    private static let table = Table()
}
