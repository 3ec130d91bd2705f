internal import Agent
internal import Yams

/// Nodes become values.
extension RehearsalReader {
    /// - Parameters:
    ///   - elsewhere: keys of another section, which are known there.
    ///   - place: that section.
    mutating func section(
        _ node: Node, _ path: String, keys: [String], elsewhere: [String] = [], under place: String = ""
    ) -> [String: Node] {
        var found: [String: Node] = [:]
        for (key, value) in pairs(node, path) {
            if keys.contains(key) {
                found[key] = value
                continue
            }
            let shown = Self.short(key)
            let advice =
                elsewhere.contains(key)
                ? "; it belongs under \(place)"
                : EditDistance.suggestion(for: shown, among: keys) + "; its keys are \(keys.joined(separator: ", "))"
            add(line(value), "\(path) has no key \"\(shown)\"\(advice)")
        }
        return found
    }

    mutating func pairs(_ node: Node, _ path: String) -> [(String, Node)] {
        guard let mapping = node.mapping else {
            add(line(node), "\(path) is a table: write its keys with : behind them")
            return []
        }
        var entries: [(String, Node)] = []
        for (key, value) in mapping {
            guard let name = key.scalar?.string else {
                add(line(key), "\(path): a key is a word")
                continue
            }
            guard entries.count < Self.maximumWords else {
                add(line(key), "\(path) has over \(Self.maximumWords) keys; delete some")
                break
            }
            entries.append((name, value))
        }
        return entries
    }

    mutating func string(_ node: Node, _ path: String) -> String? {
        guard let text = node.scalar?.string, !text.isEmpty else {
            add(line(node), "\(path) is text: write \(path.split(separator: ".").last ?? ""): \"…\"")
            return nil
        }
        guard text.count <= Self.maximumText else {
            add(line(node), "\(path) has over \(Self.maximumText) characters; make it shorter")
            return nil
        }
        return text
    }

    /// A text, or a list of some.
    mutating func strings(_ node: Node, _ path: String) -> [String] {
        guard let items = node.sequence else { return string(node, path).map { [$0] } ?? [] }
        guard items.count <= Self.maximumWords else {
            add(line(node), "\(path) has over \(Self.maximumWords) texts; delete some")
            return []
        }
        if items.isEmpty { add(line(node), "\(path) is an empty list; write a word into it, or delete it") }
        var texts: [String] = []
        for item in items { if let text = string(item, path) { texts.append(text) } }
        return texts
    }

    mutating func truth(_ node: Node, _ path: String) -> Bool? {
        switch node.scalar?.string {
        case "true": return true
        case "false": return false
        default:
            add(line(node), "\(path) is true or false")
            return nil
        }
    }

    mutating func number(_ node: Node, _ path: String, _ range: ClosedRange<Int>) -> Int? {
        guard let number = (node.scalar?.string).flatMap({ Int($0) }), range.contains(number) else {
            add(line(node), "\(path) is a whole number from \(range.lowerBound) to \(range.upperBound)")
            return nil
        }
        return number
    }

    /// `1500 ms`, `10 s`, `2 min`; the blank may be missing.
    mutating func duration(_ node: Node, _ path: String) -> Duration? {
        let text = node.scalar?.string ?? ""
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        let unit = text.dropFirst(digits.count).drop { $0 == " " }
        let scale = ["ms": 1, "s": 1_000, "min": 60_000][String(unit)]
        guard digits.count <= 6, let count = Int(digits), let scale else {
            add(line(node), "\(path): \"\(Self.short(text))\" is no time; write e.g. 800 ms, 10 s or 2 min")
            return nil
        }
        guard (1...600_000).contains(count * scale) else {
            add(line(node), "\(path): \"\(Self.short(text))\" is out of range; write 1 ms to 10 min")
            return nil
        }
        return .milliseconds(count * scale)
    }

    /// Keys of a telephone.
    mutating func keys(_ node: Node, _ path: String, pauses: Bool = true) -> String? {
        guard let text = string(node, path) else { return nil }
        let known = "0123456789*#ABCD" + (pauses ? "," : "")
        guard text.count <= 64, text.allSatisfy({ known.contains($0) }) else {
            let pause = pauses ? ", and , for a pause of half a second" : ""
            add(
                line(node),
                "\(path): \"\(Self.short(text))\" are no keys; write up to 64 of 0-9 * # A-D\(pause), in quotes")
            return nil
        }
        return text
    }

    /// A number or a SIP address.
    mutating func party(_ node: Node, _ path: String) -> String? {
        guard let text = string(node, path) else { return nil }
        if text.hasPrefix("sip:") || text.hasPrefix("sips:") {
            guard text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != 0x3C && $0 != 0x3E && $0 != 0x22 }) else {
                add(
                    line(node),
                    "\(path): \"\(Self.short(text))\" is no SIP address; write e.g. sip:agent@127.0.0.1:5060")
                return nil
            }
            return text
        }
        let digits = text.hasPrefix("+") ? text.dropFirst() : text[...]
        guard (1...20).contains(digits.count), digits.allSatisfy({ $0.isASCII && $0.isNumber }) else {
            add(
                line(node),
                "\(path): \"\(Self.short(text))\" is no number and no SIP address; write e.g. \"+12025550131\"")
            return nil
        }
        return text
    }
}
