public import Agent

/// A tool that is somebody's HTTP service: where it is, what it takes, and how far it is trusted.
public struct HTTPToolConfiguration: Sendable {
    public enum Method: String, Sendable, CaseIterable {
        /// The arguments go in the query.
        case get = "GET"
        /// The arguments are the body, as JSON.
        case post = "POST"
    }

    /// What the model is told. The arguments are checked against its parameters before anything is sent.
    public var declaration: ToolDeclaration
    /// `https://…`, or `http://…` of one's own network. No argument of the model's changes host, port or path.
    public var url: String
    public var method: Method
    /// How long it may take in all.
    public var timeout: Duration
    /// Goes out as `Authorization: Bearer …`.
    public var token: Secret?
    /// Signs what goes out, as Standard Webhooks are.
    public var signingSecret: Secret?
    /// Whether it may be on this machine or in a private network. Without, such an address is refused, also when a name
    /// leads there.
    public var allowsPrivateAddresses: Bool
    /// Whether secret digits that the caller has typed are put in the place of `{name}`; with ``Method/post`` only.
    public var takesDigits = false
    /// Whether it is told which trace the call is (`traceparent`, W3C Trace Context), so that what it does stands below the call's
    /// span.
    public var tellsTrace = false

    public init(
        declaration: ToolDeclaration, url: String, method: Method = .post, timeout: Duration = .seconds(10),
        token: Secret? = nil, signingSecret: Secret? = nil, allowsPrivateAddresses: Bool = false
    ) {
        self.declaration = declaration
        self.url = url
        self.method = method
        self.timeout = timeout
        self.token = token
        self.signingSecret = signingSecret
        self.allowsPrivateAddresses = allowsPrivateAddresses
    }
}
