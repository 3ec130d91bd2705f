/// A POST to a service.
struct HTTPRequest: Sendable {
    var url: String
    var headers: [(name: String, value: String)]
    var body: [UInt8]
    /// Kept out of whatever the service says that is shown to people.
    var secret: Secret?
}
