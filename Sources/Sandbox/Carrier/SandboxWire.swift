public import SIPCore
public import TelephonyPrimitives

/// Where a message came from, and by which way the answer goes back.
public struct SandboxWire: Hashable, Sendable {
    public var transport: TransportProtocol
    /// The number of the edge, 0 for the first.
    public var edge: Int
    public var remote: TransportAddress
    /// The number of the connection; 0 for UDP.
    public var connection: UInt64

    /// - Parameters:
    ///   - transport: how it carries SIP.
    ///   - edge: the number of the edge, 0 for the first.
    ///   - remote: the other side.
    ///   - connection: the number of the connection; 0 for UDP.
    public init(_ transport: TransportProtocol, edge: Int = 0, remote: TransportAddress, connection: UInt64 = 0) {
        self.transport = transport
        self.edge = edge
        self.remote = remote
        self.connection = connection
    }
}
