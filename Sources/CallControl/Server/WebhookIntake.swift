internal import FoundationEssentials
internal import Logging
internal import SIPNIO
internal import Synchronization
internal import TelephonyPrimitives
internal import Telnyx

/// Looks at what is posted, and says with which status it is answered; what is Telnyx's is handed on.
final class WebhookIntake: Sendable {
    private struct State {
        var budget = RequestBudget()
        var tally = RefusalTally()
    }

    private let verifier: WebhookVerifier
    /// By what Telnyx reaches us: scheme and host.
    private let origin: String
    private let take: @Sendable (WebhookEvent) -> Void
    private let wallClock: @Sendable () -> Int64
    private let metrics = CallControlMetrics()
    private let logger: Logger
    private let state = Mutex(State())

    /// - Parameters:
    ///   - origin: by what Telnyx reaches us: scheme and host.
    ///   - wallClock: seconds since 1970.
    ///   - take: gets each event; returns at once.
    init(
        _ verifier: WebhookVerifier, origin: String, wallClock: @escaping @Sendable () -> Int64, logger: Logger,
        take: @escaping @Sendable (WebhookEvent) -> Void
    ) {
        self.verifier = verifier
        self.origin = origin
        self.wallClock = wallClock
        self.logger = logger
        self.take = take
    }

    /// Whether a request may be read at all now.
    func mayRead() -> Bool {
        let may = state.withLock { $0.budget.take(now: .now) }
        if !may { metrics.webhook(.busy) }
        return may
    }

    /// Webhooks of Call Control.
    var webhooks: PortRoute {
        PortRoute(methods: ["POST"], mayRead: mayRead) { request, answer in
            answer(PortAnswer(self.receive(request)))
        }
    }

    private func receive(_ request: PortRequest) -> Int {
        do throws(WebhookRefusal) {
            take(try verifier.event(body: request.body, headers: request.headers, now: wallClock()))
            return 200
        } catch {
            return refuse("a webhook", error)
        }
    }

    /// Requests of TeXML applications.
    ///
    /// - Parameter take: gets each that is Telnyx's, and answers it.
    func texml(
        _ take: @escaping @Sendable (TeXMLRequest, @escaping @Sendable (PortAnswer) -> Void) -> Void
    ) -> PortRoute {
        PortRoute(methods: ["POST", "GET"], mayRead: mayRead) { request, answer in
            do throws(WebhookRefusal) {
                let asked = try self.verifier.texml(
                    method: request.method, target: request.target, origin: self.origin, body: request.body,
                    headers: request.headers, now: self.wallClock())
                take(asked, answer)
            } catch {
                let advice =
                    request.method == "GET"
                    ? "a request of a TeXML application (it came by GET, of which it is not known what is signed: let the "
                        + "application use POST)" : "a request of a TeXML application"
                answer(PortAnswer(self.refuse(advice, error)))
            }
        }
    }

    /// - Returns: what is answered.
    private func refuse(_ what: String, _ refusal: WebhookRefusal) -> Int {
        metrics.webhook(.refused)
        if let count = state.withLock({ $0.tally.refuse(now: .now) }) {
            logger.warning("refused \(what): \(refusal)", metadata: ["refused": "\(count)"])
        }
        return refusal.status
    }

    static var systemClock: Int64 { Int64(Date().timeIntervalSince1970) }
}
