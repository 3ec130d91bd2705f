internal import NIOCore
internal import NIOHTTP1

/// Sends one answer.
struct HTTPDoublePlayer: Sendable {
    let channel: any Channel
    /// Called when the answer has come to its end, before the last of it is sent.
    let onEnd: @Sendable () -> Void

    func begin(_ answer: HTTPDouble.Answer) {
        Task { await play(answer) }
    }

    private func play(_ answer: HTTPDouble.Answer) async {
        do {
            let head = HTTPResponseHead(
                version: .http1_1, status: .init(statusCode: answer.status),
                headers: HTTPHeaders(answer.headers.map { ($0.name, $0.value) }))
            try await channel.writeAndFlush(HTTPServerResponsePart.head(head)).get()
            for step in answer.steps {
                switch step {
                case .send(let octets): try await send(octets)
                case .wait(let gate): await gate.wait()
                case .repeatForever(let octets): try await repeatForever(octets)
                case .hang: return
                case .cut:
                    onEnd()
                    channel.close(promise: nil)
                    return
                }
            }
            onEnd()
            try await channel.writeAndFlush(HTTPServerResponsePart.end(nil)).get()
        } catch {
            // The client has gone; `channelInactive` counts it.
        }
    }

    private func repeatForever(_ octets: [UInt8]) async throws {
        while true { try await send(octets) }
    }

    private func send(_ octets: [UInt8]) async throws {
        try await channel.writeAndFlush(HTTPServerResponsePart.body(.byteBuffer(ByteBuffer(bytes: octets)))).get()
    }
}
