import SIPCore
import Testing

struct URITests {
    static let parseRows = (try? SIPFixtures.table("uri/parse.tsv")) ?? []
    static let compareRows = (try? SIPFixtures.table("uri/compare.tsv")) ?? []

    @Test("The tables are there")
    func tables() {
        #expect(Self.parseRows.count == 37)
        #expect(Self.compareRows.count == 30)
    }

    @Test("URIs are read as the table says", arguments: parseRows)
    func parse(_ row: [String: String]) throws {
        let text = try #require(row["uri"])
        let uri = try? URI(parsing: text)
        switch row["parse"] {
        case "reject":
            #expect(uri == nil, "\(text)")
            return
        case "accept":
            #expect(uri != nil, "\(text)")
        default:
            break
        }
        guard let uri else { return }
        switch uri {
        case .sip(let sip):
            #expect(sip.scheme == row["scheme"])
            #expect((sip.unescapedUser ?? "") == row["user_unescaped"])
            #expect((sip.password ?? "") == row["password"])
            #expect(sip.hostText == row["host"])
            #expect((sip.port.map { "\($0)" } ?? "") == row["port"])
            #expect(sip.parameters.map(\.description).joined(separator: ";") == row["parameters"])
            let headers = sip.headers.map { "\($0.name)=\($0.unescapedValue)" }.joined(separator: "&")
            #expect(headers == row["headers_unescaped"])
            // What is written out is read back as the same.
            #expect(try URI(parsing: sip.description) == uri)
        case .tel(let tel):
            #expect(row["scheme"] == "tel")
            #expect(tel.number == row["user_unescaped"])
            #expect(tel.parameters.map(\.description).joined(separator: ";") == row["parameters"])
            #expect(try URI(parsing: tel.description) == uri)
        case .other(let scheme, _):
            #expect(scheme == row["scheme"])
        }
    }

    @Test("URIs are equal as RFC 3261 §19.1.4 has it", arguments: compareRows)
    func compare(_ row: [String: String]) throws {
        let one = try URI(parsing: #require(row["a"]))
        let two = try URI(parsing: #require(row["b"]))
        #expect(one.matches(two) == (row["result"] == "equal"))
        #expect(two.matches(one) == (row["result"] == "equal"))
    }
}
