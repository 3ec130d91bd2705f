internal import Agent
internal import TelephonyPrimitives
internal import WebSockets

/// The sockets, tools and clock of one ``SpeechToSpeechCore``.
actor SpeechToSpeechLink: SpeechToSpeechSession {
    typealias Opening = @Sendable () async throws(WebSocketConnectionError) -> WebSocketConnection

    nonisolated let inputSampleRate: Int
    nonisolated let outputSampleRate: Int
    nonisolated let isFullDuplex = false
    nonisolated let events: AsyncStream<SpeechToSpeechEvent>

    private let sink: AsyncStream<SpeechToSpeechEvent>.Continuation
    private let tools: ToolRunner
    private let open: Opening
    /// Kept out of whatever the service says.
    private let secret: Secret?
    private let clock = WireClock.continuous
    private var core: any SpeechToSpeechCore
    private var sockets: [Int: WebSocketConnection] = [:]
    private var readers: [Int: Task<Void, Never>] = [:]
    private var running: [String: Task<Void, Never>] = [:]
    private var alarm = WireAlarm()
    private var isReady = false
    private var isOver = false
    private var loss: ProviderError?
    private var starting: CheckedContinuation<Void, Never>?

    init(core: any SpeechToSpeechCore, tools: ToolRunner, secret: Secret?, open: @escaping Opening) {
        self.core = core
        self.secret = secret
        self.tools = tools
        self.open = open
        inputSampleRate = core.inputSampleRate
        outputSampleRate = core.outputSampleRate
        (events, sink) = AsyncStream.makeStream()
    }

    /// Returns once the service is ready.
    func start() async throws(ProviderError) {
        perform(core.start(now: clock.now()))
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                if isReady || isOver || Task.isCancelled { continuation.resume() } else { starting = continuation }
            }
        } onCancel: {
            Task { await self.end(.cancelled) }
        }
        if let loss { throw loss }
        if !isReady {
            await close()
            throw .cancelled
        }
    }

    // MARK: SpeechToSpeechSession

    func hear(_ samples: [Int16]) { receive(.hear(samples)) }
    func prompt(_ input: DialogueInput) { receive(.prompt(input)) }
    func interrupted(reply: Int, heardMs: Int) { receive(.interrupted(reply: reply, heardMs: heardMs)) }

    func close() async {
        end(nil)
        let tasks = Array(readers.values) + Array(running.values)
        for task in tasks { task.cancel() }
        let connections = Array(sockets.values)
        sockets = [:]
        for connection in connections { await connection.close() }
        for task in tasks { await task.value }
    }

    // MARK: What comes in

    private func receive(_ input: SpeechToSpeechInput) {
        guard !isOver else { return }
        perform(core.receive(input, now: clock.now()))
        if !isOver { alarm.set(core.deadline, clock) { [weak self] in await self?.ring() } }
    }

    private func ring() {
        alarm.hasRung()
        receive(.tick)
    }

    private func read(_ socket: Int, after pause: Duration) async {
        if pause > .zero { try? await Task.sleep(for: pause) }
        guard !Task.isCancelled else { return }
        let connection: WebSocketConnection
        do throws(WebSocketConnectionError) {
            connection = try await open()
        } catch {
            if !Task.isCancelled { receive(.gone(SocketEnd(error: error), socket: socket)) }
            return
        }
        guard !isOver, !Task.isCancelled else {
            await connection.close()
            return
        }
        sockets[socket] = connection
        receive(.opened(socket: socket))
        var failure: WebSocketConnectionError?
        do throws(WebSocketConnectionError) {
            for try await message in connection.messages {
                guard let text = message.text else { continue }
                receive(.message(text, socket: socket))
            }
        } catch {
            failure = error
        }
        guard sockets.removeValue(forKey: socket) != nil, !Task.isCancelled else { return }
        readers[socket] = nil
        let closed = connection.closed
        receive(
            .gone(
                SocketEnd(
                    code: closed?.code.map { Int($0.rawValue) }, reason: closed?.reason ?? "",
                    error: closed == nil ? failure : nil), socket: socket))
    }

    // MARK: What goes out

    private func perform(_ outputs: [SpeechToSpeechOutput]) {
        for output in outputs {
            switch output {
            case .open(let socket, let pause): readers[socket] = Task { await self.read(socket, after: pause) }
            case .send(let text, let socket): send(text, on: socket)
            case .close(let socket): close(socket)
            case .emit(.failed(let error)): sink.yield(.failed(error.without(secret)))
            case .emit(let event): sink.yield(event)
            case .runTool(let call): run(call)
            case .cancelTool(let id): running.removeValue(forKey: id)?.cancel()
            case .ready:
                isReady = true
                starting?.resume()
                starting = nil
            case .lost(let error):
                end(error)
                return
            }
        }
    }

    private func send(_ text: String, on socket: Int) {
        guard let connection = sockets[socket] else { return }
        do throws(WebSocketConnectionError) {
            try connection.send(text: text)
        } catch {
            // What can't be sent in time is of no use later: it counts as a break.
            sockets[socket] = nil
            readers.removeValue(forKey: socket)?.cancel()
            Task {
                await connection.abort()
                self.receive(.gone(SocketEnd(error: error), socket: socket))
            }
        }
    }

    private func close(_ socket: Int) {
        readers.removeValue(forKey: socket)?.cancel()
        guard let connection = sockets.removeValue(forKey: socket) else { return }
        Task { await connection.close() }
    }

    private func run(_ call: ToolCall) {
        let tools = tools
        running[call.id] = Task {
            let verdict = ToolVerdict(await tools.run(call))
            guard !Task.isCancelled else { return }
            self.running[call.id] = nil
            self.receive(.toolEnded(call, verdict))
        }
    }

    private func end(_ error: ProviderError?) {
        guard !isOver else { return }
        isOver = true
        loss = error?.without(secret)
        alarm.cancel()
        if isReady, let loss { sink.yield(.failed(loss)) }
        sink.finish()
        starting?.resume()
        starting = nil
        for task in running.values { task.cancel() }
        for socket in Array(sockets.keys) where error != nil { close(socket) }
        if error != nil { for task in readers.values { task.cancel() } }
    }
}
