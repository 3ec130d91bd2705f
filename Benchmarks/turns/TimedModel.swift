import FoundationEssentials
import ProviderDoubles
import Synchronization

/// Plays a language model that answers after a fixed time; the answer names the question.
final class TimedModel: Sendable {
    private let server: HTTPDouble

    init(_ timeline: Timeline, ears: TimedEars, delay: Duration, words: Int) async throws {
        server = try await HTTPDouble { request in
            let asked = timeline.now
            let gate = HTTPGate()
            guard let body = try? JSONDecoder().decode(Body.self, from: Data(request.body)),
                let question = body.messages.last(where: { $0.role == "user" })?.content,
                let call = body.caller
            else { return HTTPDouble.Answer(status: 400, steps: [.send(Array("{}".utf8))]) }
            // "Question CONNECTION TURN", the last when two were asked together.
            let numbers = question.split(separator: " ").suffix(2).compactMap { Int($0.filter(\.isNumber)) }
            guard numbers.count == 2 else {
                return EventScript([
                    ChatCompletionsDouble.role, ChatCompletionsDouble.text("Good day."),
                    ChatCompletionsDouble.finish("stop"), ChatCompletionsDouble.done,
                ]).answer
            }
            let key = Timeline.Key(call: call, turn: numbers[1])
            timeline.connect(numbers[0], to: call)
            let ears = ears.pending.withLock { $0[.init(call: numbers[0], turn: numbers[1])] }
            timeline.turn(key) { turn in
                turn.heard = ears?.heard
                turn.judged = ears?.judged
                turn.modelAsked = asked
            }
            if numbers[1] > 1, let before = body.messages.last(where: { $0.role == "assistant" })?.content {
                let told = before.split(separator: " ").count
                timeline.cut(key) { $0.toldWords = told }
            }
            Task {
                try? await Task.sleep(until: .now + delay)
                let answered = timeline.now
                timeline.turn(key) { $0.modelAnswered = answered }
                gate.open()
            }
            let text =
                (["Answer", Name.of(call), Name.of(numbers[1])] + Array(repeating: "word", count: words - 3))
                .joined(separator: " ") + "."
            return EventScript([
                .wait(gate), ChatCompletionsDouble.role, ChatCompletionsDouble.text(text),
                ChatCompletionsDouble.finish("stop"), ChatCompletionsDouble.done,
            ]).answer
        }
    }

    var url: String { server.url + "/v1" }
    func stop() async { await server.stop() }

    private struct Body: Decodable {
        struct Message: Decodable {
            var role: String
            var content: String?
        }
        var messages: [Message]

        /// The instructions hold "caller-NUMBER".
        var caller: Int? {
            guard let text = messages.first(where: { $0.role == "system" })?.content,
                let name = text.split(separator: "caller-", maxSplits: 1).last
            else { return nil }
            return Int(name.prefix { $0.isNumber })
        }
    }
}
