/// The name of a header field. Case does not matter, and a compact form equals the long one (RFC 3261 §7.3.3).
public struct HeaderName: Hashable, Sendable, CustomStringConvertible {
    /// As it is written: the registered spelling of a known name, else as given.
    public let text: String
    private let key: String

    public init(_ name: String) {
        let key = name.asciiLowercased
        if let known = HeaderName.known[key] {
            self = known
        } else {
            text = name
            self.key = key
        }
    }

    private init(known name: String) {
        text = name
        key = name.asciiLowercased
    }

    public static func == (one: HeaderName, other: HeaderName) -> Bool { one.key == other.key }

    public func hash(into hasher: inout Hasher) { hasher.combine(key) }

    public var description: String { text }

    /// Every name that has a constant below, by its lower-case long and compact forms.
    private static let known: [String: HeaderName] = {
        var table: [String: HeaderName] = [:]
        for (name, compact) in registered {
            table[name.key] = name
            if let compact { table[compact] = name }
        }
        return table
    }()

    private static let registered: [(HeaderName, compact: String?)] = [
        (.accept, nil), (.acceptContact, "a"), (.acceptEncoding, nil), (.acceptLanguage, nil), (.alertInfo, nil),
        (.allow, nil), (.allowEvents, "u"), (.authenticationInfo, nil), (.authorization, nil), (.callID, "i"),
        (.callInfo, nil), (.contact, "m"), (.contentDisposition, nil), (.contentEncoding, "e"),
        (.contentLanguage, nil), (.contentLength, "l"), (.contentType, "c"), (.cseq, nil), (.date, nil),
        (.diversion, nil), (.errorInfo, nil), (.event, "o"), (.expires, nil), (.from, "f"), (.historyInfo, nil),
        (.identity, "y"), (.inReplyTo, nil), (.maxForwards, nil), (.mimeVersion, nil), (.minExpires, nil),
        (.minSE, nil), (.organization, nil), (.pAssertedIdentity, nil), (.pPreferredIdentity, nil), (.path, nil),
        (.priority, nil), (.privacy, nil), (.proxyAuthenticate, nil), (.proxyAuthorization, nil),
        (.proxyRequire, nil), (.rAck, nil), (.reason, nil), (.recordRoute, nil), (.referTo, "r"),
        (.referredBy, "b"), (.rejectContact, "j"), (.replaces, nil), (.replyTo, nil), (.requestDisposition, "d"),
        (.require, nil), (.retryAfter, nil), (.route, nil), (.rSeq, nil), (.server, nil), (.serviceRoute, nil),
        (.sessionExpires, "x"), (.subject, "s"), (.subscriptionState, nil), (.supported, "k"), (.timestamp, nil),
        (.to, "t"), (.unsupported, nil), (.userAgent, nil), (.via, "v"), (.warning, nil), (.wwwAuthenticate, nil),
    ]
}

extension HeaderName {
    public static let accept = HeaderName(known: "Accept")
    public static let acceptContact = HeaderName(known: "Accept-Contact")
    public static let acceptEncoding = HeaderName(known: "Accept-Encoding")
    public static let acceptLanguage = HeaderName(known: "Accept-Language")
    public static let alertInfo = HeaderName(known: "Alert-Info")
    public static let allow = HeaderName(known: "Allow")
    public static let allowEvents = HeaderName(known: "Allow-Events")
    public static let authenticationInfo = HeaderName(known: "Authentication-Info")
    public static let authorization = HeaderName(known: "Authorization")
    public static let callID = HeaderName(known: "Call-ID")
    public static let callInfo = HeaderName(known: "Call-Info")
    public static let contact = HeaderName(known: "Contact")
    public static let contentDisposition = HeaderName(known: "Content-Disposition")
    public static let contentEncoding = HeaderName(known: "Content-Encoding")
    public static let contentLanguage = HeaderName(known: "Content-Language")
    public static let contentLength = HeaderName(known: "Content-Length")
    public static let contentType = HeaderName(known: "Content-Type")
    public static let cseq = HeaderName(known: "CSeq")
    public static let date = HeaderName(known: "Date")
    public static let diversion = HeaderName(known: "Diversion")
    public static let errorInfo = HeaderName(known: "Error-Info")
    public static let event = HeaderName(known: "Event")
    public static let expires = HeaderName(known: "Expires")
    public static let from = HeaderName(known: "From")
    public static let historyInfo = HeaderName(known: "History-Info")
    public static let identity = HeaderName(known: "Identity")
    public static let inReplyTo = HeaderName(known: "In-Reply-To")
    public static let maxForwards = HeaderName(known: "Max-Forwards")
    public static let mimeVersion = HeaderName(known: "MIME-Version")
    public static let minExpires = HeaderName(known: "Min-Expires")
    public static let minSE = HeaderName(known: "Min-SE")
    public static let organization = HeaderName(known: "Organization")
    public static let pAssertedIdentity = HeaderName(known: "P-Asserted-Identity")
    public static let pPreferredIdentity = HeaderName(known: "P-Preferred-Identity")
    public static let path = HeaderName(known: "Path")
    public static let priority = HeaderName(known: "Priority")
    public static let privacy = HeaderName(known: "Privacy")
    public static let proxyAuthenticate = HeaderName(known: "Proxy-Authenticate")
    public static let proxyAuthorization = HeaderName(known: "Proxy-Authorization")
    public static let proxyRequire = HeaderName(known: "Proxy-Require")
    public static let rAck = HeaderName(known: "RAck")
    public static let reason = HeaderName(known: "Reason")
    public static let recordRoute = HeaderName(known: "Record-Route")
    public static let referTo = HeaderName(known: "Refer-To")
    public static let referredBy = HeaderName(known: "Referred-By")
    public static let rejectContact = HeaderName(known: "Reject-Contact")
    public static let replaces = HeaderName(known: "Replaces")
    public static let replyTo = HeaderName(known: "Reply-To")
    public static let requestDisposition = HeaderName(known: "Request-Disposition")
    public static let require = HeaderName(known: "Require")
    public static let retryAfter = HeaderName(known: "Retry-After")
    public static let route = HeaderName(known: "Route")
    public static let rSeq = HeaderName(known: "RSeq")
    public static let server = HeaderName(known: "Server")
    public static let serviceRoute = HeaderName(known: "Service-Route")
    public static let sessionExpires = HeaderName(known: "Session-Expires")
    public static let subject = HeaderName(known: "Subject")
    public static let subscriptionState = HeaderName(known: "Subscription-State")
    public static let supported = HeaderName(known: "Supported")
    public static let timestamp = HeaderName(known: "Timestamp")
    public static let to = HeaderName(known: "To")
    public static let unsupported = HeaderName(known: "Unsupported")
    public static let userAgent = HeaderName(known: "User-Agent")
    public static let via = HeaderName(known: "Via")
    public static let warning = HeaderName(known: "Warning")
    public static let wwwAuthenticate = HeaderName(known: "WWW-Authenticate")
}
