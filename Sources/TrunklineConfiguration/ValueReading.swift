internal import TelephonyPrimitives

/// How the text of a value is read, for each kind of value.
enum ValueReading {
    /// `500ms`, `8s`, `30m`, `1h`, up to a week.
    static func duration(_ text: String) throws(InvalidValue) -> Duration {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        let unit = text.dropFirst(digits.count)
        let fix = "write a whole number with a unit such as 500ms, 8s, 30m or 1h"
        guard let number = Int(digits) else { throw InvalidValue("is no length of time", fix: fix) }
        let milliseconds: Int
        switch unit {
        case "ms": milliseconds = 1
        case "s": milliseconds = 1_000
        case "m": milliseconds = 60_000
        case "h": milliseconds = 3_600_000
        case "": throw InvalidValue("has no unit", fix: "write \(number)s for seconds, or use ms, m or h")
        default: throw InvalidValue("is no length of time", fix: fix)
        }
        let (total, overflow) = number.multipliedReportingOverflow(by: milliseconds)
        guard !overflow, total <= 7 * 24 * 3_600_000 else {
            throw InvalidValue("is longer than a week", fix: "write at most 168h")
        }
        return .milliseconds(total)
    }

    /// A length of time above zero.
    static func positiveDuration(_ text: String) throws(InvalidValue) -> Duration {
        let duration = try duration(text)
        guard duration > .zero else { throw InvalidValue("is no time at all", fix: "write more than 0s") }
        return duration
    }

    /// A length of time that must not be too short.
    static func duration(_ text: String, atLeast least: Duration) throws(InvalidValue) -> Duration {
        let duration = try duration(text)
        guard duration >= least else {
            throw InvalidValue("is too short", fix: "write \(least.components.seconds)s or more")
        }
        return duration
    }

    /// `90%`.
    static func percentage(_ text: String) throws(InvalidValue) -> Int? {
        guard text.hasSuffix("%"), let number = Int(text.dropLast()), (1...100).contains(number) else {
            throw InvalidValue("is no share", fix: "write a whole number from 1% to 100%")
        }
        return number
    }

    /// `500MB`, `2GB`, in powers of a thousand.
    static func octets(_ text: String) throws(InvalidValue) -> Int? {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        let units = ["MB": 1_000_000, "GB": 1_000_000_000]
        guard let number = Int(digits), number > 0, number <= 1_000_000,
            let unit = units[String(text.dropFirst(digits.count))]
        else { throw InvalidValue("is no amount of memory", fix: "write a whole number with MB or GB, such as 2GB") }
        return number * unit
    }

    /// `sip:USER@DOMAIN`.
    static func sipAddress(_ text: String) throws(InvalidValue) -> String {
        let parts = try sip(text).split(separator: "@", omittingEmptySubsequences: false)
        guard parts.count == 2, parts.allSatisfy({ !$0.isEmpty }) else {
            throw InvalidValue("has no user and domain", fix: "write it like sip:alice@example.com")
        }
        return text
    }

    /// `sip:DOMAIN`, with parameters perhaps.
    static func sipServer(_ text: String) throws(InvalidValue) -> String? {
        guard try !sip(text).contains("@") else {
            throw InvalidValue("names a user", fix: "write the server alone, like sip:sip.example.com;transport=tls")
        }
        return text
    }

