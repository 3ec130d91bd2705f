import Agent
import TelephonyPrimitives
import Testing

@testable import Providers

@Suite("Voice link")
struct VoiceLinkTests {
    private typealias Link = VoiceLink<OneWordDialect>

    /// Says the text as it is; takes `sound t1`, `done t1`, `error t1` and `broken` as JSON members.
    struct OneWordDialect: VoiceDialect {
        let encoding = WireEncoding.muLaw
        let sampleRate = 8_000
        var maximumContexts = 2
        var closesLate = true

        mutating func opening(_ context: String, text: String) -> [String] { ["\(context) \(text)"] }
        mutating func cancelling(_ context: String) -> String? { closesLate ? nil : "cancel \(context)" }
        mutating func forget(_ context: String) {}

        mutating func receive(_ message: JSONValue) -> [VoiceOutcome] {
            if let context = message["sound"]?.string { return [.sound(context: context, [1, 2], [])] }
            if let context = message["done"]?.string { return [.done(context: context, [])] }
            if let context = message["error"]?.string { return [.failed(context: context, .overloaded("busy"))] }
            return message["broken"] == nil ? [] : [.failed(context: nil, .failed("broken"))]
        }

        func error(closing code: UInt16?, _ reason: String) -> ProviderError { .failed("closed") }
    }

    private func link(_ dialect: OneWordDialect = OneWordDialect()) -> Link {
        var link = Link(dialect: dialect)
        _ = link.receive(.opened, now: .zero)
        return link
    }

