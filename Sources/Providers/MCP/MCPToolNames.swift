/// The names under which a model knows the tools of a server: `SERVER_tool`, letters, digits, `_` and `-`, at most 64.
enum MCPToolNames {
    /// - Returns: a name for each of `tools`, none of them twice and none of `taken`.
    static func names(of tools: [String], server: String, taken: Set<String>) -> [String] {
        var taken = taken
        return tools.map { tool in
            let plain = "\(server)_\(tool)".unicodeScalars.map { scalar in
                scalar.isASCII && (scalar.properties.isAlphabetic || scalar.properties.numericType != nil)
                    || scalar == "_" || scalar == "-" ? Character(scalar) : "_"
            }
            var name = String(plain.prefix(64))
            var number = 2
            while !taken.insert(name).inserted {
                name = String(plain.prefix(60)) + "_\(number)"
                number += 1
            }
            return name
        }
    }
}
