public import Agent
public import Logging
internal import Synchronization

/// A server of the Model Context Protocol, kept at hand: connected to when the program starts, again with growing pauses
/// when it is lost, and asked for its tools.
public actor MCPServer: ToolSource {
    /// How long a server may take until it has told its tools.
    private static let patience = Duration.seconds(10)
    private static let longestPause = Duration.seconds(60)

    private nonisolated let configuration: MCPServerConfiguration
    private nonisolated let connect: @Sendable () async throws -> any MCPConnection
    private nonisolated let sleep: @Sendable (Duration) async throws -> Void
    private let logger: Logger
    private nonisolated let offered = Mutex<[MCPTool]>([])

    private var running: Task<Void, Never>?
    private var connection: (any MCPConnection)?
    private var session = MCPSession()
    /// Whether the tools of this connection are known.
    private var isReady = false
    private var calls: [Int: CheckedContinuation<MCPAnswer, Never>] = [:]
    private var lastCall = 0
    private var hopes: [Int: CheckedContinuation<Bool, Never>] = [:]
    private var lastHope = 0
    private var trouble: String?
    /// The server has forgotten the session: a new one is begun at once.
    private var isForgotten = false
    /// Nothing can be done with this connection any more.
    private var isBroken = false

    /// - Throws: `ToolRefusal` when the URL is none.
    public init(_ configuration: MCPServerConfiguration, logger: Logger) throws(ToolRefusal) {
        try self.init(
            configuration, logger: logger, resolver: ToolAddress.system, sleep: { try await Task.sleep(for: $0) })
    }

    init(
        _ configuration: MCPServerConfiguration, logger: Logger, resolver: @escaping ToolAddress.Resolver,
        sleep: @escaping @Sendable (Duration) async throws -> Void
    ) throws(ToolRefusal) {
        self.configuration = configuration
        self.logger = logger
        self.sleep = sleep
        switch configuration.place {
        case .program(let command, let environment):
            connect = { try MCPProcess.start(command: command, environment: environment) }
        case .http(let url, let token):
            let address = try ToolAddress(url)
            let allowsPrivate = configuration.allowsPrivateAddresses
            connect = { MCPHTTP(address: address, token: token, allowsPrivate: allowsPrivate, resolver: resolver) }
        }
    }

    /// As users name it.
    public nonisolated var name: String { configuration.name }

    /// The tools that it told last, also while it is lost.
    public nonisolated var tools: [any Tool] { offered.withLock { $0 } }

    /// Connects, and keeps doing so until ``stop()``.
    ///
    /// - Returns: `nil` once the tools are known; else why they are not yet. They are offered as soon as they are.
    public func start() async -> String? {
        if running == nil {
            // Unstructured: it lives as long as the program, and is ended by `stop`.
            running = Task { await self.run() }
        }
        return await becomesReady() ? nil : trouble ?? "It does not answer."
    }

    /// Ends a program that was started, or the session.
    public func stop() async {
        running?.cancel()
        let connection = connection
        await connection?.close()
        await running?.value
        running = nil
    }

    // MARK: Life

    private func run() async {
        var pause = Duration.seconds(1)
        while !Task.isCancelled {
            await talk()
            let wasReady = isReady
            lost()
            guard !Task.isCancelled else { break }
            if wasReady { pause = .seconds(1) }
            if isForgotten, wasReady { continue }
            settleHopes(false)
            logger.warning("mcp \(name): \(trouble ?? "Lost.") Tried again in \(pause.components.seconds) s.")
            do { try await sleep(pause) } catch { break }
            pause = min(pause * 2, Self.longestPause)
        }
        lost()
        settleHopes(false)
    }

    /// One connection from its beginning to its end.
    private func talk() async {
        session = MCPSession()
        trouble = nil
        isForgotten = false
        isBroken = false
        do {
            let connection = try await connect()
            self.connection = connection
            let alarm = Task {
                guard (try? await sleep(Self.patience)) != nil else { return }
                await self.giveUpUnlessReady(connection)
            }
            perform(session.begin())
            for await arrival in connection.arrivals {
                take(arrival)
                if isForgotten || isBroken { break }
            }
            alarm.cancel()
            if trouble == nil { trouble = "The connection has ended." }
            await connection.close()
        } catch {
            trouble = "\(error)"
        }
    }

    private func giveUpUnlessReady(_ connection: any MCPConnection) async {
        guard !isReady else { return }
        trouble = "It did not tell its tools in time."
        await connection.close()
    }

    private func lost() {
        connection = nil
        isReady = false
        session = MCPSession()
        let waiting = calls
        calls = [:]
        for call in waiting.values {
            call.resume(returning: isForgotten ? .sessionLost : .refused("The service has just gone."))
        }
    }

    private func take(_ arrival: MCPArrival) {
        switch arrival {
        case .message(let json): if let message = MCPMessage(json) { perform(session.receive(message)) }
        case .requestFailed(let request, let sentence): perform(session.failed(request, sentence))
        case .sessionLost:
            trouble = "The server has forgotten the session."
            isForgotten = true
        case .remark(let text): logger.info("mcp \(name): \(text)")
        }
    }

    private func perform(_ outputs: [MCPSession.Output]) {
        for output in outputs {
            switch output {
            case .send(let message): connection?.send(message)
            case .agreed(let version): connection?.agreed(version: version)
            case .tools(let tools):
                isReady = true
                offer(tools)
                settleHopes(true)
            case .answered(let number, let answer): calls.removeValue(forKey: number)?.resume(returning: answer)
            case .failed(let sentence):
                trouble = sentence
                isBroken = true
            }
        }
    }

    private func offer(_ tools: [MCPToolDescription]) {
        let allowed = tools.filter { tool in configuration.tools.map { $0.contains(tool.name) } ?? true }
        for name in configuration.tools ?? [] where !tools.contains(where: { $0.name == name }) {
            logger.warning("mcp \(self.name): there is no tool \(name)")
        }
        let names = MCPToolNames.names(
            of: allowed.map(\.name), server: name, taken: configuration.takenNames)
        let offers = zip(allowed, names).map {
            MCPTool($0, name: $1, timeout: configuration.timeout, server: self, sleep: sleep)
        }
        offered.withLock { $0 = offers }
        logger.info("mcp \(name): \(offers.count) tools")
    }

    // MARK: Calls

    /// Calls a tool; with a new session once more when the server has forgotten the old one.
    func call(_ tool: String, _ arguments: JSONValue) async throws -> String {
        for isLast in [false, true] {
            switch await callOnce(tool, arguments) {
            case .text(let text): return text
            case .refused(let sentence): throw ToolRefusal(sentence)
            case .sessionLost:
                try Task.checkCancellation()
                guard !isLast, await becomesReady() else { break }
            }
        }
        throw ToolRefusal("The service is not there just now.")
    }

    private func callOnce(_ tool: String, _ arguments: JSONValue) async -> MCPAnswer {
        lastCall += 1
        let number = lastCall
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                guard !Task.isCancelled else {
                    continuation.resume(returning: .refused("It was given up."))
                    return
                }
                calls[number] = continuation
                perform(session.call(tool, arguments, number: number))
            }
        } onCancel: {
            // Unstructured: cancelling does not wait.
            Task { await self.cancel(number) }
        }
    }

    private func cancel(_ number: Int) {
        let request = session.request(of: number)
        perform(session.cancel(number, because: "Nobody waits for it any more."))
        if let request { connection?.abandon(request) }
        calls.removeValue(forKey: number)?.resume(returning: .refused("It was given up."))
    }

    // MARK: Waiting for the server

    /// - Returns: whether the tools are known; waits until they are or the connection under way has failed.
    private func becomesReady() async -> Bool {
        guard !isReady || isForgotten else { return true }
        lastHope += 1
        let number = lastHope
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                guard !Task.isCancelled, running != nil else {
                    continuation.resume(returning: false)
                    return
                }
                hopes[number] = continuation
            }
        } onCancel: {
            Task { await self.giveUp(hope: number) }
        }
    }

    private func giveUp(hope number: Int) { hopes.removeValue(forKey: number)?.resume(returning: false) }

    private func settleHopes(_ isReady: Bool) {
        let waiting = hopes
        hopes = [:]
        for hope in waiting.values { hope.resume(returning: isReady) }
    }
}
