/// The name of a header field. Case does not matter, and a compact form equals the long one (RFC 3261 §7.3.3).
public struct HeaderName: Hashable, Sendable, CustomStringConvertible {
    /// A name that has a constant below; else `nil`, and `spelling` tells it.
    let known: KnownHeader?
    /// As given; empty for a known name.
    private let spelling: String

    public init(_ name: String) {
        known = KnownHeader(name.utf8)
        spelling = known == nil ? name : ""
    }

    init(_ known: KnownHeader) {
        self.known = known
        spelling = ""
    }

    /// As it is written: the registered spelling of a known name, else as given.
    public var text: String { known?.text ?? spelling }

    public static func == (one: HeaderName, other: HeaderName) -> Bool {
        one.known == other.known && (one.known != nil || one.spelling.utf8.isEqual(ignoringCase: other.spelling))
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(known)
        if known == nil { hasher.combine(spelling.asciiLowercased) }
    }

    public var description: String { text }
}

extension HeaderName {
    public static var accept: HeaderName { HeaderName(.accept) }
    public static var acceptContact: HeaderName { HeaderName(.acceptContact) }
    public static var acceptEncoding: HeaderName { HeaderName(.acceptEncoding) }
    public static var acceptLanguage: HeaderName { HeaderName(.acceptLanguage) }
    public static var alertInfo: HeaderName { HeaderName(.alertInfo) }
    public static var allow: HeaderName { HeaderName(.allow) }
    public static var allowEvents: HeaderName { HeaderName(.allowEvents) }
    public static var authenticationInfo: HeaderName { HeaderName(.authenticationInfo) }
    public static var authorization: HeaderName { HeaderName(.authorization) }
    public static var callID: HeaderName { HeaderName(.callID) }
    public static var callInfo: HeaderName { HeaderName(.callInfo) }
    public static var contact: HeaderName { HeaderName(.contact) }
    public static var contentDisposition: HeaderName { HeaderName(.contentDisposition) }
    public static var contentEncoding: HeaderName { HeaderName(.contentEncoding) }
    public static var contentLanguage: HeaderName { HeaderName(.contentLanguage) }
    public static var contentLength: HeaderName { HeaderName(.contentLength) }
    public static var contentType: HeaderName { HeaderName(.contentType) }
    public static var cseq: HeaderName { HeaderName(.cseq) }
    public static var date: HeaderName { HeaderName(.date) }
    public static var diversion: HeaderName { HeaderName(.diversion) }
    public static var errorInfo: HeaderName { HeaderName(.errorInfo) }
    public static var event: HeaderName { HeaderName(.event) }
    public static var expires: HeaderName { HeaderName(.expires) }
    public static var from: HeaderName { HeaderName(.from) }
    public static var historyInfo: HeaderName { HeaderName(.historyInfo) }
    public static var identity: HeaderName { HeaderName(.identity) }
    public static var inReplyTo: HeaderName { HeaderName(.inReplyTo) }
    public static var infoPackage: HeaderName { HeaderName(.infoPackage) }
    public static var maxForwards: HeaderName { HeaderName(.maxForwards) }
    public static var mimeVersion: HeaderName { HeaderName(.mimeVersion) }
    public static var minExpires: HeaderName { HeaderName(.minExpires) }
    public static var minSE: HeaderName { HeaderName(.minSE) }
    public static var organization: HeaderName { HeaderName(.organization) }
    public static var pAssertedIdentity: HeaderName { HeaderName(.pAssertedIdentity) }
    public static var pPreferredIdentity: HeaderName { HeaderName(.pPreferredIdentity) }
    public static var path: HeaderName { HeaderName(.path) }
    public static var priority: HeaderName { HeaderName(.priority) }
    public static var privacy: HeaderName { HeaderName(.privacy) }
    public static var proxyAuthenticate: HeaderName { HeaderName(.proxyAuthenticate) }
    public static var proxyAuthorization: HeaderName { HeaderName(.proxyAuthorization) }
    public static var proxyRequire: HeaderName { HeaderName(.proxyRequire) }
    public static var rAck: HeaderName { HeaderName(.rAck) }
    public static var reason: HeaderName { HeaderName(.reason) }
    public static var recvInfo: HeaderName { HeaderName(.recvInfo) }
    public static var recordRoute: HeaderName { HeaderName(.recordRoute) }
    public static var referTo: HeaderName { HeaderName(.referTo) }
    public static var referredBy: HeaderName { HeaderName(.referredBy) }
    public static var rejectContact: HeaderName { HeaderName(.rejectContact) }
    public static var replaces: HeaderName { HeaderName(.replaces) }
    public static var replyTo: HeaderName { HeaderName(.replyTo) }
    public static var requestDisposition: HeaderName { HeaderName(.requestDisposition) }
    public static var require: HeaderName { HeaderName(.require) }
    public static var retryAfter: HeaderName { HeaderName(.retryAfter) }
    public static var route: HeaderName { HeaderName(.route) }
    public static var rSeq: HeaderName { HeaderName(.rSeq) }
    public static var server: HeaderName { HeaderName(.server) }
    public static var serviceRoute: HeaderName { HeaderName(.serviceRoute) }
    public static var sessionExpires: HeaderName { HeaderName(.sessionExpires) }
    public static var subject: HeaderName { HeaderName(.subject) }
    public static var subscriptionState: HeaderName { HeaderName(.subscriptionState) }
    public static var supported: HeaderName { HeaderName(.supported) }
    public static var timestamp: HeaderName { HeaderName(.timestamp) }
    public static var to: HeaderName { HeaderName(.to) }
    public static var unsupported: HeaderName { HeaderName(.unsupported) }
    public static var userAgent: HeaderName { HeaderName(.userAgent) }
    public static var via: HeaderName { HeaderName(.via) }
    public static var warning: HeaderName { HeaderName(.warning) }
    public static var wwwAuthenticate: HeaderName { HeaderName(.wwwAuthenticate) }
}
