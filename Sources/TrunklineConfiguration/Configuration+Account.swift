extension Configuration {
    /// An account with a provider or a switchboard.
    public struct Account: Sendable, Equatable {
        /// What it is called in the file.
        public var name: String
        /// The address of record, a SIP URI.
        public var address: String
        /// The registrar, a SIP URI without a user; `nil`: the address's domain.
        public var registrar: String?
        /// The name that answers challenges; `nil`: the address's user.
        public var user: String?
        /// What answers challenges; `nil`: the provider knows us by our address.
        public var password: String?
        /// The time to be registered that is asked for; the registrar decides.
        public var expires = Duration.seconds(3_600)

        public init(name: String, address: String) {
            self.name = name
            self.address = address
        }
    }
}

extension Configuration.Account: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// Name and address; never the password.
    public var description: String { "Account(\(name): \(address))" }

    /// As ``description``.
    public var debugDescription: String { description }

    /// Name and address; never the password, not even in a dump.
    public var customMirror: Mirror { Mirror(self, children: ["name": name, "address": address]) }
}

extension Configuration {
    mutating func readAccounts(_ top: ConfigurationReader.Section, with reader: inout ConfigurationReader) {
        let all = reader.section(top, "accounts", takesAnyKey: true)
        for (name, (line, node)) in all.entries.sorted(by: { $0.key < $1.key }) {
            let section = reader.section(node, line: line, path: all.path(of: name), schema: Schema.account)
            guard section.entries["address"] != nil else {
                reader.note(line, "\(section.path) has no address; write one such as address: sip:alice@example.com")
                continue
            }
            var account = Account(name: name, address: "")
            reader.read(section, "address", into: &account.address, using: ValueReading.sipAddress)
            reader.read(section, "registrar", into: &account.registrar, using: ValueReading.sipServer)
            reader.read(section, "user", into: &account.user) { text throws(InvalidValue) in
                try ValueReading.userName(text)
            }
            if let (line, node) = section.entries["password"] {
                account.password = reader.value(
                    node, line: line, name: section.path(of: "password"), isSecret: true, using: ValueReading.password)
            }
            reader.read(section, "expires", into: &account.expires) { text throws(InvalidValue) in
                try ValueReading.duration(text, atLeast: .seconds(60))
            }
            accounts.append(account)
        }
    }
}
