internal import Logging
internal import NIOCore
internal import SIPCore
internal import TelephonyPrimitives

/// Where the servers of targets are (RFC 3263): the locator with what it needs, a resolver and the answers that are
/// still good, and the memory of servers that failed.
actor ServerDirectory {
    private var resolver: (any DNSResolver)?
    private var cache = DNSCache()
    private var stale = StaleAnswers()
    private let logger: Logger
    private var faults = ServerFaults()
    /// Questions that the resolver works on: whoever asks the same meanwhile waits for the same answer.
    private var open: [DNSQuestion: Task<DNSAnswer, Never>] = [:]
    private var isClosed = false

    private static let maximumOpen = 512

    /// - Parameter resolver: who is asked; without one, the system's DNS servers from the first name on.
    init(resolver: (any DNSResolver)?, logger: Logger) {
        self.resolver = resolver
        self.logger = logger
    }

    /// The servers of a target in the order in which to try them, without those that were tried for the same request.
    func servers(
        of target: FlowTarget, preferences: LocatingPreferences
    ) async throws(LocatingError) -> TargetSet {
        for tried in target.tried { faults.note(tried, now: .now) }
        var locator = ServerLocator(
            target: target, preferences: preferences, random: SystemRandomNumberGenerator())
        while true {
            if let result = locator.result {
                return TargetSet(try result.get(), tried: target.tried, faults: faults, now: .now)
            }
            for (question, answer) in await answers(to: locator.takeQuestions()) {
                locator.receive(answer, to: question)
            }
        }
    }

    /// Remembers that no connection to a server could be made.
    func noteUnreachable(_ server: LocatedServer) {
        let now = Instant.now
        let tried = TriedServer(
            transport: server.transport, address: server.address, fault: .unreachable,
            until: now + TriedServer.unreachability)
        faults.note(tried, now: now)
    }

    /// Gives the resolver back; names are not looked up any more.
    func shutdown() async {
        isClosed = true
        await resolver?.shutdown()
        resolver = nil
    }

    private func answers(to questions: [DNSQuestion]) async -> [(DNSQuestion, DNSAnswer)] {
        // One round of questions takes as long as its slowest answer.
        let tasks = questions.map { question in (question, Task { await self.answer(to: question) }) }
        var answers: [(DNSQuestion, DNSAnswer)] = []
        for (question, task) in tasks { answers.append((question, await task.value)) }
        return answers
    }

    private func answer(to question: DNSQuestion) async -> DNSAnswer {
        if let kept = cache.answer(to: question, now: .now) { return kept }
        if let asked = open[question] { return await asked.value }
        guard !isClosed else { return .failed("the user agent is closed") }
        if let known = stale.answerAtOnce(to: question, now: .now) { return known }
        guard open.count < Self.maximumOpen else { return .failed("too many names are being looked up") }
        let resolver = resolver ?? CaresResolver()
        self.resolver = resolver
        let task = Task { await resolver.answer(to: question) }
        open[question] = task
        let answer = await task.value
        open[question] = nil
        if let known = stale.receive(answer, to: question, now: .now) {
            logger.warning(
                "no DNS server answers: what names led to before counts, for a day; look at the DNS servers",
                metadata: ["question": "\(question)"])
            return known
        }
        cache.keep(answer, to: question, now: .now)
        return answer
    }
}
