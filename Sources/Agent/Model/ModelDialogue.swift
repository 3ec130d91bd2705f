/// A dialogue that a language model leads: what it writes is spoken as it comes, and it may use tools.
public struct ModelDialogue: Dialogue {
    public let model: any LanguageModel
    public let configuration: ModelDialogueConfiguration
    private let tools: [any Tool]
    private let sources: [any ToolSource]
    private let roles: [AgentRole]
    private let date: @Sendable () -> String
    private let sleep: @Sendable (Duration) async throws -> Void

    /// - Parameters:
    ///   - model: who answers.
    ///   - configuration: what it is told, and its bounds.
    ///   - tools: what it may use; of two with the same name the first counts.
    ///   - sources: have more tools, those that they have when a call begins.
    ///   - roles: agents that may take the call over.
    ///   - date: the date and time of day in words, asked once at the beginning of each call; by default those of this
    ///     machine.
    public init(
        model: any LanguageModel, configuration: ModelDialogueConfiguration, tools: [any Tool] = [],
        sources: [any ToolSource] = [], roles: [AgentRole] = [], date: (@Sendable () -> String)? = nil
    ) {
        self.init(
            model: model, configuration: configuration, tools: tools, sources: sources, roles: roles,
            date: date ?? { LocalTime.now() },
            sleep: { try await Task.sleep(for: $0) })
    }

    init(
        model: any LanguageModel, configuration: ModelDialogueConfiguration, tools: [any Tool],
        sources: [any ToolSource] = [], roles: [AgentRole] = [], date: @escaping @Sendable () -> String,
        sleep: @escaping @Sendable (Duration) async throws -> Void
    ) {
        self.model = model
        self.configuration = configuration
        let mayPlan = tools.contains { $0 is TransferTool || $0 is PressKeysTool || $0 is CollectDigitsTool }
        self.tools = tools + (mayPlan ? [CancelPlansTool()] : [])
        self.sources = sources
        self.roles = roles
        self.date = date
        self.sleep = sleep
    }

    public var name: String { "model: \(model.name)" }

    public var abilities: AgentAbilities { [.instructions, .variables, .notes] }

    public func makeSession(_ context: DialogueContext) async throws(ProviderError) -> any DialogueSession {
        let date = date()
        let all = tools + sources.flatMap(\.tools)
        let handOvers = roles.isEmpty ? nil : CallHandOvers(first: AgentRole.first)
        func role(_ role: AgentRole, instructions: String) -> CallRole {
            // Who leads a call can always end it.
            var known = all.filter { tool in
                guard let names = role.tools else { return true }
                let name = tool.declaration.name
                return names.contains(name) || tool is HangUpTool || tool is CancelPlansTool
            }
            let others = ([(AgentRole.first, "")] + roles.map { ($0.name, $0.text) }).filter { other in
                other.0 != role.name && role.handsOverTo?.contains(other.0) ?? true
            }
            if let handOvers, !others.isEmpty {
                known.append(HandOverTool(from: role.name, targets: others, state: handOvers))
            }
            return CallRole(
                name: role.name, model: role.model ?? model,
                instructions: ModelNotes.instructions(instructions, context, date: date),
                greeting: role.greeting.map { ModelNotes.fill($0, context, date: date) },
                tools: ToolRunner(known, context: context, limit: configuration.toolTimeout, sleep: sleep),
                knowsHistory: role.knowsHistory)
        }
        let first = AgentRole(
            name: AgentRole.first, instructions: configuration.instructions, greeting: configuration.greeting)
        return ModelSession(
            configuration: configuration,
            first: role(first, instructions: context.instructions ?? configuration.instructions),
            roles: roles.map { role($0, instructions: $0.instructions) }, handOvers: handOvers,
            keptDigits: context.keptDigits)
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
