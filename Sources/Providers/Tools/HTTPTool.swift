public import Agent
internal import AsyncHTTPClient
internal import FoundationEssentials
internal import NIOCore
internal import NIOHTTP1
internal import TelephonyPrimitives
internal import Webhooks

/// Asks somebody's HTTP service something for a dialogue.
///
/// Authority is in the configuration, not in the model: the arguments have to fit the schema, they never change where the
/// request goes, redirects are not followed, and the address is looked up and judged anew for each request. What comes
/// back is data for the model, bounded in size.
public struct HTTPTool: Tool {
    /// Octets of an answer that are read.
    private static let maximumAnswer = 64 << 10
    /// Octets of arguments that are sent.
    private static let maximumArguments = 32 << 10

    public var declaration: ToolDeclaration { configuration.declaration }

    private let configuration: HTTPToolConfiguration
    private let schema: JSONSchema
    private let address: ToolAddress
    private let signature: WebhookSignature?
    private let resolver: ToolAddress.Resolver
    private let clock: @Sendable () -> Int64
    private let sleep: @Sendable (Duration) async throws -> Void

    /// - Throws: `ToolRefusal` when the URL or the schema is none, or the secret is too short.
    public init(_ configuration: HTTPToolConfiguration) throws(ToolRefusal) {
        try self.init(
            configuration, resolver: ToolAddress.system,
            clock: { Int64(Date().timeIntervalSince1970.rounded(.down)) }, sleep: { try await Task.sleep(for: $0) })
    }

    init(
        _ configuration: HTTPToolConfiguration, resolver: @escaping ToolAddress.Resolver,
        clock: @escaping @Sendable () -> Int64, sleep: @escaping @Sendable (Duration) async throws -> Void
    ) throws(ToolRefusal) {
        self.configuration = configuration
        schema = try JSONSchema(configuration.declaration.parameters)
        address = try ToolAddress(configuration.url)
        signature = configuration.signingSecret.flatMap { WebhookSignature(secret: $0.value) }
        guard (signature == nil) == (configuration.signingSecret == nil) else {
            throw ToolRefusal(
                "The secret that signs requests is shorter than \(WebhookSignature.minimumLength) characters, or no "
                    + "base64 behind whsec_.")
        }
        self.resolver = resolver
        self.clock = clock
        self.sleep = sleep
    }

