/// The keys there are.
enum Schema {
    /// The keys of each account stand under this.
    static let account = "accounts.*"
    /// The keys of `trunk`, and of each of `trunks`, stand under this.
    static let trunk = "trunk"
    /// The keys of the prices of each service stand under this.
    static let price = "prices.services.*"
    /// The keys of each tool stand under this.
    static let tool = "tools.*"
    /// The keys of each server of the Model Context Protocol stand under this.
    static let mcpServer = "mcp.*"
    /// The keys of each agent that may take over stand under this.
    static let role = "agents.*"
    /// The keys of each kind of digits stand under this.
    static let digits = "digits.*"
    /// The keys of each field of the record stand under this.
    static let field = "record.fields.*"

    /// The keys of each place that is more than an address stand under this.
    static let transfer = "transfers.*"

    /// What every service has.
    private static let service = ["provider", "model", "url", "api_key_env", "api_key_file"]

    /// Keys by section; the empty name is the top of the file. `authentication.users` and `accounts` take any key.
    static let keys: [String: [String]] = [
        "": [
            "listen", "advertise", "dns", "tls", "rtp", "agent", "flow", "speech", "hearing", "calls", "authentication",
            "accounts", "instructions", "greeting", "model", "speech_to_text", "text_to_speech", "realtime", "bot",
            "transfers", "tools", "knowledge", "mcp", "digits", "limits", "record", "agents", "trusted_peers",
            "overload",
            "drain", "log", "conversation", "http",
            "outbound", "webhooks", "tracing", "prices", "trunk", "trunks", "accept_from", "call_control",
        ],
        "tls": ["certificate", "key", "trust", "verify"],
        "rtp": ["ports", "address", "codecs", "srtp"],
        "speech": ["directory", "threads"],
        "hearing": ["echo_cancellation", "noise_suppression", "level"],
        "calls": [
            "database", "recordings", "recording_format", "messages", "journal", "keep", "keep_recordings", "keys",
            "maximum_duration", "maximum",
        ],
        "authentication": ["realm", "users", "algorithms"],
        account: ["address", "registrar", "user", "password", "expires"],
        trunk: [
            "name", "provider", "region", "auth", "host", "port", "transport", "username", "password", "password_env",
            "register", "expires", "keep_alive", "prefix", "token", "token_env", "charge_number", "from", "hide_caller",
            "country", "number_format", "codecs", "srtp", "sources", "calls_per_second", "first_answer", "when_full",
            "headers",
        ],
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
            "secret_file", "allow_private", "takes_digits",
        ],
        transfer: ["to", "kind", "ring_timeout", "briefing", "question", "accept", "headers"],
        digits: [
            "length", "minimum", "maximum", "terminator", "first_timeout", "next_timeout", "retries", "secret",
        ],
        "limits": ["tool_calls", "tokens", "minutes", "cost", "goodbye", "transfer"],
        "record": ["summary", "fields", "model"],
        field: ["type", "description", "values"],
        role: [
            "description", "instructions", "greeting", "model", "voice", "tools", "hand_over_to", "history",
        ],
        mcpServer: ["command", "env", "url", "token_env", "token_file", "tools", "timeout", "allow_private"],
        "knowledge": ["folder", "results"],
        "overload": ["processor", "memory"],
        "prices": ["currency", "services"],
        price: [
            "input_per_million", "cached_per_million", "output_per_million", "per_minute", "per_million_characters",
        ],
        "webhooks": ["url", "secret_env", "secret_file", "events"],
        "log": ["level", "format"],
        "call_control": [
            "listen", "public_url", "public_key", "api_key_env", "api_key_file", "api_url", "codec", "connection_id",
            "from", "texml",
        ],
        "tracing": ["url", "token_env", "token_file", "service"],
        "http": [
            "listen", "tokens_env", "tokens_file", "maximum_body", "maximum_connections", "requests_per_second",
        ],
        "outbound": [
            "allow", "way", "account", "trunk", "from", "ring_timeout", "maximum", "per_hour", "on_machine",
            "voicemail",
            "on_screening", "timezone", "quiet_hours", "cost_per_minute", "routes",
        ],
        "conversation": [
            "silence_prompt", "silence_hang_up", "pause", "hello", "answer_budget", "fillers", "waiting_sound",
            "hold_music", "apology",
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
            if home == price { return "it belongs under a service of \"prices.services:\"" }
            if home == tool { return "it belongs under a tool of \"tools:\"" }
            if home == role { return "it belongs under an agent of \"agents:\"" }
            if home == field { return "it belongs under a field of \"record.fields:\"" }
            if home == digits { return "it belongs under a name of \"digits:\"" }
            if home == mcpServer { return "it belongs under a server of \"mcp:\"" }
            if home == transfer { return "it belongs under a place of \"transfers:\"" }
            return home.isEmpty ? "it belongs at the top of the file" : "it belongs under \"\(home):\""
        }
        return "the keys here are \(known.joined(separator: ", "))"
    }
}
