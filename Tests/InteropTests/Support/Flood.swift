import Foundation
import Synchronization

/// Sends SIP requests that lead to nothing, from many addresses of this machine, until it is told to stop.
///
/// A thread of its own with plain sockets: it has to be faster than what it floods.
final class Flood: Sendable {
    private let state = Mutex(State())

    private struct State {
        var isStopping = false
        var sent: Int?
    }

    /// - Parameters:
    ///   - addresses: where it comes from; the first of them sends as much as all others together.
    ///   - rate: datagrams a second; `nil` sends as fast as the machine can.
    init(to port: UInt16, from addresses: [String], rate: Int? = nil) throws {
        let sockets = try addresses.map { try Self.socket(at: $0, to: port) }
        let thread = Thread { [self] in
            let sent = send(over: sockets, addresses, rate: rate)
            for socket in sockets { close(socket) }
            state.withLock { $0.sent = sent }
        }
        thread.start()
    }

    /// Ends it.
    ///
    /// - Returns: how many datagrams it has sent.
    func stop() async throws -> Int {
        state.withLock { $0.isStopping = true }
        return try await eventually("the end of the flood") { self.state.withLock { $0.sent } }
    }

    private static func socket(at address: String, to port: UInt16) throws -> Int32 {
        let socket = Glibc.socket(AF_INET, Int32(SOCK_DGRAM.rawValue), 0)
        func withAddress(_ text: String, _ port: UInt16, _ use: (UnsafePointer<sockaddr>, socklen_t) -> Int32) -> Bool {
            var place = sockaddr_in()
            place.sin_family = sa_family_t(AF_INET)
            place.sin_port = port.bigEndian
            place.sin_addr.s_addr = inet_addr(text)
            return withUnsafePointer(to: &place) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    use($0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
                }
            }
        }
        guard socket >= 0, withAddress(address, 0, { bind(socket, $0, $1) }),
            withAddress("127.0.0.1", port, { connect(socket, $0, $1) })
        else { throw Program.Failure(description: "no socket at \(address): \(String(cString: strerror(errno)))") }
        return socket
    }

    private func send(over sockets: [Int32], _ addresses: [String], rate: Int?) -> Int {
        var sent = 0
        let start = ContinuousClock.now
        while !state.withLock({ $0.isStopping }) {
            for _ in 0..<50 {
                let place = sent % 2 == 0 ? 0 : (sent / 2) % sockets.count
                let message = Self.message(sent, from: addresses[place])
                _ = message.withUnsafeBytes {
                    Glibc.send(sockets[place], $0.baseAddress, $0.count, Int32(MSG_DONTWAIT))
                }
                sent += 1
            }
            // What comes back is not wanted; closed sockets would answer it with ICMP.
            if let rate {
                let ahead = Duration.seconds(Double(sent) / Double(rate)) - start.duration(to: .now)
                if ahead > .zero { usleep(UInt32(min(500_000, ahead / .microseconds(1)))) }
            }
        }
        return sent
    }

    /// Calls that nobody acknowledges, subscriptions, messages, questions, registrations, a method that is none, and
    /// what is no SIP at all; each with a Call-ID of its own.
    private static func message(_ number: Int, from address: String) -> [UInt8] {
        let kinds = ["INVITE", "SUBSCRIBE", "MESSAGE", "OPTIONS", "REGISTER", "FROBNICATE", "INVITE", "INVITE", ""]
        let method = kinds[number % kinds.count]
        guard !method.isEmpty else { return Array("\(number) is no message\r\n\r\n".utf8) }
        let body =
            method == "INVITE"
            ? "v=0\r\no=- 1 1 IN IP4 \(address)\r\ns=-\r\nc=IN IP4 \(address)\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n"
            : ""
        let event = method == "SUBSCRIBE" ? "Event: presence\r\n" : ""
        return Array(
            """
            \(method) sip:echo@127.0.0.1 SIP/2.0\r
            Via: SIP/2.0/UDP \(address);branch=z9hG4bKf\(number);rport\r
            Max-Forwards: 70\r
            From: <sip:flood@\(address)>;tag=f\(number)\r
            To: <sip:echo@127.0.0.1>\r
            Call-ID: flood-\(number)\r
            CSeq: 1 \(method)\r
            Contact: <sip:flood@\(address)>\r
            \(event)\(body.isEmpty ? "" : "Content-Type: application/sdp\r\n")Content-Length: \(body.utf8.count)\r
            \r
            \(body)
            """.utf8)
    }
}
