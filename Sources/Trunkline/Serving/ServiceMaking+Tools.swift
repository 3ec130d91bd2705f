internal import Agent
internal import FoundationEssentials
internal import Providers
internal import TrunklineConfiguration

extension ServiceMaking {
    /// A tool that a configuration names.
    static func tool(_ tool: Configuration.HTTPTool) throws(AgentMaking.Failure) -> any Tool {
        let place = "tools.\(tool.name)"
        guard let parameters = try? JSONValue(parsing: tool.parameters.utf8), parameters["type"]?.string == "object"
        else {
            throw AgentMaking.Failure(
                sentence: "\(place).parameters is no schema of an object; begin it with type: object.")
        }
        var configuration = HTTPToolConfiguration(
            declaration: ToolDeclaration(name: tool.name, text: tool.description, parameters: parameters),
            url: tool.url, method: tool.method == .get ? .get : .post, timeout: tool.timeout,
            allowsPrivateAddresses: tool.allowsPrivateAddresses)
        configuration.token = try secret(tool.tokenVariable, file: tool.tokenFile, of: "\(place).token_file")
        configuration.signingSecret = try secret(
            tool.secretVariable, file: tool.secretFile, of: "\(place).secret_file")
        do throws(ToolRefusal) {
            return try HTTPTool(configuration)
        } catch {
            throw AgentMaking.Failure(sentence: "\(place): \(error)")
        }
    }

    private static func secret(
        _ variable: String?, file: String?, of place: String
    ) throws(AgentMaking.Failure) -> Secret? {
        if let variable, let value = ProcessInfo.processInfo.environment[variable] {
            return Secret(value, from: "the variable \(variable)")
        }
        guard let path = file.map(HomePath.expand) else { return nil }
        guard let text = try? String(contentsOfFile: path, encoding: .utf8), !Secret(text).value.isEmpty else {
            throw AgentMaking.Failure(
                sentence: "\(place): \(path) can't be read or is empty; put the secret into it.")
        }
        return Secret(text, from: "the file \(path)")
    }
}
