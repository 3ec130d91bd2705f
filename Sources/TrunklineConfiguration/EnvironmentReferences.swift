/// `${NAME}` in values, so that secrets need not stand in the file.
enum EnvironmentReferences {
    /// Puts the variables in; `$${` stands for `${` itself.
    static func expand(_ text: String, environment: [String: String]) throws(InvalidValue) -> String {
        var result = ""
        var rest = text[...]
        while let dollar = rest.firstIndex(of: "$") {
            result += rest[..<dollar]
            rest = rest[dollar...]
            if rest.hasPrefix("$${") {
                result += "${"
                rest = rest.dropFirst(3)
            } else if rest.hasPrefix("${") {
                guard let close = rest.firstIndex(of: "}") else {
                    throw InvalidValue(
                        "has \"${\" without \"}\"", fix: "close it, or write $${ for the characters themselves")
                }
                let name = String(rest[..<close].dropFirst(2))
                guard isName(name) else {
                    throw InvalidValue(
                        "refers to a variable with an impossible name",
                        fix: "use letters, digits and underscores as in ${SIP_PASSWORD}")
                }
                guard let value = environment[name], !value.isEmpty else {
                    throw InvalidValue(
                        "needs the environment variable \(name), which is not set",
                        fix: "set \(name) before starting, or write the value here")
                }
                result += value
                rest = rest[close...].dropFirst()
            } else {
                result.append("$")
                rest = rest.dropFirst()
            }
        }
        return result + rest
    }

    private static func isName(_ text: String) -> Bool {
        guard let first = text.utf8.first, !(0x30...0x39).contains(first) else { return false }
        return text.utf8.allSatisfy {
            (0x30...0x39).contains($0) || (0x41...0x5A).contains($0) || (0x61...0x7A).contains($0) || $0 == 0x5F
        }
    }
}
