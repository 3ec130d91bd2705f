internal import TelephonyPrimitives
internal import Yams

/// Reads `trunk:`, which is one, and `trunks:`, a list of them.
extension Configuration {
    static let maximumTrunks = 32

    mutating func readTrunks(_ top: ConfigurationReader.Section, with reader: inout ConfigurationReader) {
        reader.readList(top, "accept_from", into: &acceptedSources, using: ValueReading.network)
        if let (line, node) = top.entries["trunk"] {
            let section = reader.section(node, line: line, path: "trunk", schema: Schema.trunk)
            if let trunk = Self.trunk(section, at: line, &reader) { trunks.append(trunk) }
        }
        guard let (line, node) = top.entries["trunks"] else { return }
        guard case .sequence(let list) = node else {
            reader.note(line, "trunks is no list; write - {provider: telnyx, …} for each, or trunk: {…} for one")
            return
        }
        for (index, node) in list.enumerated() {
            let line = node.mark?.line ?? line
            guard trunks.count < Self.maximumTrunks else {
                reader.note(line, "trunks has more than \(Self.maximumTrunks); delete some")
                return
            }
            let section = reader.section(node, line: line, path: "trunks[\(index + 1)]", schema: Schema.trunk)
            guard let trunk = Self.trunk(section, at: line, &reader) else { continue }
            if trunks.contains(where: { $0.name == trunk.name }) {
                reader.note(line, "there are two trunks \"\(trunk.name)\"; give each a name: of its own")
            }
            trunks.append(trunk)
        }
    }

    private static func trunk(
        _ section: ConfigurationReader.Section, at line: Int, _ reader: inout ConfigurationReader
    ) -> Trunk? {
        var provider: Trunk.Provider?
        reader.read(section, "provider", into: &provider) { (text: String) throws(InvalidValue) -> Trunk.Provider? in
            try ValueReading.choice(Trunk.Provider.self)(text)
        }
        guard let provider else {
            if section.entries["provider"] == nil {
                reader.note(line, "\(section.path) has no provider; write provider: telnyx, or generic with host:")
            }
            return nil
        }
        var trunk = Trunk(name: provider.rawValue, provider: provider)
        if provider == .generic { trunk.transport = .udp }
        reader.read(section, "name", into: &trunk.name, using: ValueReading.trunkName)
        reader.read(section, "region", into: &trunk.region, using: ValueReading.choice(Trunk.Region.self))
        reader.read(
            section, "auth", into: &trunk.authentication, using: ValueReading.choice(Trunk.Authentication.self))
        reader.read(section, "host", into: &trunk.host, using: ValueReading.trunkHost)
        reader.read(section, "port", into: &trunk.port) { (text: String) throws(InvalidValue) -> Int? in
            try ValueReading.number(in: 1...65_535)(text)
        }
        reader.read(
            section, "transport", into: &trunk.transport, using: ValueReading.choice(ListenSpec.Transport.self))
        trunk.readIdentity(section, &reader)
        trunk.readNumbers(section, &reader)
        trunk.readSound(section, &reader)
        reader.read(
            section, "calls_per_second", into: &trunk.callsPerSecond, using: ValueReading.number(in: 1...1_000))
        reader.read(section, "first_answer", into: &trunk.firstAnswer) {
            (text: String) throws(InvalidValue) -> Duration in
            let duration = try ValueReading.duration(text, atLeast: .seconds(1))
            guard duration <= .seconds(32) else {
                throw InvalidValue("is longer than SIP waits for an answer", fix: "write at most 32s")
            }
            return duration
        }
        reader.read(section, "when_full", into: &trunk.refusal, using: ValueReading.choice(Trunk.Refusal.self))
        if section.entries["sources"] != nil {
            var sources: [IPNetwork] = []
            reader.readList(section, "sources", into: &sources, using: ValueReading.smallNetwork)
            trunk.sources = sources
            if sources.count > 64 { reader.note(line, "\(section.path(of: "sources")) has more than 64; join some") }
        }
        for sentence in trunk.contradictions(section) { reader.note(line, sentence) }
        return trunk
    }
}

extension Configuration.Trunk {
    fileprivate mutating func readIdentity(
        _ section: ConfigurationReader.Section, _ reader: inout ConfigurationReader
    ) {
        reader.read(section, "username", into: &username) { (text: String) throws(InvalidValue) -> String? in
            try ValueReading.userName(text)
        }
        password = reader.readTrunkSecret(section, "password", using: ValueReading.password)
        token = reader.readTrunkSecret(section, "token", using: ValueReading.telnyxToken)
        reader.read(section, "register", into: &registers, using: ValueReading.truth)
        reader.read(section, "expires", into: &expires) { (text: String) throws(InvalidValue) -> Duration in
            try ValueReading.duration(text, atLeast: .seconds(60))
        }
        reader.read(section, "keep_alive", into: &keepAlive) { (text: String) throws(InvalidValue) -> Duration in
            try ValueReading.duration(text, atLeast: .seconds(5))
        }
        reader.read(section, "charge_number", into: &chargedNumber) {
            (text: String) throws(InvalidValue) -> String? in
            try ValueReading.globalNumber(text)
        }
        let fields = reader.section(section, "headers", takesAnyKey: true)
        for (name, (line, node)) in fields.entries.sorted(by: { $0.value.line < $1.value.line }) {
            guard ValueReading.isOwnHeader(name) else {
                reader.note(
                    line,
                    "\(fields.path(of: name)) is no header field of your own; use letters, digits and -, beginning with X-"
                )
                continue
            }
            let value = reader.value(node, line: line, name: fields.path(of: name), using: ValueReading.headerValue)
            if let value { headers[name] = value }
        }
    }

