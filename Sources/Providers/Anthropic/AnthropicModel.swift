public import Agent

/// A language model behind Anthropic's Messages interface.
public struct AnthropicModel: LanguageModel {
    public let configuration: AnthropicConfiguration
    private let exchange: ModelExchange

    public init(_ configuration: AnthropicConfiguration) {
        self.init(configuration, sleep: { try await Task.sleep(for: $0) })
    }

    init(_ configuration: AnthropicConfiguration, sleep: @escaping @Sendable (Duration) async throws -> Void) {
        self.configuration = configuration
        exchange = ModelExchange(
            service: HTTPService(
                name: "anthropic",
                patience: HTTPPatience(
                    first: configuration.firstTokenTimeout, next: configuration.nextTokenTimeout), sleep: sleep))
    }

    public var name: String { "anthropic \(configuration.model)" }

    public func respond(to request: ModelRequest) -> AsyncThrowingStream<ModelEvent, any Error> {
        let (name, secret) = (name, configuration.key)
        return exchange.answer(to: AnthropicRequest(request, configuration).http) {
            AnthropicStream(usageName: name, secret: secret)
        }
    }
}
