extension Configuration {
    /// Where spans of calls go.
    public struct Tracing: Sendable, Equatable {
        /// A collector that takes OTLP over HTTP; `nil`: none.
        public var url: String?
        /// What opens it, out of the environment, or the file that it is in.
        public var token: String?
        public var tokenFile: String?
        /// What the collector knows us as.
        public var service = "trunkline"

        public init() {}
    }
}

extension Configuration.Tracing: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// Whether there is one; never the token, nor the address, which may hold one.
    public var description: String { "Tracing(\(url == nil ? "off" : service))" }

    /// As ``description``.
    public var debugDescription: String { description }

    /// As ``description``, also in a dump.
    public var customMirror: Mirror { Mirror(self, children: ["service": service]) }
}

extension Configuration {
    mutating func readTracing(_ top: ConfigurationReader.Section, with reader: inout ConfigurationReader) {
        let section = reader.section(top, "tracing")
        reader.read(section, "url", into: &tracing.url, using: ValueReading.webAddress)
        reader.read(section, "token_file", into: &tracing.tokenFile, using: ValueReading.optionalPath)
        reader.read(section, "service", into: &tracing.service) { (text: String) throws(InvalidValue) -> String in
            try ValueReading.text(text) ?? "trunkline"
        }
        tracing.token = reader.readSecret(section, "token").value
    }
}
