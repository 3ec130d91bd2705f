/// A part of the program that has to be there before calls can be taken.
public struct PartReadiness: Sendable, Equatable, Codable {
    /// What it is, e.g. `sip` or `database`; no name of a person or a number.
    public var name: String
    public var isReady: Bool
    /// What is wrong with it, when it is not ready.
    public var reason: String?

    public init(_ name: String, isReady: Bool, reason: String? = nil) {
        self.name = name
        self.isReady = isReady
        self.reason = reason
    }
}

struct ReadinessReport: Encodable {
    var isReady: Bool
    var parts: [PartReadiness]
}
