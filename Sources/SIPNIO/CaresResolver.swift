internal import NIOConcurrencyHelpers
internal import NIOCore
public import SIPCore
public import TelephonyPrimitives

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// Asks the DNS through c-ares, on a thread of its own, so that no event loop and no task ever waits for a socket.
///
/// Names in the machine's list of hosts are answered from there and never asked for, and `localhost` is this machine
/// (RFC 6761 §6.3). Answers that are cut off come over TCP.
public final class CaresResolver: DNSResolver {
    private let mailbox: CaresMailbox
    private let limit: TimeAmount

    /// Starts the thread.
    ///
    /// - Parameters:
    ///   - servers: the DNS servers to ask, in this order; by default those that the system is set up with, which are
    ///     looked up again every half minute.
    ///   - patience: how long one server has for an answer before it is asked again, or the next one is.
    ///   - attempts: how often each server is asked.
    ///   - limit: how long a question may take in all.
    public init(
        servers: [TransportAddress] = [], patience: Duration = .seconds(1), attempts: Int = 2,
        limit: Duration = .seconds(5)
    ) {
        mailbox = CaresMailbox()
        self.limit = .milliseconds(max(limit.inMilliseconds, 1))
        let worker = CaresWorker(
            mailbox: mailbox, servers: servers, patience: Int32(clamping: max(patience.inMilliseconds, 1)),
            attempts: Int32(clamping: max(attempts, 1)))
        if !worker.start() { mailbox.ended() }
    }

    deinit {
        mailbox.close()
    }

    /// Asks one question, and answers within the time that was set when the resolver was made.
    ///
    /// - Parameter question: name and type.
    /// - Returns: what was found, or that and why nothing was.
    public func answer(to question: DNSQuestion) async -> DNSAnswer {
        await withCheckedContinuation { continuation in
            mailbox.post(
                PostedQuestion(question: question, continuation: continuation, until: .now() + limit))
        }
    }

    /// Ends the thread, and returns when it has ended. Questions that are open are answered with a failure, and so are
    /// all later ones.
    public func shutdown() async {
        await withCheckedContinuation { continuation in
            mailbox.close(continuation)
        }
    }
}

/// What the askers leave for the thread.
private final class CaresMailbox: Sendable {
    private struct State {
        var questions: [PostedQuestion] = []
        var isClosed = false
        var hasEnded = false
        var waiting: [CheckedContinuation<Void, Never>] = []
        /// The two ends of the pipe that wakes the thread.
        var reading: Int32 = -1
        var writing: Int32 = -1
    }

    private static let closed = DNSAnswer.failed("the resolver was shut down")
    private let state = NIOLockedValueBox(State())

    init() {
        var ends: [Int32] = [-1, -1]
        guard unsafe pipe(&ends) == 0 else { return }
        for end in ends {
            _ = fcntl(end, F_SETFL, O_NONBLOCK)
            _ = fcntl(end, F_SETFD, FD_CLOEXEC)
        }
        state.withLockedValue { [ends] in
            $0.reading = ends[0]
            $0.writing = ends[1]
        }
    }

    /// What the thread polls.
    var bell: Int32 { state.withLockedValue { $0.reading } }

    func post(_ question: PostedQuestion) {
        let isTaken = state.withLockedValue { state in
            guard !state.isClosed else { return false }
            state.questions.append(question)
            Self.ring(state.writing)
            return true
        }
        if !isTaken { question.continuation.resume(returning: Self.closed) }
    }

    /// The new questions; `nil` when it is time to end.
    func take() -> [PostedQuestion]? {
        state.withLockedValue { state in
            var dust: [UInt8] = Array(repeating: 0, count: 64)
            while unsafe read(state.reading, &dust, dust.count) > 0 {}
            guard !state.isClosed else { return nil }
            defer { state.questions = [] }
            return state.questions
        }
    }

    func close(_ waiting: CheckedContinuation<Void, Never>? = nil) {
        let hasEnded = state.withLockedValue { state in
            state.isClosed = true
            if state.hasEnded { return true }
            if let waiting { state.waiting.append(waiting) }
            Self.ring(state.writing)
            return false
        }
        if hasEnded { waiting?.resume() }
    }

    /// The thread is over, or there is none: nothing is answered any more.
    func ended() {
        let (questions, waiting) = state.withLockedValue { state in
            defer {
                for end in [state.reading, state.writing] where end >= 0 { _ = closeDescriptor(end) }
                state = State()
                state.isClosed = true
                state.hasEnded = true
            }
            return (state.questions, state.waiting)
        }
        for question in questions { question.continuation.resume(returning: Self.closed) }
        for waiter in waiting { waiter.resume() }
    }

    private static func ring(_ end: Int32) {
        var one: UInt8 = 1
        // A full pipe rings already.
        _ = unsafe write(end, &one, 1)
    }
}

