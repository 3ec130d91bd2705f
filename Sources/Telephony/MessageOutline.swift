internal import SDP
internal import SIPCore

/// What matters of a SIP message to a person who wants to know how a call went.
public struct MessageOutline: Sendable, Equatable {
    /// A header field that says something about the call.
    public struct Field: Sendable, Equatable, Codable {
        public var name: String
        public var value: String
    }

    /// Where one side wants the sound, and in which codecs.
    public struct Sound: Sendable, Equatable, Codable {
        /// As it was announced: an address or a name.
        public var host: String
        /// 0 when sound is refused.
        public var port: Int
        /// E.g. `RTP/AVP`.
        public var transport: String
        /// The payload types in order with their names, e.g. `0 PCMU/8000`.
        public var codecs: [String]
        /// `sendrecv`, `sendonly`, `recvonly` or `inactive`.
        public var direction: String

        /// Whether it is to be encrypted.
        public var isEncrypted: Bool { transport.uppercased().contains("SAVP") }
        /// The codecs without numbers and clocks, telephone-event and comfort noise left out.
        public var codecNames: [String] {
            codecs.compactMap { codec in
                let name = codec.split(separator: " ").last?.prefix { $0 != "/" } ?? ""
                return ["telephone-event", "CN"].contains(String(name)) || name.isEmpty ? nil : String(name)
            }
        }
    }

    /// `INVITE sip:desk@example.com` or `200 OK`.
    public var startLine: String
    /// That of the request, or of the request that is answered.
    public var method: String
    /// The Call-ID; empty when it can't be read.
    public var callID = ""
    /// The number of CSeq.
    public var sequence: Int?
    /// `nil` for a request.
    public var status: Int?
    public var reason: String?
    public var sound: Sound?
    /// In the order in which they stand in the message.
    public var fields: [Field] = []
    /// Whether a request brings credentials.
    public var hasCredentials = false
    /// Whether it belongs to a dialog already.
    public var isInDialog = false

    /// Whether it is part of the end of a call.
    public var tellsOfEnd: Bool { method == "BYE" || method == "CANCEL" || (status ?? 0) >= 300 && method == "INVITE" }

    /// What is worth telling besides the start line.
    private static let telling: [HeaderName] = [
        .referTo, .reason, .warning, .retryAfter, .sessionExpires, .minSE, .unsupported, .require, .subscriptionState,
        .wwwAuthenticate, .proxyAuthenticate, .authorization, .proxyAuthorization, .contact, .userAgent, .server,
        HeaderName("X-Telnyx-Session-ID"),
    ]

    /// - Returns: `nil` for what is no SIP message.
    public init?(_ octets: [UInt8]) {
        guard let message = try? Message(parsing: octets) else { return nil }
        switch message {
        case .request(let request):
            startLine = "\(request.method.name) \(request.requestURIText)"
            method = request.method.name
            sequence = (try? request.cseq).map { Int($0.number) }
            hasCredentials = request.first(.authorization) != nil || request.first(.proxyAuthorization) != nil
            isInDialog = (try? request.to.tag) != nil
            read(request)
        case .response(let response):
            startLine = "\(response.status) \(response.reason)"
            status = response.status
            reason = response.reason
            let cseq = try? response.cseq
            method = cseq?.method.name ?? ""
            sequence = cseq.map { Int($0.number) }
            isInDialog = (try? response.to.tag) != nil
            read(response)
        }
    }

    private mutating func read(_ message: some SIPMessage) {
        callID = (try? message.callID)?.text ?? ""
        for (name, value) in message.headers where Self.telling.contains(name) && fields.count < 24 {
            fields.append(Field(name: name.text, value: value))
        }
        guard let octets = message.sessionDescription, let session = try? SessionDescription(parsing: octets),
            let outline = SoundOutline(session)
        else { return }
        sound = Sound(
            host: outline.host, port: Int(outline.port), transport: outline.transport,
            codecs: outline.codecs.map { $0.name.isEmpty ? "\($0.number)" : "\($0.number) \($0.name)" },
            direction: outline.direction.rawValue)
    }
}
