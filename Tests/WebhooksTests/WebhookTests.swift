import Agent
import Foundation
import Logging
import Observability
import Synchronization
import Telephony
import Testing

@testable import Webhooks

/// News of calls are delivered, in order, signed, and again until they are taken.
@Suite(.timeLimit(.minutes(1)))
struct WebhookTests {
    /// A receiver that answers as it is told, and a clock that moves when somebody waits.
    private final class Receiver: WebhookPosting {
        struct State {
            var now: Int64 = 1_000
            var refusals = 0
            var taken: [JSONValue] = []
            var headers: [[String: String]] = []
            var attempts = 0
            var atOnce = 0
            var mostAtOnce = 0
            var waits: [Duration] = []
        }

        let state: Mutex<State>
        let deliveries: AsyncStream<JSONValue>
        private let sink: AsyncStream<JSONValue>.Continuation

        init(refusals: Int = 0) {
            state = Mutex(State(refusals: refusals))
            (deliveries, sink) = AsyncStream.makeStream()
        }

        func post(_ body: [UInt8], headers: [(name: String, value: String)]) async -> WebhookResult {
            state.withLock { state in
                state.attempts += 1
                state.atOnce += 1
                state.mostAtOnce = max(state.mostAtOnce, state.atOnce)
                state.headers.append(Dictionary(headers.map { ($0.name, $0.value) }, uniquingKeysWith: { $1 }))
            }
            await Task.yield()
            return state.withLock { state in
                state.atOnce -= 1
                guard state.refusals == 0 else {
                    state.refusals -= 1
                    return .failed("No.")
                }
                let news = (try? JSONValue(parsing: body)) ?? .null
                state.taken.append(news)
                sink.yield(news)
                return .taken
            }
        }

        func sleep(_ duration: Duration) async throws {
            // An hour is how long nothing is waited for.
            guard duration < .seconds(3_600) else { return try await Task.sleep(for: .seconds(3_600)) }
            try Task.checkCancellation()
            state.withLock { state in
                state.waits.append(duration)
                state.now += Int64(duration / .milliseconds(1))
            }
            await Task.yield()
        }

        func first(_ count: Int) async -> [JSONValue] {
            var found: [JSONValue] = []
            for await news in deliveries {
                found.append(news)
                if found.count == count { break }
            }
            return found
        }

        var types: [String] { state.withLock { $0.taken.compactMap { $0["type"]?.string } } }
    }

    private static let secret = "0123456789abcdef0123456789abcdef"

    private struct Office {
        let folder: URL
        let receiver: Receiver
        let metrics = PrometheusMetrics(describing: MetricCatalogue.all)

        init(refusals: Int = 0) throws {
            folder = FileManager.default.temporaryDirectory.appending(path: "webhooktests-\(UUID().uuidString)")
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            receiver = Receiver(refusals: refusals)
        }

        func open(_ tells: Set<CallNews> = Set(CallNews.allCases)) throws -> SQLiteCallStore {
            try SQLiteCallStore(path: folder.appending(path: "calls.db").path, now: 5, tells: tells)
        }

        func courier(_ store: SQLiteCallStore) throws -> WebhookCourier {
            WebhookCourier(
                store: store, post: receiver, signature: try #require(WebhookSignature(secret: WebhookTests.secret)),
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, factory: metrics,
                wallClock: { [receiver] in receiver.state.withLock { $0.now } },
                sleep: { [receiver] in try await receiver.sleep($0) })
        }

        func remove() { try? FileManager.default.removeItem(at: folder) }
    }

    private func call(_ id: String, in store: SQLiteCallStore, ends: Bool = true) {
        let id = CallIdentifier(id)
        store.write(
            .began(
                CallBeginning(
                    direction: .outgoing, remote: CallParty(address: "sip:ada@example.com"),
                    local: CallParty(address: "sip:desk@example.com"), agent: "echo", startedAt: 1_000)), of: id)
        store.write(.answered(at: 10), of: id)
        store.write(.turn(TurnRecord(who: .caller, text: "Hello.", startMs: 20, endMs: 30)), of: id)
        store.write(.key(KeyRecord(digit: "7", direction: .received, atMs: 40, durationMs: 100)), of: id)
        store.write(.event(kind: "transfer failed", detail: "603", at: 50), of: id)
        if ends { store.write(.ended(CallEnd(cause: .remoteHangUp, explanation: "Over."), at: 60), of: id) }
    }

