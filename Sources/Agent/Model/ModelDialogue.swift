/// A dialogue that a language model leads: what it writes is spoken as it comes, and it may use tools.
public struct ModelDialogue: Dialogue {
    public let model: any LanguageModel
    public let configuration: ModelDialogueConfiguration
    private let tools: [any Tool]
    private let date: @Sendable () -> String
    private let sleep: @Sendable (Duration) async throws -> Void

    /// - Parameters:
    ///   - model: who answers.
    ///   - configuration: what it is told, and its bounds.
    ///   - tools: what it may use; of two with the same name the first counts.
    ///   - date: the date and time of day in words, asked once at the beginning of each call; by default those of this
    ///     machine.
    public init(
        model: any LanguageModel, configuration: ModelDialogueConfiguration, tools: [any Tool] = [],
        date: (@Sendable () -> String)? = nil
    ) {
        self.init(
            model: model, configuration: configuration, tools: tools, date: date ?? { LocalTime.now() },
            sleep: { try await Task.sleep(for: $0) })
    }

    init(
        model: any LanguageModel, configuration: ModelDialogueConfiguration, tools: [any Tool],
        date: @escaping @Sendable () -> String, sleep: @escaping @Sendable (Duration) async throws -> Void
    ) {
        self.model = model
        self.configuration = configuration
        let mayPlan = tools.contains { $0 is TransferTool || $0 is PressKeysTool }
        self.tools = tools + (mayPlan ? [CancelPlansTool()] : [])
        self.date = date
        self.sleep = sleep
    }

    public var name: String { "model: \(model.name)" }

    public var abilities: AgentAbilities { [.instructions, .variables] }

    public func makeSession(_ context: DialogueContext) async throws(ProviderError) -> any DialogueSession {
        let date = date()
        return ModelSession(
            model: model, configuration: configuration,
            instructions: ModelNotes.instructions(
                context.instructions ?? configuration.instructions, context, date: date),
            greeting: configuration.greeting.map { ModelNotes.fill($0, context, date: date) },
            tools: ToolRunner(tools, context: context, limit: configuration.toolTimeout, sleep: sleep))
    }

    /// Has the model answer one word to the instructions, so that it is loaded and has read them before the first call.
    ///
    /// - Throws: ``ProviderError`` when the model can't be used.
    public func warmUp() async throws(ProviderError) {
        let request = ModelRequest(
            instructions: ModelNotes.manners + "\n\n" + configuration.instructions, messages: [.user("(Say: ready.)")],
            tools: tools.map(\.declaration), maximumTokens: 16)
        do {
            for try await _ in model.respond(to: request) {}
        } catch let error as ProviderError {
            throw error
        } catch {
            throw .failed("\(error)")
        }
    }
}
