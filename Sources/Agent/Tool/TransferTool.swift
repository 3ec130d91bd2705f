/// Puts the caller through, only to places that have been set up.
public struct TransferTool: Tool {
    private let destinations: [String: TransferDestination]

    /// - Parameter destinations: places by the names that the model knows, e.g. `reception`.
    public init(destinations: [String: TransferDestination]) {
        self.destinations = destinations
    }

    private var names: [String] { destinations.keys.sorted() }
    /// Those where somebody is told what it is about.
    private var briefed: [String] { names.filter { destinations[$0]?.kind == .warm } }

    public var declaration: ToolDeclaration {
        var properties: [String: JSONValue] = [
            "destination": ["type": "string", "enum": .array(names.map { .string($0) })]
        ]
        if !briefed.isEmpty {
            properties["briefing"] = [
                "type": "string",
                "description": .string(
                    "For \(briefed.joined(separator: ", ")): what they are told before they take the call, in one or two "
                        + "spoken sentences: who the caller is, and what they want. The caller does not hear it."),
            ]
        }
        return ToolDeclaration(
            name: "transfer_call",
            text: "Puts the caller through to somebody else. Use it when the caller asks for it or you can't help, and "
                + "tell the caller in the same answer whom you connect them to.",
            parameters: ["type": "object", "properties": .object(properties), "required": ["destination"]])
    }

    public func run(_ arguments: JSONValue, context: DialogueContext) async throws -> ToolResult {
        // Models change the case of names.
        let wanted = (arguments["destination"]?.string ?? "").lowercased()
        guard let (name, destination) = destinations.first(where: { $0.key.lowercased() == wanted }) else {
            throw ToolRefusal("There is no such destination. There are: \(names.joined(separator: ", ")).")
        }
        guard destination.kind != .blind else {
            return ToolResult(
                text: "The caller is put through to \(name) once what you say has been heard.",
                actions: [.transfer(to: destination.target)], wantsReply: false)
        }
        let order = ConsultationOrder(
            to: name, destination, summary: arguments["briefing"]?.string ?? "",
            caller: context.callerName ?? context.caller
        ) { FlowText.fill($0, keepingUnknown: context.briefingValues) }
        return ToolResult(
            text:
                "Once what you say has been heard, \(name) is called while the caller hears music. If they don't take the "
                + "call, you are told, and the caller is with you again.",
            actions: [.consult(order)], wantsReply: false)
    }
}

extension DialogueContext {
    /// What stands in the places of a briefing, besides caller and summary.
    var briefingValues: [String: String] {
        variables.merging(["called": called, "caller_name": callerName ?? caller]) { $1 }
    }
}
