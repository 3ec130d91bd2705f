import NIOCore
import NIOPosix
import Synchronization
import TelephonyPrimitives

/// A DNS server on 127.0.0.1, over UDP and TCP, that answers from a zone of the test. It writes every octet itself.
final class NameServer: Sendable {
    private struct Record {
        var type: UInt16
        var data: [UInt8]
    }

    private struct State {
        var zone: [String: [Record]] = [:]
        /// Names that get no answer.
        var silent: Set<String> = []
        /// Names that get a server failure.
        var broken: Set<String> = []
        /// Names whose answers over UDP are cut off.
        var truncated: Set<String> = []
        var asked: [String] = []
    }

    static let timeToLive: UInt32 = 120
    static let negativeTimeToLive: UInt32 = 45

    let address: TransportAddress
    private let state: Mutex<State>
    private let channels: [any Channel]

    /// Runs `body` with a server, and closes it.
    ///
    /// The zone has lines of `name TYPE data`, and `name SILENT`, `name BROKEN`, `name TRUNCATED`.
    static func with<Result>(_ zone: String, _ body: (NameServer) async throws -> Result) async throws -> Result {
        let server = try await NameServer(zone)
        do {
            let result = try await body(server)
            await server.close()
            return result
        } catch {
            await server.close()
            throw error
        }
    }

