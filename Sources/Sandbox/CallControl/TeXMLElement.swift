/// An element of a TeXML document, with its attributes and what is in it; text is passed over.
///
/// Read as strictly as XML 1.0 wants documents to be well-formed, without document types.
struct TeXMLElement: Sendable, Hashable {
    var name: String
    var attributes: [String: String] = [:]
    var children: [TeXMLElement] = []

    /// Why a document can't be read.
    struct Fault: Error, Sendable, Hashable {
        var reason: String
    }

    static let maximumOctets = 65_536
    static let maximumDepth = 16

    /// - Returns: the element that everything is in.
    static func parse(_ octets: [UInt8]) throws(Fault) -> TeXMLElement {
        guard octets.count <= maximumOctets else { throw Fault(reason: "it is longer than 64 kB") }
        guard let text = String(validating: octets, as: UTF8.self) else { throw Fault(reason: "it is no UTF-8") }
        var reader = TeXMLReader(Array(text.unicodeScalars))
        return try reader.document()
    }
}

/// Goes through a document.
struct TeXMLReader {
    typealias Fault = TeXMLElement.Fault

    private let scalars: [Unicode.Scalar]
    private var place = 0

    init(_ scalars: [Unicode.Scalar]) {
        self.scalars = scalars
    }

    private var next: Unicode.Scalar? { scalars.indices.contains(place) ? scalars[place] : nil }

    mutating func document() throws(Fault) -> TeXMLElement {
        // A mark of the order of octets.
        _ = take("\u{FEFF}")
        if take("<?xml") { try skip(to: "?>") }
        try passOver()
        let root = try element(depth: 1)
        try passOver()
        guard next == nil else { throw Fault(reason: "something follows </\(root.name)>") }
        return root
    }

    /// Blanks and comments.
    private mutating func passOver() throws(Fault) {
        while true {
            passBlanks()
            guard take("<!--") else { return }
            try skip(to: "-->")
        }
    }

    private mutating func passBlanks() {
        while let scalar = next, [" ", "\t", "\r", "\n"].contains(scalar) { place += 1 }
    }

    private mutating func take(_ text: String) -> Bool {
        let wanted = Array(text.unicodeScalars)
        guard scalars.dropFirst(place).starts(with: wanted) else { return false }
        place += wanted.count
        return true
    }

    private mutating func skip(to end: String) throws(Fault) {
        while !take(end) {
            guard next != nil else { throw Fault(reason: "\(end) is missing") }
            place += 1
        }
    }

    private mutating func name() throws(Fault) -> String {
        var name = ""
        while let scalar = next,
            scalar.properties.isAlphabetic || scalar.properties.numericType != nil
                || "_-:.".unicodeScalars.contains(scalar)
        {
            name.unicodeScalars.append(scalar)
            place += 1
        }
        guard let first = name.unicodeScalars.first, first.properties.isAlphabetic || first == "_" else {
            throw Fault(reason: "there is no name at character \(place + 1)")
        }
        return name
    }

    private mutating func element(depth: Int) throws(Fault) -> TeXMLElement {
        guard depth <= TeXMLElement.maximumDepth else { throw Fault(reason: "it is too deep") }
        guard take("<") else { throw Fault(reason: "there is no element at character \(place + 1)") }
        var element = TeXMLElement(name: try name())
        while true {
            let before = place
            passBlanks()
            if take("/>") { return element }
            if take(">") { break }
            guard place > before else { throw Fault(reason: "a blank is missing in <\(element.name)>") }
            let name = try name()
            passBlanks()
            guard take("=") else { throw Fault(reason: "\(name) has no value") }
            passBlanks()
            guard element.attributes.updateValue(try value(of: name), forKey: name) == nil else {
                throw Fault(reason: "\(name) is there twice")
            }
        }
        while true {
            if take("<!--") {
                try skip(to: "-->")
            } else if take("</") {
                let name = try name()
                passBlanks()
                guard name == element.name, take(">") else {
                    throw Fault(reason: "</\(name)> stands where </\(element.name)> should")
                }
                return element
            } else if next == "<" {
                element.children.append(try self.element(depth: depth + 1))
            } else if next == "&" {
                _ = try reference()
            } else {
                guard next != nil else { throw Fault(reason: "</\(element.name)> is missing") }
                place += 1
            }
        }
    }

    private mutating func value(of name: String) throws(Fault) -> String {
        guard let quote = next, quote == "\"" || quote == "'" else { throw Fault(reason: "\(name) has no quotes") }
        place += 1
        var value = ""
        while let scalar = next {
            switch scalar {
            case quote:
                place += 1
                return value
            case "<": throw Fault(reason: "\(name) has a < in it")
            case "&": value.unicodeScalars.append(try reference())
            default:
                value.unicodeScalars.append(scalar)
                place += 1
            }
        }
        throw Fault(reason: "\(name) has no end")
    }

    /// `&amp;` and its like.
    private mutating func reference() throws(Fault) -> Unicode.Scalar {
        place += 1
        var name = ""
        while let scalar = next, scalar != ";" {
            guard name.utf8.count < 12 else { break }
            name.unicodeScalars.append(scalar)
            place += 1
        }
        guard take(";") else { throw Fault(reason: "& stands alone") }
        switch name {
        case "amp": return "&"
        case "lt": return "<"
        case "gt": return ">"
        case "quot": return "\""
        case "apos": return "'"
        default:
            let number =
                name.hasPrefix("#x")
                ? UInt32(name.dropFirst(2), radix: 16)
                : name.hasPrefix("#") ? UInt32(name.dropFirst()) : nil
            guard let scalar = number.flatMap(Unicode.Scalar.init), scalar != "\0" else {
                throw Fault(reason: "&\(name); is unknown")
            }
            return scalar
        }
    }
}
