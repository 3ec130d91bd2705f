/// A server of the Model Context Protocol whose tools a model may use: how it is reached, and how far it is trusted.
public struct MCPServerConfiguration: Sendable {
    public enum Place: Sendable {
        /// A program that is started and spoken to over its input and output.
        ///
        /// Its environment holds what programs need to run (`PATH`, `HOME` and the like) and `environment`, no more: keys
        /// of ours are not for it.
        case program(command: [String], environment: [String: String])
        /// A server behind the streamable HTTP of the protocol.
        case http(url: String, token: Secret?)
    }

    /// Letters, digits, `_` and `-`; goes before the names of its tools.
    public var name: String
    public var place: Place
    /// The tools that may be used, by the server's names; `nil`: all.
    public var tools: [String]?
    /// How long one call may take.
    public var timeout: Duration
    /// Whether a server behind HTTP may be on this machine or in a private network.
    public var allowsPrivateAddresses: Bool
    /// Names that its tools may not have, since others have them.
    public var takenNames: Set<String> = []

    public init(
        name: String, place: Place, tools: [String]? = nil, timeout: Duration = .seconds(10),
        allowsPrivateAddresses: Bool = false
    ) {
        self.name = name
        self.place = place
        self.tools = tools
        self.timeout = timeout
        self.allowsPrivateAddresses = allowsPrivateAddresses
    }
}
