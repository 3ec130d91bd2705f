internal import Agent
internal import SIPNIO
internal import Telephony
internal import TelephonyPrimitives

/// Keeps calls that were refused before the agent saw them, so that there is an answer to why they failed.
struct RefusalRecord: Sendable {
    let store: any CallStore
    let messages: CallMessages?
    /// Who would have talked.
    let agent: String
    let live: LiveTranscript

    func keep(_ call: RefusedCall) {
        let age = (Instant.now - call.began).inMilliseconds
        let end = CallEnd(cause: .rejected, status: call.status, explanation: "We refused the call: \(call.reason)")
        store.write(
            .began(
                CallBeginning(
                    direction: .incoming, remote: call.remote, local: call.local, agent: agent,
                    startedAt: WallClock.now - age)), of: call.id)
        messages?.begin(call.id, at: call.began)
        messages?.end(call.id, at: Int(age))
        store.write(.ended(end, at: Int(age)), of: call.id)
        live.say(call.id, "call from \(call.remote.address) refused with \(call.status): \(call.reason)")
    }
}
