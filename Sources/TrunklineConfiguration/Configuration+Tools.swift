internal import Yams

extension Configuration {
    /// Somebody's HTTP service that the agent may ask.
    public struct HTTPTool: Sendable, Equatable {
        /// How it is asked.
        public enum Method: String, Sendable, CaseIterable {
            case get, post
        }

        /// As the model knows it.
        public var name: String
        /// For the model: what it does, and when to use it.
        public var description = ""
        public var url = ""
        public var method = Method.post
        /// A JSON schema of the arguments, of type `object`, as JSON.
        public var parameters = #"{"properties":{},"type":"object"}"#
        /// How long it may take in all.
        public var timeout = Duration.seconds(10)
        /// The variable of the environment, or the file, with the bearer token.
        public var tokenVariable: String?
        public var tokenFile: String?
        /// The same for the secret that requests are signed with.
        public var secretVariable: String?
        public var secretFile: String?
        /// Whether it may be on this machine or in a private network.
        public var allowsPrivateAddresses = false
        /// Whether it gets secret digits in place of `{name}`.
        public var takesDigits = false
    }

    /// The names that tools of the program's own have.
    public static let takenNames: Set<String> = [
        "hang_up", "transfer_call", "press_keys", "take_note", "cancel_plans", "lookup",
        "collect_digits", "capture", "leave_message", "hand_over",
        "pause_recording", "resume_recording", "hold_call",
    ]

    mutating func readTools(_ top: ConfigurationReader.Section, with reader: inout ConfigurationReader) {
        let section = reader.section(top, "tools", takesAnyKey: true)
        for (name, (line, node)) in section.entries.sorted(by: { $0.value.line < $1.value.line }) {
            let path = section.path(of: name)
            let isName =
                (1...64).contains(name.utf8.count)
                && name.utf8.allSatisfy { octet in
                    (0x61...0x7A).contains(octet | 0x20) || (0x30...0x39).contains(octet) || octet == 0x5F
                        || octet == 0x2D
                }
            guard isName, !Self.takenNames.contains(name) else {
                reader.note(
                    line,
                    isName
                        ? "\(path): the program has a tool of this name itself; give yours another one"
                        : "\(path) is no name for a tool; use at most 64 letters, digits, _ and -")
                continue
            }
            if let tool = Self.tool(name, reader.section(node, line: line, path: path, schema: Schema.tool), &reader) {
                tools.append(tool)
            }
        }
    }

    private static func tool(
        _ name: String, _ section: ConfigurationReader.Section, _ reader: inout ConfigurationReader
    ) -> HTTPTool? {
        var tool = HTTPTool(name: name)
        reader.read(section, "description", into: &tool.description) { (text: String) throws(InvalidValue) -> String in
            try ValueReading.text(text) ?? ""
        }
        reader.read(section, "url", into: &tool.url) { (text: String) throws(InvalidValue) -> String in
            let url = try ValueReading.url(text) ?? ""
            guard url.lowercased().hasPrefix("http") else {
                throw InvalidValue("is no address for a tool", fix: "begin with https:// or http://")
            }
            return url
        }
        reader.read(section, "method", into: &tool.method, using: ValueReading.choice(HTTPTool.Method.self))
        reader.read(section, "timeout", into: &tool.timeout, using: ValueReading.positiveDuration)
        tool.tokenVariable = reader.readSecret(section, "token").variable
        reader.read(section, "token_file", into: &tool.tokenFile, using: ValueReading.optionalPath)
        tool.secretVariable = reader.readSecret(section, "secret").variable
        reader.read(section, "secret_file", into: &tool.secretFile, using: ValueReading.optionalPath)
        reader.read(section, "allow_private", into: &tool.allowsPrivateAddresses, using: ValueReading.truth)
        reader.read(section, "takes_digits", into: &tool.takesDigits, using: ValueReading.truth)
        if tool.takesDigits, tool.method == .get {
            reader.note(
                reader.line(of: section.path(of: "takes_digits")),
                "\(section.path).takes_digits needs method: post; what stands in a URL is written into logs")
        }
        if let (line, node) = section.entries["parameters"] {
            switch Result(catching: { () throws(InvalidValue) in try YAMLToJSON.text(of: node) }) {
            case .success(let json): tool.parameters = json
            case .failure(let fault): reader.note(line, "\(section.path(of: "parameters")) \(fault)")
            }
        }
        guard !tool.description.isEmpty, !tool.url.isEmpty else {
            reader.note(
                reader.line(of: section.path),
                "\(section.path) needs a description, by which the model knows when to use it, and a url")
            return nil
        }
        return tool
    }
}
