import Agent
import Testing
import WebSockets

@testable import Providers

@Suite("Secret")
struct SecretTests {
    @Test("A key never shows, however it is printed")
    func redaction() {
        let secret = Secret(" sk-planted-4711\n")
        #expect(secret.value == "sk-planted-4711")
        var dumped = ""
        dump(secret, to: &dumped)
        for text in ["\(secret)", String(reflecting: secret), dumped, "\([secret])", "\(["key": secret])"] {
            #expect(!text.contains("4711"))
        }
    }

    @Test("T-53 What a service says of a key is shown without it, and where it was found")
    func repeated() {
        let secret = Secret("sk-planted-4711", from: "the file /etc/x.key")
        for error in [
            ProviderError.unavailable("No sk-planted-4711!"), .overloaded("sk-planted-4711"),
            .timedOut("sk-planted-4711"),
            .failed("a sk-planted-4711 b sk-planted-4711"),
        ] {
            let shown = error.without(secret)
            #expect(!"\(shown)".contains("4711") && "\(shown)".contains("(secret)"))
        }
        let answer = WebSocketAnswer(status: 401, headers: [], body: Array("no".utf8))
        #expect(
            SocketEnd(error: .refused(answer)).failure(of: "Gemini Live", key: secret)
                == .unavailable(
                    "Gemini Live does not accept the key; check the key in the file /etc/x.key. It says: no"))
        #expect(SocketEnd(error: .refused(answer)).failure(of: "X", key: nil) == .unavailable("X answered 401: no"))
        // Hardly a key.
        #expect(Secret("a").leftOut(of: "a sentence") == "a sentence")
    }
}
