import Agent
import ProviderDoubles
import TelephonyPrimitives
import Testing

@testable import Providers

@Suite("Hearing link")
struct HearingLinkTests {
    private typealias Link = HearingLink<NovaTranscript>
    private static let failure = ProviderError.failed("gone")

    /// A link whose first socket is open.
    private func link() -> Link {
        var link = Link(dialect: NovaTranscript(), encoding: .muLaw, sampleRate: 8_000, now: .zero)
        _ = link.receive(.opened, now: .zero)
        return link
    }

    private func at(_ milliseconds: Int) -> Instant { .zero + .milliseconds(milliseconds) }
    private let frame = [Int16](repeating: 0, count: 160)

    private func text(_ json: String) -> Link.Input { .text(Array(json.utf8)) }

    private func octets(_ actions: [Link.Action]) -> Int {
        actions.reduce(0) { if case .sendSound(let octets) = $1 { $0 + octets.count } else { $0 } }
    }

    @Test("Sound is gathered to pieces of 40 ms, and what is gathered goes before Finalize")
    func pieces() {
        var link = link()
        #expect(link.receive(.sound(frame), now: at(20)).isEmpty)
        #expect(link.receive(.sound(frame), now: at(40)) == [.sendSound(Array(repeating: 0xFF, count: 320))])
        _ = link.receive(.sound(frame), now: at(60))
        #expect(
            link.receive(.finishUtterance, now: at(60)) == [
                .sendSound(Array(repeating: 0xFF, count: 160)), .sendText(#"{"type":"Finalize"}"#),
            ])
    }

    @Test("KeepAlive comes after four seconds without sound, and not before")
    func keepAlive() {
        var link = link()
        #expect(link.deadline == at(4_000))
        _ = link.receive(.sound(frame + frame), now: at(1_000))
        _ = link.receive(text("{}"), now: at(1_100))
        #expect(link.deadline == at(5_000))
        #expect(link.receive(.tick, now: at(4_999)).isEmpty)
        #expect(link.receive(.tick, now: at(5_000)) == [.sendText(#"{"type":"KeepAlive"}"#)])
        #expect(link.deadline == at(9_000))
    }

    @Test("The first lost socket is replaced at once, the next after 250, 500, 1,000 and 2,000 ms, then no more")
    func backOff() {
        var link = link()
        #expect(link.receive(.failed(Self.failure), now: at(0)) == [.drop, .open])
        var now = 0
        for wait in [250, 500, 1_000, 2_000] {
            #expect(link.receive(.openFailed(Self.failure), now: at(now)).isEmpty)
            #expect(link.deadline == at(now + wait))
            #expect(link.receive(.tick, now: at(now + wait - 1)).isEmpty)
            now += wait
            #expect(link.receive(.tick, now: at(now)) == [.open])
        }
        #expect(link.receive(.openFailed(Self.failure), now: at(now)) == [.tell(.failed(Self.failure)), .end])
        #expect(link.deadline == nil)
        #expect(link.receive(.sound(frame + frame), now: at(now)).isEmpty)
    }

    @Test("A socket that lasted begins the count anew; one that only spoke does not")
    func forgives() {
        var link = link()
        for _ in 0..<20 {
            #expect(link.receive(.failed(Self.failure), now: at(0)) == [.drop, .open])
            _ = link.receive(.opened, now: at(0))
            _ = link.receive(text("{}"), now: at(10_000))
            #expect(link.receive(.failed(Self.failure), now: at(10_000)) == [.drop, .open])
            _ = link.receive(.opened, now: at(10_000))
            _ = link.receive(text("{}"), now: at(20_000))
        }
        // T-54: says a word and breaks, for ever.
        var now = 20_000
        var ended = false
        for _ in 0..<6 where !ended {
            _ = link.receive(text("{}"), now: at(now))
            ended = link.receive(.failed(Self.failure), now: at(now)).contains(.end)
            now += 2_000
            _ = link.receive(.tick, now: at(now))
            _ = link.receive(.opened, now: at(now))
        }
        #expect(ended)
    }

    @Test("What may not pass ends the hearing at once")
    func final() {
        var link = link()
        let error = ProviderError.unavailable("no")
        #expect(link.receive(.failed(error), now: .zero) == [.drop, .tell(.failed(error)), .end])
    }

    @Test("Sound of the last ten seconds is sent again, and what comes while there is no socket")
    func sendsAgain() {
        var link = link()
        for _ in 0..<400 { _ = link.receive(.sound(frame + frame), now: at(0)) }
        _ = link.receive(.failed(Self.failure), now: at(16_000))
        #expect(link.receive(.sound(frame + frame), now: at(16_100)).isEmpty)
        #expect(octets(link.receive(.opened, now: at(16_200))) == 80_000)
    }

    @Test("What was understood for good is not sent again, and the words of both sockets are one utterance")
    func settled() {
        var link = link()
        for _ in 0..<50 { _ = link.receive(.sound(frame + frame), now: at(0)) }
        _ = link.receive(
            text(DeepgramListenDouble.results("My number is", start: 0, duration: 1.5, isFinal: true)), now: at(2_000))
        _ = link.receive(.failed(Self.failure), now: at(2_000))
        // The piece in which the last word ended comes whole.
        #expect(octets(link.receive(.opened, now: at(2_000))) == 4_160)
        let events = link.receive(
            text(
                DeepgramListenDouble.results("is two.", start: 0, duration: 0.5, isFinal: true, speechFinal: true)),
            now: at(2_500))
        #expect(events == [.tell(.final("My number is is two.", start: 0, end: 11_840 + 4_000))])
    }

    @Test("An utterance that was wanted while there was no socket is asked for on the next one")
    func owedFinish() {
        var link = link()
        _ = link.receive(.failed(Self.failure), now: at(0))
        _ = link.receive(.sound(frame), now: at(0))
        #expect(link.receive(.finishUtterance, now: at(0)).isEmpty)
        let actions = link.receive(.opened, now: at(100))
        #expect(octets(actions) == 160)
        #expect(actions.last == .sendText(#"{"type":"Finalize"}"#))
    }

    @Test("T-54 a service that says nothing about 20 seconds of sound is left, and the sixth ends the hearing")
    func silent() {
        var link = link()
        for second in 0..<20 { _ = link.receive(.sound(frame + frame), now: at(second * 1_000)) }
        #expect(!link.receive(.tick, now: at(19_999)).contains(.drop))
        var now = 20_000
        #expect(link.receive(.tick, now: at(now)) == [.drop, .open])
        for _ in 0..<4 {
            _ = link.receive(.opened, now: at(now))
            now += 20_000
            #expect(link.receive(.tick, now: at(now)) == [.drop])
            now += 2_000
            #expect(link.receive(.tick, now: at(now)) == [.open])
        }
        _ = link.receive(.opened, now: at(now))
        #expect(link.receive(.tick, now: at(now + 20_000)).last == .end)
    }

    @Test("A service that is sent nothing may be silent")
    func silentOnHold() {
        var link = link()
        for second in stride(from: 4, through: 400, by: 4) {
            #expect(link.receive(.tick, now: at(second * 1_000)) == [.sendText(#"{"type":"KeepAlive"}"#)])
        }
    }

    @Test("The end of the call sends the rest and a goodbye")
    func close() {
        var link = link()
        _ = link.receive(.sound(frame), now: at(0))
        let actions = link.receive(.close, now: at(0))
        #expect(actions.dropFirst() == [.sendText(#"{"type":"CloseStream"}"#), .drop, .end])
        #expect(octets(actions) == 160)
        #expect(link.receive(.close, now: at(0)).isEmpty)
    }
}
