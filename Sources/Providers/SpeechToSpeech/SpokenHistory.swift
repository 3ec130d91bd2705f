internal import Agent

/// What was said in a session, in words, so that another session can go on with it. Bounded: the oldest goes first.
struct SpokenHistory: Sendable, Equatable {
    enum Speaker: Sendable, Equatable {
        case caller
        case agent
        /// What the model has to know besides.
        case system
    }

    struct Entry: Sendable, Equatable {
        var speaker: Speaker
        var text: String
        /// The provider's name for what the caller said, whose words may come late.
        var item: String?
        /// The number of the agent's reply.
        var reply: Int?
    }

    private static let maximumEntries = 100
    private static let maximumCharacters = 24_000

    private(set) var all: [Entry] = []

    /// - Parameter turns: what was said before the session.
    init(_ turns: [TurnRecord] = []) {
        for turn in turns { add(turn.who == .caller ? .caller : .agent, turn.text) }
    }

    /// The entries that have words.
    var entries: [Entry] { all.filter { !$0.text.isEmpty } }

    /// Something was said whose words are not known yet, or are.
    mutating func add(_ speaker: Speaker, _ text: String = "", item: String? = nil, reply: Int? = nil) {
        all.append(Entry(speaker: speaker, text: text, item: item, reply: reply))
        trim()
    }

    /// The words of what the caller said, at its place.
    mutating func caller(_ text: String, item: String) {
        if let index = all.lastIndex(where: { $0.item == item }) {
            all[index].text = text
        } else {
            add(.caller, text, item: item)
        }
        trim()
    }

    /// More words of the agent's reply.
    mutating func agent(_ text: String, reply: Int) {
        if let index = all.lastIndex(where: { $0.reply == reply }) {
            all[index].text += text
        } else {
            add(.agent, text, reply: reply)
        }
        trim()
    }

    /// Only a part of a reply was heard.
    mutating func cut(reply: Int, toFraction fraction: Double) {
        guard let index = all.lastIndex(where: { $0.reply == reply }) else { return }
        all[index].text = Self.words(of: all[index].text, upTo: fraction)
    }

    private mutating func trim() {
        if all.count > Self.maximumEntries { all.removeFirst(all.count - Self.maximumEntries) }
        var length = all.reduce(0) { $0 + $1.text.utf8.count }
        while length > Self.maximumCharacters, all.count > 1 { length -= all.removeFirst().text.utf8.count }
    }

    /// The words that are over when `fraction` of the text has sounded.
    private static func words(of text: String, upTo fraction: Double) -> String {
        guard fraction < 1 else { return text }
        let limit = Double(text.count) * max(0, fraction)
        var length = 0
        var result: [Substring] = []
        for word in text.split(separator: " ") {
            length += word.count
            guard Double(length) <= limit else { break }
            result.append(word)
            length += 1
        }
        return result.joined(separator: " ")
    }
}
