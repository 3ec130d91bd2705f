import Foundation
import Testing

@testable import Agent

/// With the real espeak-ng, as scripts/install.sh installs it.
struct PhonemeSourceTests {
    @Test(
        "Words are given as they sound",
        arguments: [
            ("hello", "həlˈoʊ"), ("good morning", "ɡˈʊd mˈɔːɹnɪŋ"), ("", ""), ("   ", ""),
            // Neither a second line nor brackets are anything else than a blank.
            ("good\nmorning", "ɡˈʊd mˈɔːɹnɪŋ"), ("good [[morning", "ɡˈʊd mˈɔːɹnɪŋ"),
            ("good\u{0}morning", "ɡˈʊd mˈɔːɹnɪŋ"),
        ])
    func words(text: String, sounds: String) throws {
        #expect(try PhonemeSource().phonemes(of: text) == sounds)
    }

    @Test("A clause with marks in it is one answer all the same")
    func marks() throws {
        let source = try PhonemeSource()
        #expect(try source.phonemes(of: "yes, good; morning. hello") == "jˈɛs ɡˈʊd mˈɔːɹnɪŋ həlˈoʊ")
        #expect(try source.phonemes(of: "hello") == "həlˈoʊ")
    }

    @Test("One program serves all questions; when it dies another one is started")
    func restart() throws {
        let source = try PhonemeSource()
        _ = try source.phonemes(of: "hello")
        let first = try #require(source.processIdentifier)
        _ = try source.phonemes(of: "good morning")
        #expect(source.processIdentifier == first)
        kill(first, SIGKILL)
        #expect(try source.phonemes(of: "good evening") == "ɡˈʊd ˈiːvnɪŋ")
        #expect(try #require(source.processIdentifier) != first)
    }

    @Test("A text that sounds like the mark behind a question does not spoil the answers after it")
    func mark() throws {
        let source = try PhonemeSource()
        for text in ["zebra quizzical xylophone", "xylophone zebra quizzical", "Zebra, quizzical xylophone"] {
            _ = try source.phonemes(of: text)
        }
        _ = try source.phonemes(of: "good evening")
        #expect(try source.phonemes(of: "hello") == "həlˈoʊ")
    }

    @Test("The program ends with its owner")
    func end() throws {
        var source: PhonemeSource? = try PhonemeSource()
        _ = try source?.phonemes(of: "hello")
        let identifier = try #require(source?.processIdentifier)
        source = nil
        #expect(kill(identifier, 0) == -1)
    }

    @Test(
        "A very long text and any character get an answer",
        arguments: [String(repeating: "word ", count: 10_000), "日本 é 🎉 <b>"])
    func anything(text: String) throws {
        let source = try PhonemeSource()
        _ = try source.phonemes(of: text)
        #expect(try source.phonemes(of: "hello") == "həlˈoʊ")
    }

    @Test(
        "A program that is missing or is another one is named",
        arguments: [("/nonexistent/espeak-ng", "apt-get install espeak-ng"), ("/bin/true", "/bin/true")])
    func unusable(program: String, hint: String) throws {
        let error = #expect(throws: ProviderError.self) {
            _ = try PhonemeSource(program: program).phonemes(of: "hello")
        }
        #expect(error?.description.contains(hint) == true)
    }
}
