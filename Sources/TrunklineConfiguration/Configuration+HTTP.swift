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
        /// By which way numbers are called.
        public var way = OutboundWay.sip
        /// The account that calls, by its name in `accounts`.
        public var account: String?
        /// Where calls to telephone numbers go, a SIP URI without a user.
        public var trunk: String?
        /// The trunks by which numbers are called, by the beginning of the number, the longest first; empty: all of them by
        /// the first trunk, and by the next ones when that fails.
        public var routes: [String: [String]] = [:]
        /// Who calls, a number or a SIP URI; `nil`: the account, else this server.
        public var from: String?
        /// How long it may ring.
        public var ringTimeout = Duration.seconds(45)
        /// Calls of ours at once.
        public var maximum = 10
        /// Calls of ours within any hour.
        public var perHour = 100
        /// What is done when a voicemail answers.
        public var onMachine = OnMachine.carryOn
        /// What is left on it, with `{name}` for the variables of a call.
        public var voicemail: String?
        /// What a telephone that screens calls is told; `nil`: the agent talks as to anybody.
        public var onScreening: String?
        /// The time zone of numbers of which it is not known.
        public var timezone = "UTC"
        /// When campaigns call nobody, by the clock of whoever is called; `nil`: at no time.
        public var quietHours: QuietHours? = QuietHours(from: 21 * 60, until: 8 * 60)
        /// What a begun minute of a call costs, in millionths of a unit of money.
        public var costPerMinute = 0

        public init() {}
    }

    /// A part of the day, minutes after midnight.
    public struct QuietHours: Sendable, Equatable {
        public var from: Int
        public var until: Int

        public init(from: Int, until: Int) {
            self.from = from
            self.until = until
        }
    }

    /// By which way numbers are called.
    public enum OutboundWay: String, Sendable, CaseIterable {
        case sip
        case callControl = "call_control"
    }

    /// What is done when a voicemail answers.
    public enum OnMachine: String, Sendable, CaseIterable {
        case hangUp = "hang_up"
        case leaveMessage = "leave_message"
        case carryOn = "continue"
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
        reader.read(section, "way", into: &outbound.way, using: ValueReading.choice(OutboundWay.self))
        reader.read(section, "account", into: &outbound.account, using: ValueReading.text)
        reader.read(section, "trunk", into: &outbound.trunk, using: ValueReading.sipServer)
        reader.read(section, "from", into: &outbound.from) { (text: String) throws(InvalidValue) -> String? in
            try ValueReading.destination(text)
        }
        reader.read(section, "ring_timeout", into: &outbound.ringTimeout, using: ValueReading.positiveDuration)
        reader.read(section, "maximum", into: &outbound.maximum, using: ValueReading.number(in: 1...100_000))
        reader.read(section, "per_hour", into: &outbound.perHour, using: ValueReading.number(in: 1...1_000_000))
        reader.read(section, "on_machine", into: &outbound.onMachine, using: ValueReading.choice(OnMachine.self))
        reader.read(section, "voicemail", into: &outbound.voicemail, using: ValueReading.text)
        reader.read(section, "on_screening", into: &outbound.onScreening, using: ValueReading.text)
        reader.read(section, "timezone", into: &outbound.timezone, using: ValueReading.name)
        reader.read(section, "quiet_hours", into: &outbound.quietHours, using: ValueReading.partOfDay)
        reader.read(
            section, "cost_per_minute", into: &outbound.costPerMinute, using: ValueReading.number(in: 0...1_000_000_000)
        )
        let routes = reader.section(section, "routes", takesAnyKey: true)
        if routes.entries.count > 1_000 {
            reader.note(reader.line(of: routes.path), "\(routes.path) has more than 1000")
        }
        for (text, (line, node)) in routes.entries.sorted(by: { $0.value.line < $1.value.line }) {
            do {
                let beginning = try ValueReading.routeBeginning(text)
                var names: [String] = []
                var one = ConfigurationReader.Section(path: routes.path)
                one.entries[text] = (line, node)
                reader.readList(one, text, into: &names, using: ValueReading.trunkName)
                for name in names where !trunks.contains(where: { $0.name == name }) {
                    let known = trunks.map(\.name).joined(separator: ", ")
                    reader.note(
                        line,
                        "\(routes.path(of: text)): there is no trunk \"\(name)\"; "
                            + (known.isEmpty ? "add it under trunks" : "there are \(known)"))
                }
                outbound.routes[beginning] = names
            } catch {
                reader.note(line, "\(routes.path): \"\(text.prefix(32))\" \(error)")
            }
        }
    }

    /// Settings of these two that don't go together with each other or with the rest.
    var contradictionsOfHTTP: [(key: String, sentence: String)] {
        var found: [(key: String, sentence: String)] = []
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
        if !trunks.isEmpty, outbound.account != nil || outbound.trunk != nil {
            let key = outbound.account == nil ? "outbound.trunk" : "outbound.account"
            found.append((key, "\(key): numbers are called by the trunks; delete this line, or the trunks"))
        }
        if outbound.onMachine == .leaveMessage, outbound.voicemail == nil {
            found.append(
                (
                    "outbound.on_machine",
                    "outbound.on_machine: leave_message has nothing to leave; write outbound.voicemail: \"TEXT\""
                ))
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

    /// `21:00-08:00`, or `false` for none.
    static func partOfDay(_ text: String) throws(InvalidValue) -> Configuration.QuietHours? {
        if text == "false" { return nil }
        let times = text.split(separator: "-", omittingEmptySubsequences: false).map { part -> Int? in
            let numbers = part.split(separator: ":", omittingEmptySubsequences: false)
            guard numbers.count == 2, numbers.allSatisfy({ $0.utf8.count == 2 }), let hour = Int(numbers[0]),
                let minute = Int(numbers[1]), (0...23).contains(hour), (0...59).contains(minute)
            else { return nil }
            return hour * 60 + minute
        }
        guard times.count == 2, let from = times[0], let until = times[1], from != until else {
            throw InvalidValue("is no part of the day", fix: "write one such as \"21:00-08:00\", or false for none")
        }
        return Configuration.QuietHours(from: from, until: until)
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
