/// The text form in which Prometheus reads metrics (version 0.0.4).
public enum ExpositionText {
    public static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    /// - Parameter families: each name once.
    public static func write(_ families: [MetricFamily]) -> String {
        var text = ""
        for family in families where !family.samples.isEmpty {
            let name = Self.name(family.description.name)
            text += "# HELP \(name) \(escaped(family.description.help, quotes: false))\n"
            text += "# TYPE \(name) \(family.description.kind.rawValue)\n"
            for sample in family.samples {
                text += name + sample.suffix
                if !sample.labels.isEmpty {
                    let labels = sample.labels.map { "\(Self.name($0.name))=\"\(escaped($0.value, quotes: true))\"" }
                    text += "{\(labels.joined(separator: ","))}"
                }
                text += " \(number(sample.value))\n"
            }
        }
        return text
    }

    /// What a name may be made of; anything else becomes `_`.
    static func name(_ text: String) -> String {
        guard !text.isEmpty else { return "_" }
        var name = ""
        for (index, octet) in text.utf8.enumerated() {
            switch octet {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "_"):
                name.unicodeScalars.append(Unicode.Scalar(octet))
            case UInt8(ascii: "0")...UInt8(ascii: "9") where index > 0:
                name.unicodeScalars.append(Unicode.Scalar(octet))
            default: name += "_"
            }
        }
        return name
    }

    static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value > 0 ? "+Inf" : "-Inf" }
        if let whole = Int64(exactly: value) { return String(whole) }
        return String(value)
    }

    private static func escaped(_ text: String, quotes: Bool) -> String {
        var escaped = ""
        for character in text.unicodeScalars {
            switch character {
            case "\\": escaped += "\\\\"
            case "\n": escaped += "\\n"
            case "\"" where quotes: escaped += "\\\""
            default: escaped.unicodeScalars.append(character)
            }
        }
        return escaped
    }
}