    public func run(_ arguments: JSONValue, context: DialogueContext) async throws -> ToolResult {
        if let fault = schema.fault(of: arguments) { throw ToolRefusal("Nothing was sent: \(fault)") }
        // Where the model has written a name, the service gets the digits, which the model never sees.
        let takesDigits = configuration.takesDigits && configuration.method == .post
        let sent = takesDigits ? context.keptDigits.fill(arguments) : arguments
        let body = Array(sent.json.utf8)
        guard body.count <= Self.maximumArguments else { throw ToolRefusal("Nothing was sent: that is too much.") }
        let ip = try await address.resolve(allowsPrivate: configuration.allowsPrivateAddresses, with: resolver)
        let request = try request(arguments, body: body, context: context, ip: ip)

        var settings = HTTPClient.Configuration()
        settings.redirectConfiguration = .disallow
        settings.decompression = .disabled
        settings.timeout.connect = .seconds(5)
        // The certificate is still checked for the name.
        if IPAddress(address.host) == nil { settings.dnsOverride = [address.host: ip.description] }
        let client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: settings)
        do {
            let result = try await withThrowingTaskGroup(of: ToolResult.self) { group in
                group.addTask { try await Self.ask(client, request) }
                group.addTask { [sleep, configuration] in
                    try await sleep(configuration.timeout)
                    throw ToolRefusal("The service did not answer in time.")
                }
                defer { group.cancelAll() }
                guard let result = try await group.next() else { throw CancellationError() }
                return result
            }
            try? await client.shutdown()
            guard takesDigits else { return result }
            return ToolResult(text: context.keptDigits.leftOut(of: result.text))
        } catch let refusal as ToolRefusal {
            try? await client.shutdown()
            throw ToolRefusal(context.keptDigits.leftOut(of: refusal.description))
        } catch {
            try? await client.shutdown()
            throw error
        }
    }

    // MARK: The request

    private func request(
        _ arguments: JSONValue, body: [UInt8], context: DialogueContext, ip: IPAddress
    ) throws -> HTTPClientRequest {
        let host = address.host.contains(":") ? "[\(address.host)]" : address.host
        var target = address.target
        var sent: [UInt8] = []
        switch configuration.method {
        case .post: sent = body
        case .get:
            let query = Self.query(arguments)
            if !query.isEmpty { target += (target.contains("?") ? "&" : "?") + query }
        }
        var request = HTTPClientRequest(
            url: "\(address.isSecure ? "https" : "http")://\(host):\(address.port)\(target)")
        request.method = HTTPMethod(rawValue: configuration.method.rawValue)
        request.headers.add(name: "user-agent", value: "trunkline")
        request.headers.add(name: "accept", value: "application/json, text/plain")
        request.headers.add(name: "x-trunkline-call", value: Self.fieldValue(context.callID))
        if configuration.tellsTrace {
            let trace = TraceContext(call: context.callID)
            request.headers.add(name: "traceparent", value: trace.traceparent(span: trace.callSpan))
        }
        if let token = configuration.token {
            request.headers.add(name: "authorization", value: "Bearer \(token.value)")
        }
        if let signature {
            // What is signed says what is asked for, also where there is no body.
            let signed = configuration.method == .get ? Array(target.utf8) : sent
            let id = "\(Self.fieldValue(context.callID)).\(UUID().uuidString.lowercased())"
            let seconds = clock()
            request.headers.add(name: "webhook-id", value: id)
            request.headers.add(name: "webhook-timestamp", value: "\(seconds)")
            request.headers.add(
                name: "webhook-signature", value: signature.value(id: id, seconds: seconds, body: signed))
        }
        if configuration.method == .post {
            request.headers.add(name: "content-type", value: "application/json")
            request.body = .bytes(ByteBuffer(bytes: sent))
        }
        return request
    }

    /// Arguments as a query: lists several times, objects as JSON.
    static func query(_ arguments: JSONValue) -> String {
        (arguments.object ?? [:]).sorted { $0.key < $1.key }.flatMap { name, value in
            (value.array ?? [value]).map { "\(encoded(name))=\(encoded($0.string ?? $0.json))" }
        }.joined(separator: "&")
    }

    /// All but the unreserved characters of RFC 3986 §2.3 as percent and two digits.
    private static func encoded(_ text: String) -> String {
        text.utf8.map { octet in
            switch octet {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                return String(UnicodeScalar(octet))
            default:
                let digits = String(octet, radix: 16, uppercase: true)
                return "%" + (digits.count < 2 ? "0" : "") + digits
            }
        }.joined()
    }

    /// What may stand in a header field.
    private static func fieldValue(_ text: String) -> String {
        String(text.unicodeScalars.prefix(128).map { (0x21...0x7E).contains($0.value) ? Character($0) : "_" })
    }

    // MARK: The answer

    private static func ask(_ client: HTTPClient, _ request: HTTPClientRequest) async throws -> ToolResult {
        let answer: HTTPClientResponse
        var body: [UInt8] = []
        var isCut = false
        do {
            answer = try await client.execute(request, deadline: .distantFuture)
            for try await part in answer.body {
                body += part.readableBytesView
                guard body.count <= maximumAnswer else {
                    isCut = true
                    break
                }
            }
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            throw ToolRefusal(reason(error))
        }
        // Whole characters only.
        let text = String(decoding: body.prefix(maximumAnswer), as: UTF8.self)
        switch answer.status.code {
        case 200..<300:
            guard !isCut else {
                throw ToolRefusal(
                    "The service answered with more than \(maximumAnswer) octets, which is too much.")
            }
            return ToolResult(text: text.allSatisfy(\.isWhitespace) ? "Done." : text)
        case 300..<400: throw ToolRefusal("The service sends one elsewhere, which is not followed.")
        case 401, 403: throw ToolRefusal("The service does not accept our key.")
        case 429, 503: throw ToolRefusal("The service has too much to do; try later.")
        case 400..<500: throw ToolRefusal("The service refuses that (\(answer.status.code)): \(line(text))")
        default: throw ToolRefusal("The service failed (\(answer.status.code)).")
        }
    }

    /// What a person can do about it is in the log of the service; the model needs to know only this much.
    private static func reason(_ error: any Error) -> String {
        switch (error as? HTTPClientError)?.shortDescription {
        case "Connect timeout", "TLS handshake timeout", "Deadline exceeded", "Read timeout":
            "The service did not answer in time."
        default: "The service can't be reached."
        }
    }

    private static func line(_ text: String) -> String {
        let line = text.unicodeScalars.map { $0.value < 0x20 || $0.value == 0x7F ? " " : Character($0) }
        return String(String(line).prefix(300))
    }
}
