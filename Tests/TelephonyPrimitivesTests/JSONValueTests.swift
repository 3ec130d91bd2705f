import Foundation
import TelephonyPrimitives
import Testing

@Suite("JSON")
struct JSONValueTests {
    @Test(
        "What is JSON is read, and written in one form",
        arguments: [
            ("null", "null"), (" true ", "true"), ("false", "false"), ("0", "0"), ("-0", "0"), ("12", "12"),
            ("-1.5", "-1.5"),
            ("1e3", "1000"), ("2.5E-1", "0.25"), ("1e300", "1e+300"), (#""""#, #""""#),
            (#""a\u00e9\ud83d\ude00""#, #""aé😀""#),
            (#""\"\\\/\b\f\n\r\t\u0001""#, #""\"\\/\b\f\n\r\t\u0001""#), ("[]", "[]"), ("[1, [2,\n3]]", "[1,[2,3]]"),
            ("{}", "{}"),
            (#"{"b":1,"a":{"c":null},"b":2}"#, #"{"a":{"c":null},"b":2}"#), ("\u{FEFF}[1]", "[1]"),
        ])
    func good(_ text: String, _ written: String) throws {
        let value = try JSONValue(parsing: text.utf8)
        #expect(value.json == written)
        #expect(try JSONValue(parsing: value.json.utf8) == value)
    }

    @Test(
        "What is no JSON is refused, where it is none",
        arguments: [
            ("", 0), (" ", 1), ("tru", 0), ("nul", 0), ("01", 2), ("+1", 0), (".5", 0), ("1.", 2), ("1e", 2),
            ("1e999", 5), ("-", 1),
            ("[1,]", 3), ("[1 2]", 3), ("[", 1), ("{", 1), (#"{"a"}"#, 4), (#"{"a":1,}"#, 7), ("{1:2}", 1),
            (#""abc"#, 4), (#""\x""#, 3),
            (#""\u12"#, 5), (#""\ud800x""#, 7), (#""\ude00""#, 7), ("\"\u{1}\"", 2), ("1 2", 2), ("NaN", 0), ("'a'", 0),
        ])
    func bad(_ text: String, _ offset: Int) {
        let error = #expect(throws: JSONError.self) { try JSONValue(parsing: text.utf8) }
        #expect(abs((error?.offset ?? -9) - offset) <= 1, "\(String(describing: error))")
    }

    @Test("A text that is no UTF-8, and one that is too deep, are refused")
    func bounds() throws {
        #expect(throws: JSONError.self) { try JSONValue(parsing: [0x22, 0xFF, 0x22]) }
        func nested(_ depth: Int) -> String {
            String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
        }
        _ = try JSONValue(parsing: nested(JSONError.maximumDepth).utf8)
        #expect(throws: JSONError.self) { try JSONValue(parsing: nested(JSONError.maximumDepth + 1).utf8) }
        #expect(throws: JSONError.self) { try JSONValue(parsing: String(repeating: "{\"a\":", count: 1_000_000).utf8) }
        #expect(JSONValue.number(.infinity).json == "null" && JSONValue.number(.nan).json == "null")
    }

    @Test("Foundation reads what is written, and the other way round", arguments: 1...50 as ClosedRange<UInt64>)
    func foundation(_ seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let value = JSONValue.object(["x": random(depth: 5, &generator)])
        #expect(try JSONDecoder().decode(JSONValue.self, from: Data(value.json.utf8)) == value)
        #expect(try JSONValue(parsing: try JSONEncoder().encode(value)) == value)
    }

    private func random(depth: Int, _ generator: inout SeededGenerator) -> JSONValue {
        switch Int.random(in: 0..<(depth > 0 ? 6 : 4), using: &generator) {
        case 0: return .null
        case 1: return .bool(Bool.random(using: &generator))
        case 2: return .number(Double(Int.random(in: -1_000_000...1_000_000, using: &generator)) / 8)
        case 3:
            let scalars = (0..<8).compactMap { _ in Unicode.Scalar(UInt32.random(in: 0...0x1_0FFF, using: &generator)) }
            return .string(String(String.UnicodeScalarView(scalars)))
        case 4: return .array((0..<3).map { _ in random(depth: depth - 1, &generator) })
        default:
            return .object(
                Dictionary(
                    (0..<3).map { ("k\($0)\"é", random(depth: depth - 1, &generator)) },
                    uniquingKeysWith: { _, last in last }))
        }
    }

    @Test("Damaged JSON never traps", arguments: 1...50 as ClosedRange<UInt64>)
    func damage(_ seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let text = Array(#"{"a":[1,2.5e3,"x\u00e9\ud83d\ude00\n",true,null],"b":{"c":{}}}"#.utf8)
        for _ in 0..<200 {
            var octets = text
            for _ in 0..<Int.random(in: 1...5, using: &generator) {
                octets[Int.random(in: 0..<octets.count, using: &generator)] = UInt8.random(
                    in: .min ... .max, using: &generator)
            }
            if let value = try? JSONValue(parsing: octets) {
                #expect((try? JSONValue(parsing: value.json.utf8)) == value)
            }
        }
    }
}
