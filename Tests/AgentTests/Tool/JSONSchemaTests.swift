import Testing

@testable import Agent

struct JSONSchemaTests {
    private static let booking = """
        {"type": "object", "required": ["day"], "additionalProperties": false, "properties": {
            "day": {"type": "string", "enum": ["monday", "tuesday"]},
            "people": {"type": "integer", "minimum": 1, "maximum": 12},
            "names": {"type": "array", "maxItems": 2, "items": {"type": "string", "minLength": 1, "maxLength": 5}},
            "note": {"type": ["string", "null"]},
            "way": {"const": "telephone"},
            "price": {"type": "number"},
            "sure": {"type": "boolean"}}}
        """

    @Test(
        "T-50 Arguments are taken only as they were declared, and what does not fit is told to the model",
        arguments: [
            (#"{"day": "monday"}"#, nil),
            (
                #"{"day": "monday", "people": 12, "names": ["Ann", "Bob"], "note": null, "way": "telephone", "sure": true}"#,
                nil
            ),
            (#"{"day": "monday", "people": 3.0, "price": 1.5}"#, nil),
            ("{}", #""day" is missing in the arguments."#),
            ("[]", "the arguments must be of type object."),
            (#"{"day": "Monday"}"#, #""day" of the arguments must be one of "monday", "tuesday"."#),
            (#"{"day": 1}"#, #""day" of the arguments must be of type string."#),
            (#"{"day": "monday", "people": 0}"#, #""people" of the arguments must be at least 1."#),
            (#"{"day": "monday", "people": 13}"#, #""people" of the arguments must be at most 12."#),
            (#"{"day": "monday", "people": 2.5}"#, #""people" of the arguments must be of type integer."#),
            (
                #"{"day": "monday", "names": ["", "x"]}"#,
                #"element 1 of "names" of the arguments must have at least 1 characters."#
            ),
            (
                #"{"day": "monday", "names": ["Annabel"]}"#,
                #"element 1 of "names" of the arguments must have at most 5 characters."#
            ),
            (
                #"{"day": "monday", "names": ["a", "b", "c"]}"#,
                #""names" of the arguments must have at most 2 elements."#
            ),
            (#"{"day": "monday", "note": 5}"#, #""note" of the arguments must be of type string or null."#),
            (#"{"day": "monday", "way": "post"}"#, #""way" of the arguments must be "telephone"."#),
            (#"{"day": "monday", "url": "http://evil"}"#, #"the arguments must not have "url"."#),
        ] as [(String, String?)])
    func fault(value: String, expected: String?) throws {
        let schema = try JSONSchema(JSONValue(parsing: Self.booking.utf8))
        #expect(try schema.fault(of: JSONValue(parsing: value.utf8)) == expected)
    }

    @Test(
        "A schema that is none is refused with the place",
        arguments: [
            ("[]", "the schema is no object."),
            (#"{"type": "text"}"#, "the schema has a type that is none of array, boolean"),
            (#"{"properties": {"a": {"type": 5}}}"#, #""a" of the schema has a type that is none of"#),
            (#"{"properties": []}"#, "properties of the schema is no object."),
            (#"{"required": "a"}"#, "required of the schema is no list of names."),
            (#"{"enum": []}"#, "enum of the schema is no list of values."),
            (#"{"maxLength": -1}"#, "maxLength of the schema is no whole number"),
            (#"{"minimum": "1"}"#, "minimum of the schema is no number."),
            (#"{"additionalProperties": {}}"#, "additionalProperties of the schema is neither true nor false."),
            (#"{"items": 1}"#, "items of the schema is no object."),
        ])
    func refused(schema: String, reason: String) throws {
        let json = try JSONValue(parsing: schema.utf8)
        let error = #expect(throws: ToolRefusal.self) { try JSONSchema(json) }
        #expect(try #require(error).description.hasPrefix(reason))
    }

    @Test("Neither a schema nor a value is followed without end")
    func depth() throws {
        var schema: JSONValue = ["type": "array"]
        for _ in 0..<JSONSchema.maximumDepth { schema = ["items": schema] }
        #expect(throws: ToolRefusal.self) { try JSONSchema(schema) }
        var deep: JSONValue = ["type": "array"]
        for _ in 0..<JSONSchema.maximumDepth - 1 { deep = ["items": deep] }
        var value: JSONValue = []
        for _ in 0..<100 { value = [value] }
        // Beyond what the schema speaks of, anything fits.
        #expect(try JSONSchema(deep).fault(of: value) == nil)
    }
}
