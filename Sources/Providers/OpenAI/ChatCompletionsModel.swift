public import Agent

/// A language model behind the chat completions interface: OpenAI's, and what llama.cpp, vLLM, Ollama, Groq and
/// OpenRouter offer.
public struct ChatCompletionsModel: LanguageModel {
    public let configuration: ChatCompletionsConfiguration
    private let exchange: ModelExchange

    public init(_ configuration: ChatCompletionsConfiguration) {
        self.init(configuration, sleep: { try await Task.sleep(for: $0) })
    }

    init(
        _ configuration: ChatCompletionsConfiguration, sleep: @escaping @Sendable (Duration) async throws -> Void
    ) {
        self.configuration = configuration
        exchange = ModelExchange(
            service: HTTPService(
                name: configuration.service,
                patience: HTTPPatience(
                    first: configuration.firstTokenTimeout, next: configuration.nextTokenTimeout), sleep: sleep))
    }

    public var name: String { "\(configuration.service) \(configuration.model)" }

    public func respond(to request: ModelRequest) -> AsyncThrowingStream<ModelEvent, any Error> {
        let (service, name, secret) = (configuration.service, name, configuration.key)
        return exchange.answer(to: ChatCompletionsRequest(request, configuration).http) {
            ChatCompletionsStream(service: service, usageName: name, secret: secret)
        }
    }
}
