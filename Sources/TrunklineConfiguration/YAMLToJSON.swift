internal import Yams

/// A part of a YAML file as JSON, for what others read.
enum YAMLToJSON {
    private static let maximumDepth = 16
    private static let maximumNodes = 2_000

    /// The JSON in one line, keys in order.
    static func text(of node: Node) throws(InvalidValue) -> String {
        var nodes = 0
        return try text(of: node, depth: 0, &nodes)
    }

    private static func text(of node: Node, depth: Int, _ nodes: inout Int) throws(InvalidValue) -> String {
        nodes += 1
        guard depth < maximumDepth, nodes < maximumNodes else {
            throw InvalidValue("is nested too deep or too long", fix: "write a simpler schema")
        }
        switch node {
        case .scalar(let scalar): return text(of: scalar)
        case .sequence(let sequence):
            var elements: [String] = []
            for element in sequence { elements.append(try text(of: element, depth: depth + 1, &nodes)) }
            return "[\(elements.joined(separator: ","))]"
        case .mapping(let mapping):
            var members: [(String, String)] = []
            for (key, value) in mapping {
                guard let name = key.scalar?.string else {
                    throw InvalidValue("has a key that is no word", fix: "write single words before the colons")
                }
                members.append((name, try text(of: value, depth: depth + 1, &nodes)))
            }
            let sorted = members.sorted { $0.0 < $1.0 }.map { "\(quoted($0.0)):\($0.1)" }
            return "{\(sorted.joined(separator: ","))}"
        case .alias: throw InvalidValue("refers to another place with *", fix: "write it out")
        }
    }

    private static func text(of scalar: Node.Scalar) -> String {
        let text = scalar.string
        guard scalar.style == .plain || scalar.style == .any else { return quoted(text) }
        switch text {
        case "", "~", "null": return "null"
        case "true", "false": return text
        default:
            // JSON's own way of writing numbers, which is also one of YAML's.
            let number = /-?(0|[1-9][0-9]{0,17})(\.[0-9]{1,17})?([eE][+-]?[0-9]{1,2})?/
            guard text.wholeMatch(of: number) != nil else { return quoted(text) }
            return text
        }
    }

    private static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            default:
                if scalar.value < 0x20 {
                    let digits = String(scalar.value, radix: 16)
                    result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
                } else {
                    result.unicodeScalars.append(scalar)
                }
            }
        }
        return result + "\""
    }
}
