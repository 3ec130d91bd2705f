internal import CallAPI
internal import HTTPTypes
internal import Hummingbird
internal import HummingbirdCore
internal import NIOCore

/// Turns requests and answers of Hummingbird's into those of the API, and back.
struct APIResponder: HTTPResponder {
    struct Context: InitializableFromSource {
        let channel: any Channel

        init(source: ApplicationRequestContextSource) {
            channel = source.channel
        }
    }

    let api: CallAPI
    let patience: Duration

    func respond(to request: Request, context: Context) async throws -> Response {
        var asked = APIRequest(
            request.method.rawValue, request.head.path ?? "/",
            headers: request.headers.map { ($0.name.rawName, $0.value) })
        // The library takes it out of the fields.
        if let authority = request.head.authority { asked.headers.append(("host", authority)) }
        if let refusal = api.refusal(of: asked) { return Self.last(refusal, context, request) }
        switch await body(of: request) {
        case .whole(let octets): asked.body = octets
        case .tooLarge: return Self.last(api.tooLarge, context, request)
        case .tooSlow: return Self.last(api.tooSlow, context, request)
        }
        return Self.response(await api.respond(to: asked))
    }

    // MARK: The body

    private enum Body: Sendable {
        case whole([UInt8])
        case tooLarge
        case tooSlow
    }

    private func body(of request: Request) async -> Body {
        if request.headers[.contentLength] == nil, request.headers[.transferEncoding] == nil { return .whole([]) }
        if let length = request.headers[.contentLength].flatMap({ Int($0) }), length > api.settings.maximumBody {
            return .tooLarge
        }
        let (limit, patience) = (api.settings.maximumBody, patience)
        return await withTaskGroup(of: Body.self) { group in
            group.addTask {
                do {
                    return .whole(Array(buffer: try await request.body.collect(upTo: limit)))
                } catch is NIOTooManyBytesError {
                    return .tooLarge
                } catch {
                    return .tooSlow
                }
            }
            group.addTask {
                try? await Task.sleep(for: patience)
                return .tooSlow
            }
            let first = await group.next() ?? .tooSlow
            group.cancelAll()
            return first
        }
    }

    // MARK: The answer

    private static func response(_ answer: APIResponse) -> Response {
        let body: ResponseBody
        switch answer.body {
        case .octets(let octets): body = ResponseBody(byteBuffer: ByteBuffer(bytes: octets))
        case .stream(let source):
            body = ResponseBody { writer in
                defer { source.close() }
                while let octets = await source.next() { try await writer.write(ByteBuffer(bytes: octets)) }
                try await writer.finish(nil)
            }
        }
        return Response(status: .init(code: answer.status), headers: fields(of: answer), body: body)
    }

    /// An answer to a request whose body nobody reads: the connection ends with it.
    private static func last(_ answer: APIResponse, _ context: Context, _ request: Request) -> Response {
        guard case .octets(let octets) = answer.body else { return response(answer) }
        var headers = fields(of: answer)
        let hasBody = request.headers[.contentLength] != nil || request.headers[.transferEncoding] != nil
        guard hasBody else {
            return Response(
                status: .init(code: answer.status), headers: headers,
                body: ResponseBody(byteBuffer: ByteBuffer(bytes: octets)))
        }
        headers[.connection] = "close"
        let channel = context.channel
        let body = ResponseBody(contentLength: octets.count) { writer in
            try await writer.write(ByteBuffer(bytes: octets))
            try await writer.finish(nil)
            channel.close(promise: nil)
        }
        return Response(status: .init(code: answer.status), headers: headers, body: body)
    }

    private static func fields(of answer: APIResponse) -> HTTPFields {
        var fields = HTTPFields()
        for (name, value) in answer.headers {
            if let name = HTTPField.Name(name) { fields.append(HTTPField(name: name, value: value)) }
        }
        return fields
    }
}
