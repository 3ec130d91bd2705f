public import TelephonyPrimitives

/// Something that an account has set up.
public protocol TelnyxResource: Sendable {
    /// Where the list of all is, e.g. `call_control_applications`.
    static var collection: String { get }
    /// How one is named in paths.
    var id: String { get }
    /// - Returns: `nil` when `json` has no identifier.
    init?(_ json: JSONValue)
    /// What can be changed.
    associatedtype Changes: ResourceChanges
}

/// What is to be set; what is `nil` stays as it is.
public protocol ResourceChanges: Sendable {
    var fields: CommandFields { get }
    /// - Throws: ``TelnyxError/invalid(_:)``.
    func check() throws(TelnyxError)
}

extension ResourceChanges {
    public func check() throws(TelnyxError) {}
}

/// A resource that one makes by a POST to its collection.
public protocol CreatableResource: TelnyxResource {
    associatedtype Draft: ResourceChanges
}

/// All of an account's resources of one kind.
public struct ResourceCollection<Resource: TelnyxResource>: Sendable {
    let client: TelnyxClient

    /// All of them, page after page.
    ///
    /// - Parameter filter: e.g. `["phone_number": "+1202"]`, sent as `filter[phone_number]`.
    public func list(filter: [String: String] = [:]) -> PagedList<Resource> {
        PagedList(client: client, request: Self.listRequest(filter: filter), element: { Resource($0) })
    }

    /// - Throws: ``TelnyxError``; of status 404 when there is none.
    public func get(_ id: String) async throws(TelnyxError) -> Resource {
        try Self.resource(try await client.send(Self.request(.get, id)))
    }

    /// - Throws: ``TelnyxError``.
    public func update(_ id: String, _ changes: Resource.Changes) async throws(TelnyxError) -> Resource {
        try changes.check()
        return try Self.resource(try await client.send(Self.request(.patch, id, body: changes.fields)))
    }

    /// - Throws: ``TelnyxError``.
    public func delete(_ id: String) async throws(TelnyxError) {
        _ = try await client.answer(to: Self.request(.delete, id)).success(without: client.key)
    }

    static func listRequest(filter: [String: String]) -> TelnyxRequest {
        TelnyxRequest(
            .get, [Resource.collection],
            query: filter.sorted { $0.key < $1.key }.map { QueryItem("filter[\($0.key)]", $0.value) },
            repeatability: .always)
    }

    static func request(
        _ method: TelnyxRequest.Method, _ id: String, body: CommandFields? = nil
    ) throws(TelnyxError) -> TelnyxRequest {
        guard !id.isEmpty else { throw .invalid("The identifier is missing.") }
        return TelnyxRequest(method, [Resource.collection, id], body: body?.bodyJSON, repeatability: .always)
    }

    static func resource(_ answer: JSONValue) throws(TelnyxError) -> Resource {
        guard let resource = Resource(answer["data"] ?? answer) else {
            throw .unreadable("Telnyx's answer has no identifier.")
        }
        return resource
    }
}

extension ResourceCollection where Resource: CreatableResource {
    /// Makes one. It is not asked again when nobody knows whether it was made.
    ///
    /// - Throws: ``TelnyxError``.
    public func create(_ draft: Resource.Draft) async throws(TelnyxError) -> Resource {
        try Self.resource(try await client.send(Self.createRequest(draft)))
    }

    static func createRequest(_ draft: Resource.Draft) throws(TelnyxError) -> TelnyxRequest {
        try draft.check()
        return TelnyxRequest(.post, [Resource.collection], body: draft.fields.bodyJSON, repeatability: .never)
    }
}

extension TelnyxClient {
    public var callControlApplications: ResourceCollection<CallControlApplication> { .init(client: self) }
    public var outboundVoiceProfiles: ResourceCollection<OutboundVoiceProfile> { .init(client: self) }
    public var phoneNumbers: ResourceCollection<PhoneNumber> { .init(client: self) }
    public var credentialConnections: ResourceCollection<CredentialConnection> { .init(client: self) }
    public var telephonyCredentials: ResourceCollection<TelephonyCredential> { .init(client: self) }
}
