/// The keys there are.
enum Schema {
    /// The keys of each account stand under this.
    static let account = "accounts.*"

    /// What every service has.
    private static let service = ["provider", "model", "url", "api_key_env", "api_key_file"]

    /// Keys by section; the empty name is the top of the file. `authentication.users` and `accounts` take any key.
    static let keys: [String: [String]] = [
        "": [
            "listen", "advertise", "tls", "rtp", "agent", "flow", "speech", "hearing", "calls", "authentication",
            "accounts", "instructions", "greeting", "model", "speech_to_text", "text_to_speech", "realtime", "bot",
            "transfers", "trusted_peers", "overload", "drain", "log", "conversation",
        ],
        "tls": ["certificate", "key", "trust", "verify"],
        "rtp": ["ports", "address", "codecs", "srtp"],
        "speech": ["directory", "threads"],
        "hearing": ["echo_cancellation", "noise_suppression", "level"],
        "calls": ["database", "recordings", "recording_format", "messages", "maximum_duration", "maximum"],
        "authentication": ["realm", "users", "algorithms"],
        account: ["address", "registrar", "user", "password", "expires"],
        "model": service + ["temperature", "max_tokens", "patience", "fallback"],
        "model.fallback": service + ["temperature", "max_tokens", "patience"],
        "speech_to_text": service + ["language", "fallback"],
        "speech_to_text.fallback": service + ["language"],
        "text_to_speech": service + ["voice", "language", "fallback"],
        "text_to_speech.fallback": service + ["voice", "language"],
        "realtime": service + ["voice", "language", "temperature", "fallback"],
        "realtime.fallback": service + ["voice", "language", "temperature"],
        "bot": ["protocol", "url"],
        "overload": ["processor", "memory"],
        "log": ["level", "format"],
        "conversation": [
            "silence_prompt", "silence_hang_up", "pause", "answer_budget", "fillers", "apology", "failure_transfer",
        ],
    ]

    /// What to do about a key that a section doesn't have.
    static func advice(for key: String, in section: String) -> String {
        let known = keys[section] ?? []
        if let near = Spelling.nearest(to: key, among: known) { return "did you mean \"\(near)\"?" }
        let homes = keys.filter { $0.key != section && $0.value.contains(key) }.keys.sorted()
        if let home = homes.first {
            if home == account { return "it belongs under an account of \"accounts:\"" }
            return home.isEmpty ? "it belongs at the top of the file" : "it belongs under \"\(home):\""
        }
        return "the keys here are \(known.joined(separator: ", "))"
    }
}
