internal import Agent

/// Runs the tools of one call for a model that speaks.
struct ToolRunner: Sendable {
    private let tools: [String: any Tool]
    private let context: DialogueContext
    private let patience: Duration

    /// - Parameters:
    ///   - tools: the first of a name counts.
    ///   - context: what they are told of the call.
    ///   - patience: how long one may take.
    init(_ tools: [any Tool], context: DialogueContext, patience: Duration) {
        self.tools = Dictionary(tools.map { ($0.declaration.name, $0) }, uniquingKeysWith: { first, _ in first })
        self.context = context
        self.patience = patience
    }

    /// What the model is told when it fails says how it may go on.
    func run(_ call: ToolCall) async -> ToolVerdict {
        guard let tool = tools[call.name] else { return .failed("There is no tool named \(call.name).") }
        let arguments: JSONValue
        do {
            arguments = try JSONValue(parsing: call.arguments.isEmpty ? "{}".utf8 : call.arguments.utf8)
        } catch {
            return .failed("The arguments are no valid JSON.")
        }
        guard arguments.object != nil else { return .failed("The arguments have to be a JSON object.") }
        let (context, patience) = (context, patience)
        return await withTaskGroup(of: ToolVerdict?.self) { group in
            group.addTask {
                do {
                    return .done(try await tool.run(arguments, context: context))
                } catch {
                    return .failed(String(describing: error))
                }
            }
            group.addTask {
                do { try await Task.sleep(for: patience) } catch { return nil }
                return .failed("The tool did not answer in time.")
            }
            let first = await group.next() ?? nil
            group.cancelAll()
            return first ?? .failed("The tool was given up.")
        }
    }
}
