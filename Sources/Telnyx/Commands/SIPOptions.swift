public import TelephonyPrimitives

/// How a new leg is placed when it goes to a SIP URI, and what its INVITE carries.
public struct SIPOptions: Sendable, Hashable {
    public enum TransportProtocol: String, Sendable, Hashable, FieldValue {
        case udp = "UDP"
        case tcp = "TCP"
        case tls = "TLS"
    }

    public enum Region: String, Sendable, Hashable, FieldValue {
        case us = "US"
        case europe = "Europe"
        case canada = "Canada"
        case australia = "Australia"
        case middleEast = "Middle East"
    }

    public enum MediaEncryption: String, Sendable, Hashable, FieldValue {
        case disabled
        case srtp = "SRTP"
        case dtls = "DTLS"
    }

    public var username: String?
    public var password: Secret?
    public var transport: TransportProtocol?
    public var region: Region?
    public var mediaEncryption: MediaEncryption?
    /// Headers `X-…`.
    public var customHeaders: [SIPHeader] = []
    /// `User-to-User` only.
    public var sipHeaders: [SIPHeader] = []
    /// In this order, e.g. `["G722", "PCMU"]`.
    public var preferredCodecs: [String] = []
    /// Hides the number from whoever is called.
    public var isPrivate = false

    public init() {}

    var fields: CommandFields {
        [
            "sip_auth_username": username, "sip_auth_password": password?.value,
            "sip_transport_protocol": transport, "sip_region": region, "media_encryption": mediaEncryption,
            "custom_headers": customHeaders.isEmpty ? nil : customHeaders,
            "sip_headers": sipHeaders.isEmpty ? nil : sipHeaders,
            "preferred_codecs": preferredCodecs.isEmpty ? nil : preferredCodecs.joined(separator: ","),
            "privacy": isPrivate ? "id" : nil,
        ]
    }

    func check() throws(TelnyxError) {
        try Bounds.headers(customHeaders, "custom_headers")
        try Bounds.headers(sipHeaders, "sip_headers")
    }
}
