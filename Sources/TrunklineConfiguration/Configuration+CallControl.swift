public import TelephonyPrimitives

extension Configuration {
    /// Calls by Telnyx's Call Control, without SIP.
    public struct CallControl: Sendable, Equatable {
        /// Where webhooks and media streams come in, in plain HTTP: TLS is for a proxy in front.
        public var listen = TransportAddress(ip: .loopbackV4, port: 8_080)
        /// How Telnyx reaches that: scheme and host.
        public var publicURL = ""
        /// What webhooks are signed with: the account's public key, in Base64.
        public var publicKey = ""
        /// What commands are sent with, out of the environment, or the file that it is in.
        public var apiKey: String?
        public var apiKeyFile: String?
        /// Where commands go; `nil`: to Telnyx.
        public var apiURL: String?
        /// How sound is streamed.
        public var codec = CallControlCodec.pcmu
        /// The Call Control application: webhooks of others are left alone.
        public var connectionID: String?
        /// As whom calls are placed when nobody else is named.
        public var from: String?
        /// Whether TeXML applications get a document there.
        public var servesTeXML = false

        public init() {}
    }

    /// How sound is streamed, in Telnyx's spelling.
    public enum CallControlCodec: String, Sendable, CaseIterable {
        case pcmu = "PCMU"
        case pcma = "PCMA"
        case g722 = "G722"
        case opus = "OPUS"
        case l16 = "L16"
    }
}

extension Configuration.CallControl: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// Where it is; never the API key.
    public var description: String { "CallControl(\(listen), \(publicURL), \(codec.rawValue))" }

    /// As ``description``.
    public var debugDescription: String { description }

    /// As ``description``, also in a dump.
    public var customMirror: Mirror {
        Mirror(self, children: ["listen": "\(listen)", "publicURL": publicURL, "codec": codec.rawValue])
    }
}

extension Configuration {
    mutating func readCallControl(_ top: ConfigurationReader.Section, with reader: inout ConfigurationReader) {
        let section = reader.section(top, "call_control")
        guard !section.entries.isEmpty else { return }
        var read = CallControl()
        reader.read(section, "listen", into: &read.listen) { (text: String) throws(InvalidValue) -> TransportAddress in
            guard let address = try ValueReading.httpAddress(text) else {
                throw InvalidValue("is no address and port", fix: "write ADDRESS:PORT such as 127.0.0.1:8080")
            }
            return address
        }
        reader.read(section, "public_url", into: &read.publicURL, using: ValueReading.publicAddress)
        reader.read(section, "public_key", into: &read.publicKey, using: ValueReading.webhookKey)
        reader.read(section, "api_key_file", into: &read.apiKeyFile, using: ValueReading.optionalPath)
        reader.read(section, "api_url", into: &read.apiURL, using: ValueReading.webAddress)
        reader.read(section, "codec", into: &read.codec, using: ValueReading.choice(CallControlCodec.self))
        reader.read(section, "connection_id", into: &read.connectionID, using: ValueReading.applicationID)
        reader.read(section, "from", into: &read.from, using: ValueReading.plusNumber)
        reader.read(section, "texml", into: &read.servesTeXML, using: ValueReading.truth)
        read.apiKey = reader.readSecret(section, "api_key").value
        callControl = read
    }

    /// Settings of Call Control that don't go together.
    var contradictionsOfCallControl: [(key: String, sentence: String)] {
        var found: [(key: String, sentence: String)] = []
        if outbound.way == .callControl, callControl?.connectionID == nil || callControl?.from == nil {
            found.append(
                (
                    "outbound.way",
                    "outbound.way: call_control needs to know by which application and as whom; write "
                        + "call_control.connection_id and call_control.from"
                ))
        }
        guard let settings = callControl else { return found }
        if settings.publicURL.isEmpty {
            found.append(
                (
                    "call_control",
                    "call_control has no public_url; write how Telnyx reaches this machine, such as public_url: "
                        + "https://agent.example.com"
                ))
        }
        if settings.publicKey.isEmpty {
            found.append(
                (
                    "call_control",
                    "call_control has no public_key, without which anybody could call; write the account's public key "
                        + "(portal, Keys & Credentials, Public Key)"
                ))
        }
        if settings.apiKey == nil, settings.apiKeyFile == nil {
            found.append(
                (
                    "call_control",
                    "call_control has no API key to answer calls with; write api_key_env: TELNYX_API_KEY, or "
                        + "api_key_file: FILE"
                ))
        }
        if let http = http.listen, http == settings.listen, http.port != 0 {
            found.append(
                (
                    "call_control.listen",
                    "call_control.listen and http.listen are both \(http); give one of them another port"
                ))
        }
        return found
    }
}

extension ValueReading {
    /// `https://HOST`, or `http://…` for a machine of one's own.
    static func publicAddress(_ text: String) throws(InvalidValue) -> String {
        let fix = "write scheme and host alone, such as https://agent.example.com"
        var address = try webAddress(text) ?? ""
        while address.hasSuffix("/") { address.removeLast() }
        let host = address.drop { $0 != ":" }.dropFirst(3)
        guard !host.isEmpty, host.allSatisfy({ $0.isLetter || $0.isNumber || ".-_:[]".contains($0) }) else {
            throw InvalidValue("has a path, a user or a query", fix: fix)
        }
        return address
    }

    /// 32 octets in Base64.
    static func webhookKey(_ text: String) throws(InvalidValue) -> String {
        let fix = "copy the public key as the portal shows it (Keys & Credentials, Public Key): 44 characters"
        guard !text.hasPrefix("KEY") || text.utf8.count == 44 else { throw InvalidValue("is an API key", fix: fix) }
        let digits = text.utf8.prefix { $0 != 0x3D }.count
        guard digits == 43, text.utf8.count <= 44,
            text.utf8.prefix(43).allSatisfy({
                switch $0 {
                case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2B, 0x2F, 0x2D, 0x5F: true
                default: false
                }
            })
        else { throw InvalidValue("is no public key", fix: fix) }
        return text
    }

    static func applicationID(_ text: String) throws(InvalidValue) -> String? {
        guard (1...64).contains(text.utf8.count), text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            throw InvalidValue(
                "is no identifier", fix: "copy that of the Call Control application (portal, Voice, Programmable Voice)"
            )
        }
        return text
    }

    /// `+12025550133`.
    static func plusNumber(_ text: String) throws(InvalidValue) -> String? {
        guard text.hasPrefix("+"), (7...15).contains(text.utf8.count - 1),
            text.utf8.dropFirst().allSatisfy({ (0x30...0x39).contains($0) })
        else { throw InvalidValue("is no number in E.164", fix: "write one such as \"+12025550133\", in quotes") }
        return text
    }
}