    private init(_ zone: String) async throws {
        let state = Mutex(Self.read(zone))
        let box = Box()
        var bound: (any Channel, any Channel)?
        // The port that is free for UDP may be taken for TCP.
        for _ in 0..<20 where bound == nil {
            let group = MultiThreadedEventLoopGroup.singleton
            let datagrams = try await DatagramBootstrap(group: group)
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandler(Datagrams(box))
                    }
                }
                .bind(host: "127.0.0.1", port: 0).get()
            let port = datagrams.localAddress?.port ?? 0
            let streams = try? await ServerBootstrap(group: group)
                .childChannelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandler(Stream(box))
                    }
                }
                .bind(host: "127.0.0.1", port: port).get()
            if let streams { bound = (datagrams, streams) } else { try await datagrams.close() }
        }
        guard let bound, let port = bound.0.localAddress?.port.flatMap(UInt16.init(exactly:)) else {
            throw ChannelError.inappropriateOperationForState
        }
        address = TransportAddress(ip: .loopbackV4, port: port)
        channels = [bound.0, bound.1]
        self.state = state
        box.server.withLock { $0 = self }
    }

    private func close() async {
        for channel in channels { try? await channel.close() }
    }

    /// What was asked, in order: `SRV _sip._udp.example.test`, with ` over TCP` where it was.
    var asked: [String] { state.withLock { $0.asked } }

    // MARK: Zone

    private static func read(_ text: String) -> State {
        var state = State()
        for line in text.split(separator: "\n") {
            let words = line.split(separator: " ").map(String.init)
            let name = words[0]
            let data = Array(words.dropFirst(2))
            switch words[1] {
            case "SILENT": state.silent.insert(name)
            case "BROKEN": state.broken.insert(name)
            case "TRUNCATED": state.truncated.insert(name)
            default: state.zone[name, default: []].append(record(words[1], data))
            }
        }
        return state
    }

    private static func record(_ type: String, _ data: [String]) -> Record {
        func number(_ index: Int) -> [UInt8] { octets(UInt16(data[index]) ?? 0) }
        switch type {
        case "A": return Record(type: 1, data: data[0].split(separator: ".").map { UInt8($0) ?? 0 })
        case "CNAME": return Record(type: 5, data: wire(data[0]))
        case "AAAA":
            guard case .v6(let upper, let lower) = IPAddress(data[0]) else { return Record(type: 28, data: []) }
            let both = [upper, lower].flatMap { half in (0..<8).map { UInt8(truncatingIfNeeded: half >> (56 - 8 * $0)) }
            }
            return Record(type: 28, data: both)
        case "SRV": return Record(type: 33, data: number(0) + number(1) + number(2) + wire(data[3]))
        case "NAPTR":
            return Record(
                type: 35, data: number(0) + number(1) + string(data[2]) + string(data[3]) + [0] + wire(data[4]))
        default: return Record(type: 16, data: string(type))
        }
    }

    private static func octets(_ number: UInt16) -> [UInt8] { [UInt8(number >> 8), UInt8(number & 255)] }

    private static func string(_ text: String) -> [UInt8] { [UInt8(text.utf8.count)] + Array(text.utf8) }

    private static func wire(_ name: String) -> [UInt8] {
        name.split(separator: ".").flatMap { string(String($0)) } + [0]
    }

    // MARK: Answers

    /// The response to a query; `nil` for none.
    fileprivate func response(to query: [UInt8], overTCP: Bool) -> [UInt8]? {
        guard query.count > 12 else { return nil }
        var labels: [String] = []
        var index = 12
        while index < query.count, query[index] != 0 {
            let length = Int(query[index])
            guard index + 1 + length < query.count else { return nil }
            labels.append(String(decoding: query[index + 1..<index + 1 + length], as: UTF8.self).lowercased())
            index += 1 + length
        }
        guard index + 4 < query.count else { return nil }
        let name = labels.joined(separator: ".")
        let type = UInt16(query[index + 1]) << 8 | UInt16(query[index + 2])
        let question = Array(query[12...index + 4])
        return state.withLock { state in
            let names: [UInt16: String] = [1: "A", 28: "AAAA", 33: "SRV", 35: "NAPTR"]
            state.asked.append("\(names[type] ?? "\(type)") \(name)" + (overTCP ? " over TCP" : ""))
            if state.silent.contains(name) { return nil }
            var code: UInt8 = 0
            var answers: [UInt8] = []
            var count: UInt8 = 0
            var owner = name
            if state.broken.contains(name) { code = 2 }
            for _ in 0..<8 {
                let here = state.zone[owner] ?? []
                let alias = here.first { $0.type == 5 }
                for record in here where record.type == type || (record.type == 5 && alias != nil) {
                    answers += Self.wire(owner) + Self.octets(record.type) + [0, 1] + Self.long(Self.timeToLive)
                    answers += Self.octets(UInt16(record.data.count)) + record.data
                    count += 1
                }
                guard let alias, type != 5 else { break }
                owner = Self.text(alias.data)
            }
            if state.zone[name] == nil, code == 0 { code = 3 }
            let isTruncated = !overTCP && state.truncated.contains(name)
            if isTruncated || code != 0 { (answers, count) = ([], 0) }
            var authority: [UInt8] = []
            if count == 0, code != 2, !isTruncated {
                let soa = [UInt8]([0, 0]) + Array(repeating: 0, count: 16) + Self.long(Self.negativeTimeToLive)
                authority = [0, 0, 6, 0, 1] + Self.long(3_600) + Self.octets(UInt16(soa.count)) + soa
            }
            let flags: [UInt8] = [0x81 | (isTruncated ? 2 : 0), 0x80 | code]
            return Array(query[..<2]) + flags + [0, 1, 0, count, 0, authority.isEmpty ? 0 : 1, 0, 0] + question
                + answers + authority
        }
    }

    private static func long(_ number: UInt32) -> [UInt8] {
        octets(UInt16(number >> 16)) + octets(UInt16(number & 0xFFFF))
    }

    private static func text(_ wire: [UInt8]) -> String {
        var labels: [String] = []
        var index = 0
        while wire[index] != 0 {
            labels.append(String(decoding: wire[index + 1...index + Int(wire[index])], as: UTF8.self))
            index += 1 + Int(wire[index])
        }
        return labels.joined(separator: ".")
    }

    // MARK: Sockets

    private final class Box: Sendable {
        let server = Mutex<NameServer?>(nil)
    }

    private final class Datagrams: ChannelInboundHandler {
        typealias InboundIn = AddressedEnvelope<ByteBuffer>
        private let box: Box

        init(_ box: Box) { self.box = box }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let envelope = unwrapInboundIn(data)
            let server = box.server.withLock { $0 }
            guard let response = server?.response(to: Array(envelope.data.readableBytesView), overTCP: false) else {
                return
            }
            context.writeAndFlush(
                NIOAny(
                    AddressedEnvelope(remoteAddress: envelope.remoteAddress, data: ByteBuffer(bytes: response))),
                promise: nil)
        }
    }

    private final class Stream: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        private let box: Box
        private var buffer = ByteBuffer()

        init(_ box: Box) { self.box = box }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            buffer.writeImmutableBuffer(unwrapInboundIn(data))
            let server = box.server.withLock { $0 }
            while let length = buffer.getInteger(at: buffer.readerIndex, as: UInt16.self),
                buffer.readableBytes >= 2 + Int(length)
            {
                buffer.moveReaderIndex(forwardBy: 2)
                let query = buffer.readBytes(length: Int(length)) ?? []
                guard let response = server?.response(to: query, overTCP: true) else { continue }
                var out = ByteBuffer(integer: UInt16(response.count))
                out.writeBytes(response)
                context.writeAndFlush(NIOAny(out), promise: nil)
            }
        }
    }
}