    /// What follows `sip:` or `sips:`.
    private static func sip(_ text: String) throws(InvalidValue) -> Substring {
        let scheme = text.prefix { $0 != ":" }
        let rest = text.dropFirst(scheme.count + 1)
        guard ["sip", "sips"].contains(scheme.lowercased()), !rest.isEmpty,
            rest.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != 0x3C && $0 != 0x3E && $0 != 0x22 })
        else { throw InvalidValue("is no SIP URI", fix: "write it like sip:alice@example.com, without < >") }
        return rest
    }

    static func truth(_ text: String) throws(InvalidValue) -> Bool {
        switch text {
        case "true": true
        case "false": false
        default: throw InvalidValue("is neither true nor false", fix: "write true or false")
        }
    }

    static func number(in range: ClosedRange<Int>) -> (String) throws(InvalidValue) -> Int {
        { (text: String) throws(InvalidValue) -> Int in
            guard let number = Int(text), range.contains(number) else {
                throw InvalidValue(
                    "is no whole number from \(range.lowerBound) to \(range.upperBound)",
                    fix: "write one without quotes or units")
            }
            return number
        }
    }

    /// A number, or `false` for none.
    static func numberOrFalse(in range: ClosedRange<Int>) -> (String) throws(InvalidValue) -> Int? {
        { (text: String) throws(InvalidValue) -> Int? in
            if text == "false" { return nil }
            guard let number = Int(text), range.contains(number) else {
                throw InvalidValue(
                    "is neither false nor a whole number from \(range.lowerBound) to \(range.upperBound)",
                    fix: "write one of these without quotes or units")
            }
            return number
        }
    }

    /// One of a few words.
    static func choice<Choice: RawRepresentable & CaseIterable>(
        _ type: Choice.Type
    ) -> (String) throws(InvalidValue) -> Choice where Choice.RawValue == String {
        { (text: String) throws(InvalidValue) -> Choice in
            if let choice = Choice(rawValue: text) { return choice }
            let words = Choice.allCases.map(\.rawValue)
            let list = "write one of \(words.joined(separator: ", "))"
            let near = Spelling.nearest(to: text, among: words).map { "did you mean \($0)? Else \(list)" }
            throw InvalidValue("is not known here", fix: near ?? list)
        }
    }

    /// An IP address of one host.
    static func address(_ text: String) throws(InvalidValue) -> IPAddress {
        guard let ip = IPAddress(text) else {
            throw InvalidValue("is no IP address", fix: "write one such as 203.0.113.7; a host name does not do")
        }
        guard !ip.isUnspecified else {
            throw InvalidValue("stands for all addresses", fix: "write the one that others can reach")
        }
        return ip
    }

    /// `192.0.2.53`, `127.0.0.1:5353`, `[::1]:5353`; without a port it is 53.
    static func nameServer(_ text: String) throws(InvalidValue) -> TransportAddress {
        if let ip = IPAddress(text), !ip.isUnspecified { return TransportAddress(ip: ip, port: 53) }
        guard let colon = text.lastIndex(of: ":"), let ip = IPAddress(text[..<colon]), !ip.isUnspecified,
            case let digits = text[text.index(after: colon)...], digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            let port = UInt16(digits), port > 0
        else {
            throw InvalidValue(
                "is no address of a DNS server", fix: "write it as 192.0.2.53, 127.0.0.1:5353 or \"[::1]:5353\"")
        }
        return TransportAddress(ip: ip, port: port)
    }

    /// `16384-32767`: at least one even port with the odd one above it.
    static func ports(_ text: String) throws(InvalidValue) -> ClosedRange<UInt16> {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false).map { part in
            part.utf8.allSatisfy { (0x30...0x39).contains($0) } ? UInt16(part) : nil
        }
        guard parts.count == 2, let first = parts[0], let last = parts[1] else {
            throw InvalidValue("is no range of ports", fix: "write FIRST-LAST such as 16384-32767")
        }
        guard first >= 1_024 else {
            throw InvalidValue("begins below port 1024", fix: "begin at 1024 or above")
        }
        guard Int(last) >= (Int(first) + 1) & ~1 + 1 else {
            throw InvalidValue("holds no pair of ports", fix: "let it hold an even port and the odd one above it")
        }
        return first...last
    }

    static func path(_ text: String) throws(InvalidValue) -> String {
        guard !text.isEmpty else { throw InvalidValue("is empty", fix: "name a file or folder, or delete the line") }
        guard !text.utf8.contains(0) else { throw InvalidValue("holds a NUL", fix: "delete it") }
        return text
    }

    static func optionalPath(_ text: String) throws(InvalidValue) -> String? {
        try path(text)
    }

    /// A folder, or `false` for none.
    static func folderOrFalse(_ text: String) throws(InvalidValue) -> String? {
        if text == "false" { return nil }
        guard text != "true" else {
            throw InvalidValue("does not say where to", fix: "name the folder, or write false for none")
        }
        return try path(text)
    }

    /// A folder, `true` for the usual one, or `false` for none.
    static func journal(_ text: String) throws(InvalidValue) -> String? {
        switch text {
        case "false": nil
        case "true": Configuration.Calls.defaultJournal
        default: try path(text)
        }
    }

    /// `typing`, a file, or `false` for none.
    static func waitingSound(_ text: String) throws(InvalidValue) -> Configuration.WaitingSoundChoice? {
        switch text {
        case "false": return nil
        case "typing": return .typing
        case "true": throw InvalidValue("does not say which sound", fix: "write typing, name a file, or write false")
        default: return .file(try path(text))
        }
    }

    static func agent(_ text: String) throws(InvalidValue) -> Configuration.AgentChoice {
        switch text {
        case "local": return .local
        case "model": return .model
        case "realtime": return .realtime
        case "bot": return .bot
        case "echo": return .echo
        default: break
        }
        guard text.hasPrefix("playback:"), text.utf8.count > "playback:".utf8.count else {
            let near =
                Spelling.nearest(to: text, among: ["local", "model", "realtime", "bot", "echo"]).map {
                    "did you mean \($0)? Else "
                } ?? ""
            throw InvalidValue("is no agent", fix: near + "write local, model, realtime, bot, echo or playback:FILE")
        }
        return .playback(file: try path(String(text.dropFirst("playback:".count))))
    }

    /// A realm or user name: it goes into a quoted string of a header field.
    static func name(_ text: String) throws(InvalidValue) -> String {
        guard !text.isEmpty, text.utf8.count <= 256 else {
            throw InvalidValue("is empty or over 256 octets long", fix: "write a short name")
        }
        guard text.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F && $0 != 0x22 && $0 != 0x5C }) else {
            throw InvalidValue("holds a quote, a backslash or a control character", fix: "leave it out")
        }
        return text
    }

    static func userName(_ text: String) throws(InvalidValue) -> String {
        let text = try name(text)
        guard !text.contains(":") else {
            throw InvalidValue("holds a colon, which ends a user name in a digest", fix: "leave it out")
        }
        return text
    }

    static func password(_ text: String) throws(InvalidValue) -> String {
        guard !text.isEmpty else { throw InvalidValue("is empty", fix: "write one, best as ${NAME}") }
        return text
    }
}
