import Foundation
import ProviderDoubles
import Testing

/// A caller types a card number on a real call.
struct SecretDigitsTests {
    @Test("T-53 A card number that is typed reaches the service that may have it, and nothing else that is written")
    func card() async throws {
        let workspace = try Workspace("secret-digits")
        let number = "9876543298765432"
        typealias Double = ChatCompletionsDouble
        let model = try await Double(
            answers: [
                Double.calling("collect_digits", arguments: #"{"what":"card","question":"Your card number, please."}"#),
                Double.calling("pay", id: "call_b", arguments: #"{"number":"{card}"}"#),
                .events(
                    EventScript([
                        Double.role, Double.text("Thank you. Goodbye."),
                        Double.call(id: "call_c", name: "hang_up", arguments: "{}"), Double.finish("tool_calls"),
                        Double.done,
                    ])),
            ])
        let shop = try await HTTPDouble { request in .init(steps: [.send(Array("paid with ".utf8) + request.body)]) }
        let server = try await Server(
            in: workspace, agent: "model",
            settings: """
                model: {provider: compatible, url: "\(model.url)", model: m}
                digits:
                  card: {length: 16, secret: true}
                tools:
                  pay:
                    description: Pays.
                    url: "\(shop.url)/pay"
                    allow_private: true
                    takes_digits: true
                    parameters: {type: object, properties: {number: {type: string}}, required: [number]}
                """, isTraced: false)
        let phone = try Program(
            Workspace.product("trunkline"),
            [
                "call", server.uri(), "--bind", "127.0.0.1", "--duration", "60", "--dtmf",
                String(repeating: ",", count: 8) + number,
            ])
        try await phone.end()
        let list = try Program(
            Workspace.product("trunkline"), ["calls", "list", "--json", "--database", workspace.path("calls.db")])
        try await list.end()
        let calls = try JSONSerialization.jsonObject(with: Data(list.output.utf8)) as? [[String: Any]]
        let id = try #require(calls?.first?["id"] as? String)
        let show = try Program(
            Workspace.product("trunkline"), ["calls", "show", id, "--json", "--database", workspace.path("calls.db")])
        try await show.end()
        let call = try #require(try JSONSerialization.jsonObject(with: Data(show.output.utf8)) as? [String: Any])
        let keys = (call["dtmf"] as? [[String: Any]])?.compactMap { $0["digit"] as? String }
        #expect(keys == Array(repeating: "•", count: 16))
        #expect(shop.requests.map { String(decoding: $0.body, as: UTF8.self) } == [#"{"number":"\#(number)"}"#])
        #expect(model.bodies.count == 3 && model.bodies.last?.contains("paid with") == true)
        #expect(model.bodies.contains { $0.contains("••••••••••••••32") })
        try await server.stop()
        let written = [server.program.output, show.output] + model.bodies
        for text in written { #expect(!text.contains("98765432")) }
        for file in try FileManager.default.contentsOfDirectory(atPath: workspace.path(""))
        where file.hasPrefix("calls.db") {
            let octets = try Data(contentsOf: URL(filePath: workspace.path(file)))
            #expect(octets.range(of: Data("98765432".utf8)) == nil, "\(file)")
        }
        await model.stop()
        await shop.stop()
        workspace.remove()
    }
}
