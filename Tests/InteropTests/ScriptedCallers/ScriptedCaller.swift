import Foundation
import RTPMedia
import SIPNIO
import Synchronization
import Telephony
import TelephonyPrimitives

/// Places a call over SIP, sends and takes RTP, and does what its script says.
final class ScriptedCaller: Sendable {
    private struct State {
        var acknowledged: Instant?
        var firstSound: Instant?
    }

    private let call: ScriptedCall
    private let number: Int
    private let state = Mutex(State())

    init(_ call: ScriptedCall, number: Int) {
        self.call = call
        self.number = number
    }

    /// From our ACK to the first packet with sound in it, milliseconds; known for PCMU.
    var greetingDelay: Double? {
        state.withLock { state in
            guard let ack = state.acknowledged, let sound = state.firstSound else { return nil }
            return Double((sound - ack).inNanoseconds) / 1e6
        }
    }

    /// Whose call it is, in the database.
    static func address(_ number: Int) -> String { "sip:caller-\(number)@127.0.0.1" }

    /// Calls, goes through the script and hangs up, if the agent has not.
    func run(_ target: String) async throws -> CallerScript.Measured {
        var configuration = EndpointConfiguration(listen: [try .udp("127.0.0.1", 0)])
        configuration.codecs = [call.line.codec]
        configuration.mediaTrace = MediaTrace(isDecrypted: false) { self.saw($0) }
        configuration.onMessage = { self.saw($0) }
        let endpoint = try await Endpoint(configuration: configuration)
        var relay: LossyRelay?
        if call.line.loss > 0 { relay = try LossyRelay(to: target, loss: call.line.loss, seed: UInt64(number)) }
        var outgoing = OutgoingCall(to: relay?.uri ?? target)
        outgoing.from = Self.address(number)
        let measured: CallerScript.Measured
        do {
            measured = try await endpoint.call(outgoing) { call in try await self.talk(on: call) }
        } catch {
            await endpoint.shutdown(drain: .zero)
            throw error
        }
        await endpoint.shutdown(drain: .zero)
        relay?.close()
        return measured
    }

    private func talk(on call: any Call) async throws -> CallerScript.Measured {
        try await ScriptedTalk(script: self.call, number: number).run(on: call).measured
    }

    // MARK: What was on the wire

    private func saw(_ message: TracedMessage) {
        guard !message.isReceived, message.octets.starts(with: Array("ACK ".utf8)) else { return }
        state.withLock { if $0.acknowledged == nil { $0.acknowledged = message.time } }
    }

    private func saw(_ datagram: TracedDatagram) {
        // RTP of PCMU; a sample above the lowest two segments is no silence.
        guard datagram.isReceived, datagram.octets.count == 172, datagram.octets[1] & 0x7F == 0 else { return }
        let isSound = datagram.octets[12...].count { (~$0 >> 4) & 7 >= 2 } >= 8
        if isSound { state.withLock { if $0.firstSound == nil { $0.firstSound = datagram.time } } }
    }
}
