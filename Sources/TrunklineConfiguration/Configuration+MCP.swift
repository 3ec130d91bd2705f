internal import Yams

extension Configuration {
    /// A server of the Model Context Protocol whose tools a model may use.
    public struct MCPServer: Sendable, Equatable {
        /// Goes before the names of its tools.
        public var name: String
        /// The program that is started, and its arguments; empty for a server behind HTTP.
        public var command: [String] = []
        /// Variables of the environment that the program gets.
        public var environment: [String: String] = [:]
        /// Where a server behind HTTP is.
        public var url: String?
        /// The variable of the environment, or the file, with the bearer token.
        public var tokenVariable: String?
        public var tokenFile: String?
        /// The tools that may be used; `nil`: all.
        public var tools: [String]?
        /// How long one call may take.
        public var timeout = Duration.seconds(10)
        /// Whether a server behind HTTP may be on this machine or in a private network.
        public var allowsPrivateAddresses = false
    }

    mutating func readMCP(_ top: ConfigurationReader.Section, with reader: inout ConfigurationReader) {
        let section = reader.section(top, "mcp", takesAnyKey: true)
        for (name, (line, node)) in section.entries.sorted(by: { $0.value.line < $1.value.line }) {
            let path = section.path(of: name)
            let isName =
                (1...32).contains(name.utf8.count)
                && name.utf8.allSatisfy { octet in
                    (0x61...0x7A).contains(octet | 0x20) || (0x30...0x39).contains(octet) || octet == 0x5F
                        || octet == 0x2D
                }
            guard isName else {
                reader.note(line, "\(path) is no name for a server; use at most 32 letters, digits, _ and -")
                continue
            }
            let inner = reader.section(node, line: line, path: path, schema: Schema.mcpServer)
            if let server = Self.mcpServer(name, inner, &reader) { mcp.append(server) }
        }
    }

    private static func mcpServer(
        _ name: String, _ section: ConfigurationReader.Section, _ reader: inout ConfigurationReader
    ) -> MCPServer? {
        var server = MCPServer(name: name)
        func line(_ key: String) -> Int { section.entries[key]?.line ?? reader.line(of: section.path) }
        reader.readList(section, "command", into: &server.command) { (text: String) throws(InvalidValue) -> String in
            text
        }
        reader.read(section, "url", into: &server.url) { (text: String) throws(InvalidValue) -> String? in
            let url = try ValueReading.url(text) ?? ""
            guard url.lowercased().hasPrefix("http") else {
                throw InvalidValue("is no address of such a server", fix: "begin with https:// or http://")
            }
            return url
        }
        server.tokenVariable = reader.readSecret(section, "token").variable
        reader.read(section, "token_file", into: &server.tokenFile, using: ValueReading.optionalPath)
        reader.read(section, "timeout", into: &server.timeout, using: ValueReading.positiveDuration)
        reader.read(section, "allow_private", into: &server.allowsPrivateAddresses, using: ValueReading.truth)
        if section.entries["tools"] != nil {
            var tools: [String] = []
            reader.readList(section, "tools", into: &tools) { (text: String) throws(InvalidValue) -> String in
                try ValueReading.text(text) ?? ""
            }
            server.tools = tools
        }
        let variables = reader.section(section, "env", takesAnyKey: true)
        for (variable, (line, node)) in variables.entries {
            guard !variable.isEmpty, !variable.contains("="), !variable.utf8.contains(0) else {
                reader.note(line, "\(variables.path) has a variable without a name; write NAME: value")
                continue
            }
            let value = reader.value(
                node, line: line, name: variables.path(of: variable), isSecret: true,
                using: { (text: String) throws(InvalidValue) -> String in text })
            if let value { server.environment[variable] = value }
        }
        guard (section.entries["command"] == nil) != (section.entries["url"] == nil) else {
            reader.note(
                reader.line(of: section.path),
                "\(section.path) needs either a command, a list such as [\"npx\", \"some-server\"], or a url")
            return nil
        }
        if section.entries["url"] == nil,
            let key = ["token_env", "token_file", "allow_private"].first(where: {
                section.entries[$0] != nil
            })
        {
            reader.note(line(key), "\(section.path).\(key) is for servers with a url; give the program its env instead")
        }
        if section.entries["command"] == nil, section.entries["env"] != nil {
            reader.note(line("env"), "\(section.path).env is for servers with a command; delete it")
        }
        if section.entries["command"] != nil, server.command.first?.isEmpty ?? true {
            reader.note(line("command"), "\(section.path).command is empty; write the program and its arguments")
        }
        return server
    }
}
