/// The keys there are.
enum Schema {
    /// Keys by section; the empty name is the top of the file. `authentication.users` takes any key.
    static let keys: [String: [String]] = [
        "": [
            "listen", "advertise", "tls", "rtp", "agent", "flow", "speech", "calls", "authentication", "drain", "log",
            "conversation",
        ],
        "tls": ["certificate", "key", "trust", "verify"],
        "rtp": ["ports", "address"],
        "speech": ["directory", "threads"],
        "calls": ["database", "recordings", "maximum_duration", "maximum"],
        "authentication": ["realm", "users", "algorithms"],
        "log": ["level", "format"],
        "conversation": ["silence_prompt", "silence_hang_up"],
    ]

    /// What to do about a key that a section doesn't have.
    static func advice(for key: String, in section: String) -> String {
        let known = keys[section] ?? []
        if let near = Spelling.nearest(to: key, among: known) { return "did you mean \"\(near)\"?" }
        let homes = keys.filter { $0.key != section && $0.value.contains(key) }.keys.sorted()
        if let home = homes.first {
            return home.isEmpty ? "it belongs at the top of the file" : "it belongs under \"\(home):\""
        }
        return "the keys here are \(known.joined(separator: ", "))"
    }
}
