internal import FoundationEssentials
internal import TelephonyPrimitives
internal import TrunklineConfiguration

extension Configuration.CallControl {
    /// The API key, out of the environment or its file.
    var secret: Secret {
        get throws(AgentMaking.Failure) {
            if let apiKey { return Secret(apiKey, from: "the variable of call_control.api_key_env") }
            let file = HomePath.expand(apiKeyFile ?? "")
            guard let text = try? String(contentsOfFile: file, encoding: .utf8), !Secret(text).value.isEmpty else {
                throw AgentMaking.Failure(
                    sentence: "call_control.api_key_file: \(file) can't be read, or is empty; write an API key into it "
                        + "(portal, Keys & Credentials, API Keys).")
            }
            return Secret(text, from: "the file \(file)")
        }
    }
}
