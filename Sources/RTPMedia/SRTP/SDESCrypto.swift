/// Why the value of an `a=crypto` can't be used (RFC 4568).
public enum SDESError: Error, Equatable, Sendable, CustomStringConvertible {
    /// Not a tag, a suite and key parameters.
    case malformed
    /// A suite that is not there.
    case unknownSuite(String)
    /// Not `inline:` with a key of the suite's length, or a lifetime or an identifier that can't be.
    case keyParameters
    /// A session parameter that would have to be understood, or one that takes protection away.
    case sessionParameter(String)

    public var description: String {
        switch self {
        case .malformed: "The a=crypto is no tag, suite and key parameters: pass it over (RFC 4568 §9.1)."
        case .unknownSuite(let name): "The suite \(name) of the a=crypto is not there: pass it over (RFC 4568 §5.1.2)."
        case .keyParameters: "The key parameters of the a=crypto can't be used: pass it over (RFC 4568 §6.1)."
        case .sessionParameter(let name):
            "The session parameter \(name) of the a=crypto can't be agreed to: pass it over (RFC 4568 §6.3)."
        }
    }
}

/// The value of one `a=crypto` of a session description (RFC 4568 §9.1): a key as text.
///
/// ``attributeValue`` is the only text that shows the key; it belongs in a session description that travels encrypted,
/// and in no log.
public struct SDESCrypto: Sendable, Equatable, CustomStringConvertible, CustomDebugStringConvertible {
    /// Values of more octets than this are not looked at.
    public static let maximumLength = 2048
    /// Keys and parameters beyond this many are not taken.
    static let maximumCount = 16

    /// Tells the offered ones apart; the answer repeats that of the one it chose. 1 to 999 999 999.
    public var tag: Int
    /// How the side that wrote it protects what it sends.
    public var suite: SRTPSuite
    /// One, or several that are told apart by their identifiers.
    public var keys: [SRTPMasterKey]
    /// Session parameters that change nothing here, as they were written: `WSH`, `FEC_ORDER`, and those that may be
    /// passed over.
    public var sessionParameters: [String]

    /// - Parameters:
    ///   - tag: 1 to 999 999 999.
    ///   - suite: how the side that writes it protects what it sends.
    ///   - keys: one, or several that are told apart by their identifiers.
    ///   - sessionParameters: as they are to be written.
    public init(tag: Int, suite: SRTPSuite, keys: [SRTPMasterKey], sessionParameters: [String] = []) {
        self.tag = tag
        self.suite = suite
        self.keys = keys
        self.sessionParameters = sessionParameters
    }

    /// One with a new key.
    public init(tag: Int, suite: SRTPSuite, using random: inout some RandomNumberGenerator) {
        self.init(tag: tag, suite: suite, keys: [SRTPMasterKey(key: SRTPKey(for: suite, using: &random))])
    }

    /// How the packets of the side that wrote it are protected.
    public var keying: SRTPKeying { SRTPKeying(suite: suite, keys: keys) }

    /// Reads what stands behind `a=crypto:`.
    public init(parsing value: String) throws(SDESError) {
        guard value.utf8.count <= Self.maximumLength else { throw .malformed }
        let parts = value.split(whereSeparator: \.isWhitespace)
        guard parts.count >= 3, parts.count <= 3 + Self.maximumCount, let tag = Self.number(parts[0]), tag > 0,
            tag <= 999_999_999
        else { throw .malformed }
        guard let suite = SRTPSuite(rawValue: parts[1].uppercased()) else {
            throw .unknownSuite(String(parts[1].prefix(64)))
        }
        self.tag = Int(tag)
        self.suite = suite
        keys = try Self.keys(parts[2], suite)
        sessionParameters = []
        for parameter in parts.dropFirst(3) {
            guard Self.isHarmless(parameter) else { throw .sessionParameter(String(parameter.prefix(64))) }
            sessionParameters.append(String(parameter))
        }
    }

