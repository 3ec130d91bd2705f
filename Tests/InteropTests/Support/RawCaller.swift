import Foundation
import Glibc
import RTPMedia
import SIPCore
import SIPNIO

/// A caller whose session description and packets are what a test wants them to be: signalling by the library, sound octet by
/// octet.
final class RawCaller: Sendable {
    private let agent: SIPUserAgent
    private let socket: Int32
    private let user: String
    let port: UInt16

    init(_ user: String = "raw") async throws {
        self.user = user
        agent = try await SIPUserAgent.listen(on: [.udp("127.0.0.1", 0)])
        port = try Workspace.freePort()
        socket = try Self.open(port)
    }

    deinit { Glibc.close(socket) }

    private static func open(_ port: UInt16) throws -> Int32 {
        let descriptor = Glibc.socket(AF_INET, Int32(SOCK_DGRAM.rawValue), 0)
        var name = self.name(port)
        let result = withUnsafePointer(to: &name) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard result == 0 else { throw Program.Failure(description: "UDP port \(port) can't be had") }
        return descriptor
    }

    private static func name(_ port: UInt16) -> sockaddr_in {
        var name = sockaddr_in()
        name.sin_family = sa_family_t(AF_INET)
        name.sin_port = port.bigEndian
        name.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        return name
    }

    /// Calls, sends what `payloads` gives each 20 ms, and hangs up at its end.
    ///
    /// - Parameters:
    ///   - formats: of the m= line, e.g. `0 8`.
    ///   - payloadType: of the packets.
    ///   - payloads: `nil` sends nothing in that time.
    ///   - reason: of the BYE.
    ///   - meanwhile: what a test does while the call is up.
    /// - Returns: the status by which it was answered or refused.
    @discardableResult
    func call(
        _ uri: String, formats: String = "0", payloadType: UInt8 = 0, payloads: [[UInt8]?], reason: String? = nil,
        meanwhile: @escaping @Sendable () async throws -> Void = {}
    ) async throws -> Int {
        let description = """
            v=0\r
            o=- 1 1 IN IP4 127.0.0.1\r
            s=-\r
            c=IN IP4 127.0.0.1\r
            t=0 0\r
            m=audio \(port) RTP/AVP \(formats)\r\n
            """
        let call = try await agent.invite(
            uri, from: "sip:\(user)@127.0.0.1",
            offer: Body(contentType: "application/sdp", octets: Array(description.utf8)))
        guard let response = try? await call.answered() else {
            let end = await call.ended()
            await agent.close()
            return end.status ?? 0
        }
        let answer = String(decoding: response.sessionDescription ?? [], as: UTF8.self)
        let remote = answer.firstMatch(of: /m=audio (\d+)/).flatMap { UInt16($0.1) } ?? 9
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await meanwhile() }
            group.addTask { try await self.send(payloads, payloadType, to: remote) }
            try await group.waitForAll()
        }
        await call.hangUp(headers: reason.map { [(.reason, $0)] } ?? [])
        _ = await call.ended()
        await agent.close()
        return response.status
    }

    /// One each 20 ms.
    private func send(_ payloads: [[UInt8]?], _ payloadType: UInt8, to remote: UInt16) async throws {
        let start = ContinuousClock.now
        for (number, payload) in payloads.enumerated() {
            try await Task.sleep(until: start + .milliseconds(20) * number, clock: .continuous)
            if let payload { send(number, payloadType, payload, to: remote) }
        }
    }

    private func send(_ number: Int, _ payloadType: UInt8, _ payload: [UInt8], to remote: UInt16) {
        let (sequence, timestamp) = (UInt16(truncatingIfNeeded: number), UInt32(truncatingIfNeeded: number * 160))
        var packet: [UInt8] = [0x80, payloadType, UInt8(sequence >> 8), UInt8(sequence & 0xFF)]
        for shift in [24, 16, 8, 0] { packet.append(UInt8(truncatingIfNeeded: timestamp >> UInt32(shift))) }
        packet += [0x12, 0x34, 0x56, 0x78] + payload
        var name = Self.name(remote)
        _ = withUnsafePointer(to: &name) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                sendto(socket, packet, packet.count, 0, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
    }

    /// 20 ms each of prompts, coded by a law.
    static func speech(_ prompts: [String], seconds: Int, law: G711.Law) throws -> [[UInt8]] {
        var samples: [Int16] = []
        for prompt in prompts { samples += try Sound.read(Sound.prompts.appending(path: "\(prompt).wav").path) }
        samples += Array(repeating: 0, count: max(0, seconds * 8_000 - samples.count))
        let octets = G711(law).encode(Array(samples.prefix(seconds * 8_000)))
        return stride(from: 0, to: octets.count - 159, by: 160).map { Array(octets[$0..<$0 + 160]) }
    }
}
