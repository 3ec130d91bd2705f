/// What the configuration says in messages, put into words once.
struct Abilities: Sendable {
    /// The value of Allow.
    let allow: String
    /// The value of Supported; empty when there is none.
    let supported: String
    /// The value of Allow-Events (RFC 6665 §8.2.2): what a SUBSCRIBE or REFER to us can bring. Empty when there is
    /// nothing.
    let allowEvents: String
    /// The value of Recv-Info (RFC 6086 §5.2.2): which packages an INFO to us may be of. Empty when there is none.
    let infoPackages: String
    /// The headers that say what an INVITE may carry; bodies of several parts among it (RFC 5621 §4.2).
    let accept: HeaderFields
    /// What an OPTIONS is told besides methods and extensions (RFC 3261 §11.2). Reason phrases are English.
    let capabilities: HeaderFields
    /// The option tags of Supported in lower case.
    private let options: Set<String>

    init(_ configuration: UserAgentConfiguration) {
        allow = configuration.allowedMethods.map(\.name).joined(separator: ", ")
        supported = configuration.supported.joined(separator: ", ")
        allowEvents = (configuration.notifiedPackages + (configuration.servesRefer ? ["refer"] : []))
            .joined(separator: ", ")
        infoPackages = configuration.infoPackages.joined(separator: ", ")
        let types = configuration.acceptedContentTypes + ["multipart/mixed", "multipart/alternative"]
        accept = [(.accept, types.joined(separator: ", "))]
        capabilities = accept + [(.acceptEncoding, "identity"), (.acceptLanguage, "en")]
        options = Set(configuration.supported.map { $0.lowercased() })
    }

    /// Whether the extension of this option tag is ours.
    func supports(_ option: String) -> Bool {
        options.contains(option.lowercased())
    }
}
