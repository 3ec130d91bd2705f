public import TelephonyPrimitives

extension Configuration {
    /// The HTTP port: the API, metrics, and how the server stands.
    public struct HTTP: Sendable, Equatable {
        /// Where it is taken; `nil`: nowhere.
        public var listen: TransportAddress?
        /// What opens the API, out of the environment: tokens with commas or blanks between them.
        public var tokens: String?
        /// The file with such tokens, one a line.
        public var tokensFile: String?
        /// Octets of a request's body.
        public var maximumBody = 64_000
        /// Connections at once.
        public var maximumConnections = 100
        /// Of each token.
        public var requestsPerSecond = 20

        public init() {}

        /// Reads `127.0.0.1:8080`, `true` or `false`, as a file has it.
        public static func address(_ text: String) throws(InvalidValue) -> TransportAddress? {
            try ValueReading.httpAddress(text)
        }

        /// Where it is taken when nothing else is said.
        public static let usualAddress = TransportAddress(ip: .loopbackV4, port: 8_080)
    }

    /// Calls that are placed on request.
    public struct Outbound: Sendable, Equatable {
        /// Who may be called, as patterns: `+4930*`, `sip:*@example.com`. Nobody by default.
        public var allow: [String] = []
        /// The account that calls, by its name in `accounts`.
        public var account: String?
        /// Where calls to telephone numbers go, a SIP URI without a user.
        public var trunk: String?
        /// Who calls, a number or a SIP URI; `nil`: the account, else this server.
        public var from: String?
        /// How long it may ring.
        public var ringTimeout = Duration.seconds(45)
        /// Calls of ours at once.
        public var maximum = 10
        /// Calls of ours within any hour.
        public var perHour = 100

        public init() {}
    }
}

extension Configuration.HTTP: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// Where it is taken; never a token.
    public var description: String { "HTTP(\(listen.map(\.description) ?? "off"))" }

    /// As ``description``.
    public var debugDescription: String { description }

    /// Where it is taken; never a token, not even in a dump.
    public var customMirror: Mirror { Mirror(self, children: ["listen": listen.map(\.description) ?? "off"]) }
}

extension Configuration {
    mutating func readHTTP(_ top: ConfigurationReader.Section, with reader: inout ConfigurationReader) {
        let section = reader.section(top, "http")
        reader.read(section, "listen", into: &http.listen, using: ValueReading.httpAddress)
        reader.read(section, "tokens_file", into: &http.tokensFile, using: ValueReading.optionalPath)
        reader.read(section, "maximum_body", into: &http.maximumBody, using: ValueReading.bodySize)
        reader.read(
            section, "maximum_connections", into: &http.maximumConnections, using: ValueReading.number(in: 1...10_000))
        reader.read(
            section, "requests_per_second", into: &http.requestsPerSecond, using: ValueReading.number(in: 1...10_000))
        http.tokens = reader.readSecret(section, "tokens").value
    }

    mutating func readOutbound(_ top: ConfigurationReader.Section, with reader: inout ConfigurationReader) {
        let section = reader.section(top, "outbound")
        reader.readList(section, "allow", into: &outbound.allow, using: ValueReading.destinationPattern)
        reader.read(section, "account", into: &outbound.account, using: ValueReading.text)
        reader.read(section, "trunk", into: &outbound.trunk, using: ValueReading.sipServer)
        reader.read(section, "from", into: &outbound.from) { (text: String) throws(InvalidValue) -> String? in
            try ValueReading.destination(text)
        }
        reader.read(section, "ring_timeout", into: &outbound.ringTimeout, using: ValueReading.positiveDuration)
        reader.read(section, "maximum", into: &outbound.maximum, using: ValueReading.number(in: 1...100_000))
        reader.read(section, "per_hour", into: &outbound.perHour, using: ValueReading.number(in: 1...1_000_000))
    }

    /// Settings of these two that don't go together with each other or with the rest.
    var contradictionsOfHTTP: [(key: String, sentence: String)] {
        var found: [(key: String, sentence: String)] = []
        if http.tokens != nil, http.tokensFile != nil {
            found.append(("http.tokens_env", "http has tokens_env and tokens_file; delete one of the two"))
        }
        if let listen = http.listen, !listen.ip.isLoopback, http.tokens == nil, http.tokensFile == nil {
            found.append(
                (
                    "http.listen",
                    "http.listen: \(listen) can be reached from other machines, and there is no token; write "
                        + "http.tokens_file: FILE with a line from `openssl rand -hex 32`, or listen on 127.0.0.1"
                ))
        }
        if let name = outbound.account, !accounts.contains(where: { $0.name == name }) {
            let known = accounts.map(\.name).joined(separator: ", ")
            found.append(
                (
                    "outbound.account",
                    "outbound.account: there is no account \"\(name)\" in accounts"
                        + (known.isEmpty ? "; add it there" : "; there are \(known)")
                ))
        }
        if outbound.account != nil, outbound.trunk != nil {
            found.append(
                ("outbound.trunk", "outbound has account and trunk; delete one of the two: an account knows its server")
            )
        }
        return found
    }
}

extension ValueReading {
    /// `127.0.0.1:8080`, `true` for that, `false` for none.
    static func httpAddress(_ text: String) throws(InvalidValue) -> TransportAddress? {
        if text == "false" { return nil }
        if text == "true" { return Configuration.HTTP.usualAddress }
        let form = "write ADDRESS:PORT such as 127.0.0.1:8080 or [::1]:8080, or false for none"
        let isBracketed = text.hasPrefix("[")
        let host = isBracketed ? text.dropFirst().prefix { $0 != "]" } : text.prefix { $0 != ":" }
        let rest = text.dropFirst(host.count + (isBracketed ? 2 : 0))
        guard let ip = IPAddress(String(host)), rest.first == ":" else {
            throw InvalidValue("is no address and port", fix: form)
        }
        guard rest.dropFirst().utf8.allSatisfy({ (0x30...0x39).contains($0) }), let port = UInt16(rest.dropFirst())
        else {
            throw InvalidValue("has no port from 0 to 65535", fix: form)
        }
        return TransportAddress(ip: ip, port: port)
    }

    /// `64kB`, `1MB`, in powers of a thousand.
    static func bodySize(_ text: String) throws(InvalidValue) -> Int {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        let units = ["kB": 1_000, "MB": 1_000_000]
        guard let number = Int(digits), (1...10_000).contains(number),
            let unit = units[String(text.dropFirst(digits.count))],
            number * unit <= 10_000_000
        else {
            throw InvalidValue("is no size from 1kB to 10MB", fix: "write a whole number with kB or MB, such as 64kB")
        }
        return number * unit
    }

    /// What may be called; the server looks at it closely when it starts.
    static func destinationPattern(_ text: String) throws(InvalidValue) -> String {
        let lower = text.lowercased()
        let isAddress = ["sip:", "sips:"].contains { lower.hasPrefix($0) } && text.contains("@")
        var digits = text[...]
        if digits.first == "+" { digits = digits.dropFirst() }
        if digits.last == "*" { digits = digits.dropLast() }
        let isNumber = digits.allSatisfy { $0.isASCII && $0.isNumber } && text != "*" && !text.isEmpty
        guard isAddress || isNumber, text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            throw InvalidValue(
                "is no pattern of numbers or addresses", fix: "write one such as +4930* or sip:*@example.com")
        }
        return text
    }
}
