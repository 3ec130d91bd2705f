import Foundation
import Synchronization

/// Passes on SIP and RTP between a caller and a server by UDP, and loses some of the caller's sound. Of the SIP it is
/// only in the way of the INVITE and its answers, in which it puts its own port for the server's.
final class LossyRelay: Sendable {
    private struct State {
        var caller: sockaddr_in?
        var callerMedia: sockaddr_in?
        var serverMedia: UInt16?
        var isClosed = false
        var dice: SeededDice
        var lost = 0
        var passed = 0
    }

    private let signalling: Int32
    private let media: Int32
    private let port: UInt16
    private let mediaPort: UInt16
    private let server: sockaddr_in
    private let loss: Double
    private let user: Substring
    private let state: Mutex<State>

    /// - Parameters:
    ///   - target: `sip:USER@127.0.0.1:PORT`.
    ///   - loss: the share of the caller's RTP that is not passed on.
    init(to target: String, loss: Double, seed: UInt64) throws {
        guard let end = target.split(separator: ":").last.flatMap({ UInt16($0) }) else {
            throw Program.Failure(description: "\(target) has no port")
        }
        self.loss = loss
        user = target.dropFirst(4).prefix { $0 != "@" }
        port = try Workspace.freePort()
        // As many digits as the server's has, so that the length stays what it is.
        mediaPort = try Self.freePort(from: 40_000 + UInt16(seed % 500) * 8)
        signalling = try Self.open(port)
        media = try Self.open(mediaPort)
        server = Self.address(end)
        state = Mutex(State(dice: SeededDice(seed: seed)))
        Thread.detachNewThread { self.pass(self.signalling) { self.takeSignalling($0, from: $1) } }
        Thread.detachNewThread { self.pass(self.media) { self.takeMedia($0, from: $1) } }
    }

    var uri: String { "sip:\(user)@127.0.0.1:\(port)" }
    /// How many packets of the caller's were lost, of how many.
    var losses: (lost: Int, of: Int) { state.withLock { ($0.lost, $0.lost + $0.passed) } }

    func close() {
        state.withLock { $0.isClosed = true }
    }

    private func takeSignalling(_ octets: [UInt8], from source: sockaddr_in) {
        guard source.sin_port == server.sin_port else {
            state.withLock { $0.caller = source }
            Self.send(octets, to: server, by: signalling)
            return
        }
        guard let caller = state.withLock({ $0.caller }) else { return }
        var text = String(decoding: octets, as: UTF8.self)
        if let line = text.range(of: "m=audio "),
            let number = UInt16(text[line.upperBound...].prefix { $0.isNumber }), String(number).count == 5
        {
            state.withLock { $0.serverMedia = number }
            text = text.replacingOccurrences(of: "m=audio \(number)", with: "m=audio \(mediaPort)")
        }
        Self.send(Array(text.utf8), to: caller, by: signalling)
    }

    private func takeMedia(_ octets: [UInt8], from source: sockaddr_in) {
        let next: sockaddr_in? = state.withLock { state in
            guard let port = state.serverMedia else { return nil }
            if source.sin_port == port.bigEndian { return state.callerMedia }
            state.callerMedia = source
            if Double.random(in: 0..<1, using: &state.dice) < loss {
                state.lost += 1
                return nil
            }
            state.passed += 1
            return Self.address(port)
        }
        if let next { Self.send(octets, to: next, by: media) }
    }

    // MARK: Sockets

    private func pass(_ descriptor: Int32, _ take: ([UInt8], sockaddr_in) -> Void) {
        defer { Glibc.close(descriptor) }
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while !state.withLock({ $0.isClosed }) {
            var source = sockaddr_in()
            var length = socklen_t(MemoryLayout<sockaddr_in>.size)
            let count = withUnsafeMutablePointer(to: &source) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    recvfrom(descriptor, &buffer, buffer.count, 0, $0, &length)
                }
            }
            // Nothing for a while: look again whether it is over.
            if count > 0 { take(Array(buffer.prefix(count)), source) }
        }
    }

    private static func send(_ octets: [UInt8], to address: sockaddr_in, by descriptor: Int32) {
        var address = address
        _ = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                sendto(descriptor, octets, octets.count, 0, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
    }

    private static func address(_ port: UInt16) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        return address
    }

    private static func freePort(from first: UInt16) throws -> UInt16 {
        for port in stride(from: first, to: first + 800, by: 2) {
            guard let descriptor = try? open(port) else { continue }
            Glibc.close(descriptor)
            return port
        }
        throw Program.Failure(description: "No free port was found")
    }

    private static func open(_ port: UInt16) throws -> Int32 {
        let descriptor = socket(AF_INET, Int32(SOCK_DGRAM.rawValue), 0)
        var place = address(port)
        let bound = withUnsafePointer(to: &place) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard descriptor >= 0, bound == 0 else {
            Glibc.close(descriptor)
            throw Program.Failure(description: "UDP port \(port) can't be opened")
        }
        var limit = timeval(tv_sec: 0, tv_usec: 200_000)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        return descriptor
    }
}