    /// What stands behind `a=crypto:`, with the key.
    public var attributeValue: String {
        let parameters = keys.map { master in
            var text = "inline:" + master.key.withOctets { Base64.text($0) }
            if let lifetime = master.lifetime { text += "|" + Self.text(lifetime: lifetime) }
            if let identifier = master.identifier, let number = identifier.number {
                text += "|\(number):\(identifier.octets.count)"
            }
            return text
        }
        return (["\(tag)", suite.rawValue, parameters.joined(separator: ";")] + sessionParameters).joined(
            separator: " ")
    }

    public var description: String { "\(tag) \(suite.rawValue)" }
    public var debugDescription: String { description }

    // MARK: Parts

    private static func keys(_ text: Substring, _ suite: SRTPSuite) throws(SDESError) -> [SRTPMasterKey] {
        let parameters = text.split(separator: ";", omittingEmptySubsequences: false)
        guard (1...maximumCount).contains(parameters.count) else { throw .keyParameters }
        var keys: [SRTPMasterKey] = []
        for parameter in parameters {
            guard let key = key(parameter, suite) else { throw .keyParameters }
            keys.append(key)
        }
        let names = keys.map { $0.identifier?.octets ?? [] }
        guard Set(names).count == names.count, Set(names.map(\.count)).count == 1 else { throw .keyParameters }
        return keys
    }

    /// `inline:KEY`, then `|LIFETIME`, then `|IDENTIFIER:LENGTH`, of which one or both may be missing (§6.1).
    private static func key(_ text: Substring, _ suite: SRTPSuite) -> SRTPMasterKey? {
        guard text.prefix(7).lowercased() == "inline:" else { return nil }
        let parts = text.dropFirst(7).split(separator: "|", omittingEmptySubsequences: false)
        guard (1...3).contains(parts.count), let octets = Base64.octets(parts[0]), octets.count == suite.masterLength
        else { return nil }
        var master = SRTPMasterKey(key: SRTPKey(octets: octets.span))
        var rest = parts.dropFirst()
        if let text = rest.first, !text.contains(":") {
            guard let lifetime = lifetime(text) else { return nil }
            master.lifetime = lifetime
            rest = rest.dropFirst()
        }
        if let text = rest.first {
            let pair = text.split(separator: ":", omittingEmptySubsequences: false)
            guard pair.count == 2, rest.count == 1, let number = number(pair[0]), let length = number128(pair[1]),
                let identifier = SRTPKeyIdentifier(number, length: length)
            else { return nil }
            master.identifier = identifier
        }
        return master
    }

    /// A number of packets, or `2^` and an exponent; at most 2^48 (§6.1).
    private static func lifetime(_ text: Substring) -> UInt64? {
        let packets: UInt64?
        if text.hasPrefix("2^") {
            packets = number(text.dropFirst(2)).flatMap { $0 <= 48 ? 1 << $0 : nil }
        } else {
            packets = number(text)
        }
        return packets.flatMap { (1...(1 << 48)).contains($0) ? $0 : nil }
    }

    private static func text(lifetime: UInt64) -> String {
        lifetime.nonzeroBitCount == 1 ? "2^\(lifetime.trailingZeroBitCount)" : "\(lifetime)"
    }

    /// Digits only, up to nineteen of them.
    private static func number(_ text: Substring) -> UInt64? {
        guard (1...19).contains(text.utf8.count), text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
            return nil
        }
        return UInt64(text)
    }

    private static func number128(_ text: Substring) -> Int? {
        number(text).flatMap { (1...128).contains($0) ? Int($0) : nil }
    }

    /// Parameters that may be there without being agreed to: hints, those of an error correction that is never agreed
    /// on, a derivation rate that means none, and what is marked to be passed over (§6.3, §9.2).
    private static func isHarmless(_ parameter: Substring) -> Bool {
        if parameter.hasPrefix("-") { return true }
        let name = parameter.prefix { $0 != "=" }.uppercased()
        return name == "WSH" || name == "FEC_ORDER" || parameter.uppercased() == "KDR=0"
    }
}
