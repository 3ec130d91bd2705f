extension URI {
    /// Whether both mean the same (RFC 3261 §19.1.4, RFC 3966 §4, RFC 8141 §3). Not the same as `==`, and not transitive.
    public func matches(_ other: URI) -> Bool {
        switch (self, other) {
        case (.sip(let one), .sip(let two)): one.matches(two)
        case (.tel(let one), .tel(let two)): one.matches(two)
        case (.other(let scheme, let text), .other(let otherScheme, let otherText)):
            if let one = urn, let two = other.urn {
                one.matches(two)
            } else {
                scheme.utf8.isEqual(ignoringCase: otherScheme) && text == otherText
            }
        default: false
        }
    }
}

extension SIPURI {
    /// Whether both mean the same (RFC 3261 §19.1.4).
    public func matches(_ other: SIPURI) -> Bool {
        isSecure == other.isSecure && Self.same(user, other.user) && Self.same(password, other.password)
            && host.matches(other.host) && port == other.port && parametersMatch(other) && headersMatch(other)
    }

    private static func same(_ one: String?, _ two: String?) -> Bool {
        one.map { PercentCoding.comparable($0) } == two.map { PercentCoding.comparable($0) }
    }

    /// `user`, `ttl`, `method`, `maddr` and `transport` have to be in both or in none; others only have to agree where
    /// both have them.
    private func parametersMatch(_ other: SIPURI) -> Bool {
        for name in ["user", "ttl", "method", "maddr", "transport"]
        where parameters.has(name) != other.parameters.has(name) {
            return false
        }
        return parameters.allSatisfy { parameter in
            guard other.parameters.has(parameter.name) else { return true }
            let one = parameter.value.map { PercentCoding.comparable($0).asciiLowercased }
            let two = other.parameters.value(of: parameter.name).map { PercentCoding.comparable($0).asciiLowercased }
            return one == two
        }
    }

    private func headersMatch(_ other: SIPURI) -> Bool {
        func keys(_ headers: [Header]) -> [String] {
            headers.map {
                "\(PercentCoding.comparable($0.name).asciiLowercased)=\(PercentCoding.comparable($0.value))"
            }.sorted()
        }
        return keys(headers) == keys(other.headers)
    }
}
