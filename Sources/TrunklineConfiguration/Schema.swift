/// The keys there are.
enum Schema {
    /// The keys of each account stand under this.
    static let account = "accounts.*"
    /// The keys of each tool stand under this.
    static let tool = "tools.*"

    /// What every service has.
    private static let service = ["provider", "model", "url", "api_key_env", "api_key_file"]

    /// Keys by section; the empty name is the top of the file. `authentication.users` and `accounts` take any key.
    static let keys: [String: [String]] = [
        "": [
            "listen", "advertise", "tls", "rtp", "agent", "flow", "speech", "hearing", "calls", "authentication",
            "accounts", "instructions", "greeting", "model", "speech_to_text", "text_to_speech", "realtime", "bot",
            "transfers", "tools", "trusted_peers", "overload", "drain", "log", "conversation", "http",
            "outbound", "webhooks",
        ],
        "tls": ["certificate", "key", "trust", "verify"],
        "rtp": ["ports", "address", "codecs", "srtp"],
        "speech": ["directory", "threads"],
        "hearing": ["echo_cancellation", "noise_suppression", "level"],
        "calls": ["database", "recordings", "recording_format", "messages", "maximum_duration", "maximum"],
        "authentication": ["realm", "users", "algorithms"],
        account: ["address", "registrar", "user", "password", "expires"],
        "model": service + ["temperature", "max_tokens", "reasoning_effort", "patience", "fallback"],
        "model.fallback": service + ["temperature", "max_tokens", "reasoning_effort", "patience"],
        "speech_to_text": service + ["language", "fallback"],
        "speech_to_text.fallback": service + ["language"],
        "text_to_speech": service + ["voice", "language", "fallback"],
        "text_to_speech.fallback": service + ["voice", "language"],
        "realtime": service + ["voice", "language", "temperature", "fallback"],
        "realtime.fallback": service + ["voice", "language", "temperature"],
        "bot": ["protocol", "url"],
        tool: [
            "description", "url", "method", "parameters", "timeout", "token_env", "token_file", "secret_env",
            "secret_file", "allow_private",
        ],
        "overload": ["processor", "memory"],
        "webhooks": ["url", "secret_env", "secret_file", "events"],
        "log": ["level", "format"],
        "http": [
            "listen", "tokens_env", "tokens_file", "maximum_body", "maximum_connections", "requests_per_second",
        ],
        "outbound": ["allow", "account", "trunk", "from", "ring_timeout", "maximum", "per_hour"],
        "conversation": [
            "silence_prompt", "silence_hang_up", "pause", "hello", "answer_budget", "fillers", "waiting_sound",
            "apology",
            "failure_transfer",
        ],
    ]

    /// What to do about a key that a section doesn't have.
    static func advice(for key: String, in section: String) -> String {
        let known = keys[section] ?? []
        if let near = Spelling.nearest(to: key, among: known) { return "did you mean \"\(near)\"?" }
        let homes = keys.filter { $0.key != section && $0.value.contains(key) }.keys.sorted()
        if let home = homes.first {
            if home == account { return "it belongs under an account of \"accounts:\"" }
            if home == tool { return "it belongs under a tool of \"tools:\"" }
            return home.isEmpty ? "it belongs at the top of the file" : "it belongs under \"\(home):\""
        }
        return "the keys here are \(known.joined(separator: ", "))"
    }
}