    @Test("Each step of a call is told in its order, the last with the whole record, and no key that was pressed")
    func whole() async throws {
        let office = try Office()
        let store = try office.open()
        let courier = try office.courier(store)
        async let running: Void = courier.run()
        call("1", in: store)
        let news = await office.receiver.first(4)
        #expect(
            news.compactMap { $0["type"]?.string } == [
                "call.started", "call.answered", "call.transfer_failed", "call.ended",
            ])
        #expect(news.compactMap { $0["createdAt"]?.integer } == [1_000, 1_010, 1_050, 1_060])
        #expect(Set(news.compactMap { $0["id"]?.string }).count == 4)
        let record = try #require(news.last?["call"])
        #expect(record["turns"]?.array?.first?["text"] == "Hello." && record["state"] == "ended")
        #expect(record["dtmf"]?.array?.first?["digit"] == "x")
        courier.finish()
        await running
        #expect(try await store.lettersWaiting() == 0)
        await store.close()
        office.remove()
    }

    @Test("Only what was asked for is told")
    func chosen() async throws {
        let office = try Office()
        let store = try office.open([.ended])
        call("1", in: store)
        await store.flush()
        let courier = try office.courier(store)
        courier.finish()
        await courier.run()
        #expect(office.receiver.types == ["call.ended"])
        await store.close()
        office.remove()
    }

    @Test("What is refused is tried again, later and later, and what follows it waits for it")
    func retries() async throws {
        let office = try Office(refusals: 5)
        let store = try office.open()
        call("1", in: store)
        await store.flush()
        let courier = try office.courier(store)
        async let running: Void = courier.run()
        _ = await office.receiver.first(4)
        courier.finish()
        await running
        let state = office.receiver.state.withLock { ($0.waits, $0.attempts) }
        #expect(state.0 == [1, 2, 4, 8, 16].map { .seconds($0) })
        #expect(state.1 == 9)
        #expect(office.receiver.types.first == "call.started" && office.receiver.types.last == "call.ended")
        let text = ExpositionText.write(office.metrics.families())
        #expect(text.contains("trunkline_webhooks_total{result=\"failed\"} 5\n"))
        #expect(text.contains("trunkline_webhooks_total{result=\"delivered\"} 4\n"))
        await store.close()
        office.remove()
    }

    @Test("T-60: what was not delivered is there after a restart, and so is the end of a call that was up")
    func restart() async throws {
        let office = try Office()
        var store = try office.open()
        call("1", in: store)
        call("2", in: store, ends: false)
        await store.flush()
        await store.close()
        // This process is still alive: nothing of call 2 may be told as long as it is.
        store = try office.open()
        #expect(try await store.lettersWaiting() == 7)
        let courier = try office.courier(store)
        courier.finish()
        await courier.run()
        #expect(office.receiver.types.filter { $0 == "call.ended" }.count == 1)
        #expect(try await store.lettersWaiting() == 0)
        await store.close()
        office.remove()
    }

    @Test("Only so many are under way at once, and those of one call one after the other")
    func bounded() async throws {
        let office = try Office()
        let store = try office.open()
        for number in 0..<20 { call("\(number)", in: store) }
        await store.flush()
        let courier = try office.courier(store)
        courier.finish()
        await courier.run()
        let state = office.receiver.state.withLock { ($0.mostAtOnce, $0.taken) }
        #expect(state.0 <= 4 && state.1.count == 80)
        for number in 0..<20 {
            let types = state.1.filter { $0["call"]?["id"]?.string == "\(number)" }.compactMap { $0["type"]?.string }
            #expect(types == ["call.started", "call.answered", "call.transfer_failed", "call.ended"])
        }
        await store.close()
        office.remove()
    }

    @Test("After three days it is given up, and the next is tried")
    func givenUp() async throws {
        let office = try Office(refusals: 1)
        let store = try office.open([.started, .ended])
        call("1", in: store)
        await store.flush()
        office.receiver.state.withLock { $0.now = 1_000 + 3 * 86_400_000 }
        let courier = try office.courier(store)
        courier.finish()
        await courier.run()
        #expect(office.receiver.types == ["call.ended"])
        #expect(
            ExpositionText.write(office.metrics.families()).contains(
                "trunkline_webhooks_total{result=\"given_up\"} 1\n"))
        await store.close()
        office.remove()
    }

    @Test(
        "The wait doubles up to an hour",
        arguments: [(0, 1), (1, 2), (5, 32), (11, 2_048), (12, 3_600), (60, 3_600), (Int.max, 3_600), (-1, 1)])
    func schedule(attempts: Int, seconds: Int) {
        #expect(WebhookSchedule().wait(after: attempts, age: .zero) == .seconds(seconds))
        #expect(WebhookSchedule().wait(after: attempts, age: .seconds(3 * 86_400)) == nil)
    }

    @Test("The signature is that of Standard Webhooks: its published example")
    func signature() throws {
        let signature = try #require(WebhookSignature(secret: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"))
        #expect(
            signature.value(
                id: "msg_p5jXN8AQM9LWM0D4loKWxJek", seconds: 1_614_265_330, body: Array("{\"test\": 2432232314}".utf8))
                == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")
    }

    @Test("A secret that can be guessed or is none is refused", arguments: ["", "short", "whsec_!!!!", "whsec_YWJj"])
    func badSecrets(secret: String) {
        #expect(WebhookSignature(secret: secret) == nil)
    }

    @Test("The secret comes out in no description or dump")
    func hidden() throws {
        let signature = try #require(WebhookSignature(secret: Self.secret))
        var dumped = ""
        dump(signature, to: &dumped)
        #expect(!"\(signature)\(String(reflecting: signature))\(dumped)".contains(Self.secret))
    }
}
