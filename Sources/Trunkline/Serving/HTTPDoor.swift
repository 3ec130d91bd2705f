internal import Agent
internal import CallAPI
internal import CallAPIServer
internal import FoundationEssentials
internal import Logging
internal import SIPNIO
internal import Synchronization
internal import Telephony
internal import TelephonyPrimitives
internal import TrunklineConfiguration

/// The HTTP port of the server, open until it is closed.
struct HTTPDoor: Sendable {
    /// Where it is open.
    let address: TransportAddress
    private let serving: Task<Void, Never>

    /// - Returns: `nil` where none is wanted.
    /// - Throws: when it can't be opened.
    static func open(_ api: CallAPI, _ settings: Configuration.HTTP, logger: Logger) async throws -> HTTPDoor? {
        guard let address = settings.listen else { return nil }
        var limits = HTTPServer.Limits()
        limits.connections = settings.maximumConnections
        let server = HTTPServer(
            api, host: address.ip.description, port: Int(address.port), limits: limits, logger: logger)
        let (opened, sink) = AsyncThrowingStream.makeStream(of: Int.self)
        // Unstructured: it is open before calls are taken, and closed after the last of them.
        let serving = Task {
            let wasOpen = Mutex(false)
            while !Task.isCancelled {
                do {
                    try await server.run { port in
                        wasOpen.withLock { $0 = true }
                        sink.yield(port)
                    }
                    sink.finish()
                } catch {
                    guard wasOpen.withLock({ $0 }), !Task.isCancelled else {
                        sink.finish(throwing: error)
                        return
                    }
                    // No descriptor was left for a connection, most likely: that passes.
                    logger.error("The HTTP port has failed, and is opened again: \(error)")
                    try? await Task.sleep(for: .seconds(1))
                }
            }
        }
        for try await port in opened {
            return HTTPDoor(address: TransportAddress(ip: address.ip, port: UInt16(clamping: port)), serving: serving)
        }
        throw CancellationError()
    }

    /// Ends every request under way, and waits until the port is closed.
    func close() async {
        serving.cancel()
        await serving.value
    }
}

extension CallAPI.Settings {
    /// - Throws: ``AgentMaking/Failure`` when tokens can't be read or are none, or a pattern is none.
    init(_ settings: Configuration) throws(AgentMaking.Failure) {
        self.init()
        tokens = try Self.tokens(settings.http)
        requestsPerSecond = settings.http.requestsPerSecond
        maximumBody = settings.http.maximumBody
        transfers = settings.transferDestinations
        answering = AnsweringPlan(settings.outbound)
        campaignLimits = CampaignLimits(settings.outbound)
        guard zones.has(settings.outbound.timezone) else {
            throw AgentMaking.Failure(
                sentence: "outbound.timezone: there is no time zone \(settings.outbound.timezone) on this machine; "
                    + "write one such as Europe/Berlin, or install tzdata.")
        }
        outgoing.maximumCalls = settings.outbound.maximum
        outgoing.maximumPerHour = settings.outbound.perHour
        for text in settings.outbound.allow {
            do throws(DestinationError) {
                outgoing.allowed.append(try DestinationPattern(text))
            } catch {
                throw AgentMaking.Failure(sentence: "outbound.allow: \"\(text)\" \(error).")
            }
        }
    }

    private static func tokens(_ http: Configuration.HTTP) throws(AgentMaking.Failure) -> BearerTokens {
        let (text, place): (String, String)
        if let tokens = http.tokens {
            (text, place) = (tokens, "http.tokens_env")
        } else if let file = http.tokensFile.map(HomePath.expand) {
            guard let read = try? String(contentsOfFile: file, encoding: .utf8) else {
                throw AgentMaking.Failure(
                    sentence: "http.tokens_file: \(file) can't be read; write a line of `openssl rand -hex 32` into it."
                )
            }
            (text, place) = (read, "http.tokens_file: \(file)")
        } else {
            return BearerTokens()
        }
        do throws(BearerTokens.Failure) {
            return try BearerTokens(parsing: text)
        } catch {
            throw AgentMaking.Failure(sentence: "\(place): \(error).")
        }
    }
}