/// The system's `close`, by a name that no method hides.
private let closeDescriptor: @Sendable (Int32) -> Int32 = { close($0) }

/// The thread.
private final class CaresWorker: Sendable {
    private let mailbox: CaresMailbox
    private let servers: [TransportAddress]
    private let patience: Int32
    private let attempts: Int32

    /// Open questions; more are refused, so that a flood of names holds no memory.
    private static let capacity = 4_096
    /// How old what is known of the system's servers may be.
    private static let freshness = TimeAmount.seconds(30)

    init(mailbox: CaresMailbox, servers: [TransportAddress], patience: Int32, attempts: Int32) {
        self.mailbox = mailbox
        self.servers = servers
        self.patience = patience
        self.attempts = attempts
    }

    /// `false` when the system gives no thread.
    func start() -> Bool {
        guard mailbox.bell >= 0 else { return false }
        let held = unsafe Unmanaged.passRetained(self)
        var thread = pthread_t()
        let code = unsafe pthread_create(
            &thread, nil,
            { held in
                if let held = unsafe held { unsafe Unmanaged<CaresWorker>.fromOpaque(held).takeRetainedValue().run() }
                return nil
            }, held.toOpaque())
        guard code == 0 else {
            unsafe held.release()
            return false
        }
        pthread_detach(thread)
        return true
    }

    private func run() {
        var posted: [PostedQuestion] = []
        while serve(&posted) {}
        mailbox.ended()
    }

    /// Serves with one channel for as long as it is fresh or busy, first what `posted` has, and leaves there what is
    /// for the next channel; `false` when it is time to end.
    private func serve(_ posted: inout [PostedQuestion]) -> Bool {
        guard let channel = CaresChannel(servers: servers, patience: patience, attempts: attempts) else {
            for question in posted {
                question.continuation.resume(returning: .failed("the DNS library could not be set up"))
            }
            wait(on: nil, for: [])
            guard let questions = mailbox.take() else { return false }
            posted = questions
            return true
        }
        let bestBefore = NIODeadline.now() + Self.freshness
        var open: [CaresQuery] = []
        begin(posted, on: channel, &open)
        while true {
            wait(on: channel, for: open)
            guard let questions = mailbox.take() else { return false }
            let now = NIODeadline.now()
            for query in open where now >= query.until { query.finish(.timedOut) }
            open.removeAll { !$0.isOpen }
            if open.isEmpty, !questions.isEmpty, now >= bestBefore {
                posted = questions
                return true
            }
            begin(questions, on: channel, &open)
        }
    }

    private func begin(_ questions: [PostedQuestion], on channel: CaresChannel, _ open: inout [CaresQuery]) {
        for question in questions {
            let query = CaresQuery(question)
            if open.count < Self.capacity {
                ask(query, on: channel)
                if query.isOpen { open.append(query) }
            } else {
                query.finish(.failed("too many names are being looked up"))
            }
        }
    }

    private func ask(_ query: CaresQuery, on channel: CaresChannel) {
        if let answer = knownAnswer(to: query.question, on: channel) {
            query.finish(answer)
        } else {
            channel.ask(query)
        }
    }

    /// The answer that this machine gives itself: of its list of hosts, and of `localhost`.
    private func knownAnswer(to question: DNSQuestion, on channel: CaresChannel) -> DNSAnswer? {
        let name = question.name
        // The names of services are in no list of hosts.
        if name.text.hasPrefix("_") { return name.isLocalhost ? .noSuchName(timeToLive: nil) : nil }
        var addresses = AddressFamily.allCases.flatMap { channel.listed(name, $0) }
        if addresses.isEmpty, name.isLocalhost { addresses = [.loopbackV4, .v6(0, 1)] }
        guard !addresses.isEmpty else { return nil }
        let records = addresses.filter { question.type == ($0.family == .v4 ? .a : .aaaa) }
            .map { DNSRecord(name, timeToLive: 0, .address($0)) }
        return records.isEmpty ? .noRecord(timeToLive: nil) : .found(records)
    }

    /// Waits until a server has answered, somebody rings, or the next of `open` has waited for too long.
    private func wait(on channel: CaresChannel?, for open: [CaresQuery]) {
        var sockets = [pollfd(fd: mailbox.bell, events: Int16(POLLIN), revents: 0)]
        var patience: Int32 = -1
        if let channel, let first = open.map(\.until).min() {
            sockets += channel.sockets
            let left = first - .now()
            patience = channel.patience(limit: Int32(clamping: max(0, left.nanoseconds / 1_000_000 + 1)))
        }
        _ = unsafe poll(&sockets, nfds_t(sockets.count), patience)
        if !open.isEmpty { channel?.process(Array(sockets.dropFirst())) }
    }
}
