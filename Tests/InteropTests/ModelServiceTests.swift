import Foundation
import ProviderDoubles
import Testing

/// A language model behind the program, as its configuration names it.
struct ModelServiceTests {
    @Test("What the configuration says of a model is in the requests that the model gets")
    func request() async throws {
        let workspace = try Workspace("model-service")
        let double = try await ChatCompletionsDouble(answers: [ChatCompletionsDouble.saying("Good day.")])
        let server = try await Server(
            in: workspace, agent: "model",
            settings: """
                model:
                  provider: compatible
                  url: \(double.url)
                  model: thinker
                  reasoning_effort: low
                  max_tokens: 77
                """)
        let phone = try Program(
            Workspace.product("trunkline"), ["call", server.uri(), "--bind", "127.0.0.1", "--duration", "30"])
        _ = try await server.program.line(containing: "Good day.")
        let body = try #require(double.bodies.first)
        let request = try #require(try JSONSerialization.jsonObject(with: Data(body.utf8)) as? [String: Any])
        #expect(request["model"] as? String == "thinker")
        #expect(request["reasoning_effort"] as? String == "low")
        #expect(request["max_tokens"] as? Int == 77)
        #expect(double.violations.isEmpty)
        phone.signal(SIGINT)
        try await phone.end()
        try await server.stop()
        await double.stop()
        workspace.remove()
    }
}