    private func at(_ seconds: Double) -> Instant { .zero + .seconds(seconds) }
    private func text(_ name: String, _ context: String) -> Link.Input {
        .text(Array(#"{"\#(name)":"\#(context)"}"#.utf8))
    }

    @Test("A text gets its sound and is done")
    func plain() {
        var link = link()
        #expect(link.receive(.speak(1, "Hello"), now: at(0)) == [.send("t1 Hello")])
        #expect(link.receive(text("sound", "t1"), now: at(1)) == [.sound(1, [1, 2], [])])
        #expect(link.receive(text("done", "t1"), now: at(2)) == [.finish(1, [], nil)])
        #expect(link.deadline == nil)
    }

    @Test("Sound of a text that is given up, done or unknown goes nowhere")
    func late() {
        var link = link()
        _ = link.receive(.speak(1, "Hello"), now: at(0))
        #expect(link.receive(.cancel(1), now: at(0)).isEmpty)
        for context in ["t1", "t7", ""] { #expect(link.receive(text("sound", context), now: at(1)).isEmpty) }
        #expect(link.receive(text("done", "t1"), now: at(1)).isEmpty)
        #expect(link.receive(text("done", "t1"), now: at(1)).isEmpty)
    }

    @Test("A text waits for a place until a context is done, given up ones count")
    func places() {
        var link = link()
        _ = link.receive(.speak(1, "a"), now: at(0))
        _ = link.receive(.speak(2, "b"), now: at(0))
        _ = link.receive(.cancel(1), now: at(0))
        #expect(link.receive(.speak(3, "c"), now: at(0)).isEmpty)
        #expect(link.receive(text("done", "t1"), now: at(1)) == [.send("t3 c")])
        #expect(link.deadline == at(5))
    }

    @Test("Where a given up context is gone at once its place is free at once")
    func closesAtOnce() {
        var dialect = OneWordDialect()
        dialect.closesLate = false
        var link = link(dialect)
        _ = link.receive(.speak(1, "a"), now: at(0))
        _ = link.receive(.speak(2, "b"), now: at(0))
        _ = link.receive(.speak(3, "c"), now: at(0))
        #expect(link.receive(.cancel(1), now: at(0)) == [.send("cancel t1"), .send("t3 c")])
    }

    @Test("A service that keeps given up contexts is left after two seconds, and texts that did not sound move")
    func replaced() {
        var link = link()
        _ = link.receive(.speak(1, "a"), now: at(0))
        _ = link.receive(.speak(2, "b"), now: at(0))
        _ = link.receive(.cancel(1), now: at(0))
        _ = link.receive(.speak(3, "c"), now: at(1))
        #expect(link.deadline == at(3))
        #expect(link.receive(.tick, now: at(3)) == [.drop, .open])
        #expect(link.receive(.opened, now: at(3)) == [.send("t3 b"), .send("t4 c")])
    }

    @Test("A socket that closes while nobody speaks is opened with the next text")
    func idle() {
        var link = link()
        #expect(link.receive(.closed(code: 1_000, reason: ""), now: at(0)) == [.drop])
        #expect(link.receive(.speak(1, "a"), now: at(9)) == [.open])
        #expect(link.receive(.opened, now: at(9)) == [.send("t1 a")])
    }

    @Test("A text that was lost before it sounded is said again, once; one that sounded has failed")
    func retries() {
        var link = link()
        _ = link.receive(.speak(1, "a"), now: at(0))
        _ = link.receive(.speak(2, "b"), now: at(0))
        _ = link.receive(text("sound", "t1"), now: at(0))
        #expect(
            link.receive(.failed(.failed("reset")), now: at(1)) == [
                .drop, .finish(1, [], .failed("reset")), .open,
            ])
        #expect(link.receive(.opened, now: at(1)) == [.send("t3 b")])
        #expect(link.receive(text("broken", ""), now: at(2)) == [.drop, .finish(2, [], .failed("broken"))])
    }

    @Test("What may not pass is not tried again")
    func unavailable() {
        var link = link()
        _ = link.receive(.speak(1, "a"), now: at(0))
        let error = ProviderError.unavailable("no")
        #expect(link.receive(.failed(error), now: at(1)) == [.drop, .finish(1, [], error)])
    }

    @Test("An error of one context is no error of another")
    func errors() {
        var link = link()
        _ = link.receive(.speak(1, "a"), now: at(0))
        _ = link.receive(.speak(2, "b"), now: at(0))
        #expect(link.receive(text("error", "t1"), now: at(1)) == [.finish(1, [], .overloaded("busy"))])
        #expect(link.receive(text("sound", "t2"), now: at(1)) == [.sound(2, [1, 2], [])])
    }

    @Test("A socket that can't be opened fails those who wait, and the next text tries anew")
    func openFails() {
        var link = link()
        _ = link.receive(.closed(code: nil, reason: ""), now: at(0))
        _ = link.receive(.speak(1, "a"), now: at(0))
        let error = ProviderError.overloaded("full")
        #expect(link.receive(.openFailed(error), now: at(1)) == [.finish(1, [], error)])
        #expect(link.receive(.speak(2, "b"), now: at(2)) == [.open])
    }

    @Test("T-54 silence is waited for as long from one sound to the next, not longer")
    func timesOut() {
        var link = link()
        _ = link.receive(.speak(1, "a"), now: at(0))
        _ = link.receive(text("sound", "t1"), now: at(4))
        #expect(link.deadline == at(9))
        #expect(link.receive(.tick, now: at(8.9)).isEmpty)
        #expect(
            link.receive(.tick, now: at(9)).first
                == .finish(1, [], .timedOut("The service has stopped in the middle of a text for 5 s.")))
    }

    @Test("T-54 a service that answers nothing at all is asked on another socket")
    func dead() {
        var link = link()
        _ = link.receive(.speak(1, "a"), now: at(0))
        #expect(
            link.receive(.tick, now: at(5)) == [
                .finish(1, [], .timedOut("The service has said nothing of a text for 5 s.")), .drop,
            ])
        #expect(link.receive(.speak(2, "b"), now: at(6)) == [.open])
    }

    @Test("After the end nothing is said")
    func closed() {
        var link = link()
        _ = link.receive(.speak(1, "a"), now: at(0))
        #expect(link.receive(.close, now: at(1)) == [.drop, .finish(1, [], .cancelled)])
        #expect(link.receive(.speak(2, "b"), now: at(2)) == [.finish(2, [], .cancelled)])
        #expect(link.deadline == nil)
    }
}