    fileprivate mutating func readNumbers(
        _ section: ConfigurationReader.Section, _ reader: inout ConfigurationReader
    ) {
        reader.read(section, "prefix", into: &prefix, using: ValueReading.dialPrefix)
        reader.read(section, "from", into: &from) { (text: String) throws(InvalidValue) -> String? in
            try ValueReading.destination(text)
        }
        reader.read(section, "hide_caller", into: &hidesCaller, using: ValueReading.truth)
        reader.read(section, "country", into: &country, using: ValueReading.country)
        reader.read(section, "number_format", into: &numberStyle, using: ValueReading.choice(NumberStyle.self))
    }

    fileprivate mutating func readSound(
        _ section: ConfigurationReader.Section, _ reader: inout ConfigurationReader
    ) {
        if section.entries["codecs"] != nil {
            var names: [Configuration.CodecName] = []
            reader.readList(section, "codecs", into: &names, using: ValueReading.choice(Configuration.CodecName.self))
            if names.isEmpty { reader.note(reader.line(of: section.path), "\(section.path(of: "codecs")) is empty") }
            codecs = names
        }
        reader.read(section, "srtp", into: &srtp) { (text: String) throws(InvalidValue) -> Configuration.Encryption? in
            try ValueReading.choice(Configuration.Encryption.self)(text)
        }
    }

    /// What does not go together, each with its fix.
    fileprivate func contradictions(_ section: ConfigurationReader.Section) -> [String] {
        var found: [String] = []
        let path = section.path
        if provider == .generic, host == nil {
            found.append("\(path) has no host; write that of the provider's servers, such as host: sip.example.com")
        }
        if authentication == .credential, username == nil || password == nil {
            found.append(
                "\(path): auth: credential needs username: and password_env: (the name of an environment variable); or "
                    + "write auth: ip when the provider knows us by our address")
        }
        if authentication == .ip, username != nil || password != nil {
            found.append(
                "\(path): with auth: ip no password is used; delete username and password, or write auth: credential")
        }
        if (username == nil) != (password == nil), authentication == .fqdn {
            found.append("\(path) has one of username and password; write both, or neither")
        }
        if provider == .generic {
            for key in ["region", "token", "token_env", "charge_number"] where section.entries[key] != nil {
                found.append("\(path).\(key): only provider: telnyx has it; delete the line")
            }
        }
        let discriminators = [
            prefix.isEmpty ? nil : "prefix", token.map { _ in "token" }, chargedNumber.map { _ in "charge_number" },
        ]
        .compactMap(\.self)
        if provider == .telnyx, discriminators.count > 1 {
            found.append(
                "\(path) has \(discriminators.joined(separator: " and ")); one of them is enough, as set at Telnyx")
        }
        if provider == .telnyx, authentication != .ip, let first = discriminators.first {
            found.append("\(path).\(first): it is for auth: ip; delete the line")
        }
        if numberStyle == .national || numberStyle == .dialled, country == nil {
            found.append(
                "\(path): number_format: \(numberStyle.rawValue) needs to know where; write country: with two letters")
        }
        if provider == .generic, authentication != .credential || !registers, sources == nil,
            host.flatMap({ IPAddress($0) }) == nil
        {
            found.append(
                "\(path) does not say from where its calls come; write sources: with the provider's signalling addresses, "
                    + "or sources: [] when it only takes calls")
        }
        return found
    }
}

extension ConfigurationReader {
    /// Reads `NAME`, or `NAME_env`, which names the variable of the environment that holds it.
    fileprivate mutating func readTrunkSecret(
        _ section: Section, _ name: String, using parse: (String) throws(InvalidValue) -> String
    ) -> String? {
        if let (line, node) = section.entries["\(name)_env"] {
            if section.entries[name] != nil {
                note(line, "\(section.path) has \(name) and \(name)_env; delete one of the two")
            }
            let path = section.path(of: "\(name)_env")
            guard let variable = value(node, line: line, name: path, using: ValueReading.name) else { return nil }
            guard let held = environment[variable] else {
                note(line, "\(path): the environment has no variable \(variable); export it")
                return nil
            }
            do {
                return try parse(held)
            } catch {
                note(line, "\(path): the value of \(variable) \(error)")
                return nil
            }
        }
        guard let (line, node) = section.entries[name] else { return nil }
        return value(node, line: line, name: section.path(of: name), isSecret: true, using: parse)
    }
}
