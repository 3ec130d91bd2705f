import Providers
import Testing

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
}
