package import Agent
package import Logging
internal import RTPMedia
internal import SIPCore
internal import SIPNIO
internal import Synchronization
package import Telephony
package import TelephonyPrimitives

/// Plays rehearsals over SIP and RTP.
package struct RehearsalLine: Sendable {
    private let hearing: any SpeechToText
    private let voice: CallerVoice
    private let address: IPAddress
    private let logger: Logger

    /// - Parameters:
    ///   - address: of this machine, to call from.
    package init(hearing: any SpeechToText, voice: CallerVoice, address: IPAddress, logger: Logger) {
        self.hearing = hearing
        self.voice = voice
        self.address = address
        self.logger = logger
    }

    /// Speaks all that the caller will say, so that nobody waits for it on the call.
    ///
    /// - Throws: ``ProviderError`` when the voice fails.
    package func prepare(_ rehearsal: Rehearsal) async throws {
        for text in rehearsal.lines { _ = try await voice.clip(text) }
    }

    /// Places one call and plays the caller.
    ///
    /// - Parameters:
    ///   - recording: the file to record to, left the agent and right the caller; `nil`: none.
    ///   - handedOn: whom a carrier between them has put the caller through to since this was last asked.
    ///   - tell: told of each step that is over.
    package func play(
        _ rehearsal: Rehearsal, calling outgoing: OutgoingCall, recording: String? = nil,
        handedOn: @escaping @Sendable () -> [String] = { [] },
        tell: @escaping @Sendable (RehearsalStepResult) -> Void
    ) async -> CallerOutcome {
        let referrals = Mutex<[String]>([])
        var configuration = EndpointConfiguration(
            listen: [
                ListenAddress(.udp, TransportAddress(ip: address, port: 0)),
                ListenAddress(.tcp, TransportAddress(ip: address, port: 0)),
            ])
        configuration.mediaLoops = 1
        // Nobody is called: the agent only hears that somebody has answered.
        configuration.onReferral = { target in
            referrals.withLock { if $0.count < 10 { $0.append(target) } }
            return true
        }
        do {
            let endpoint = try await Endpoint(configuration: configuration, logger: logger)
            let outcome: CallerOutcome
            do {
                outcome = try await endpoint.call(outgoing) { call in
                    var conversation = try await RehearsalConversation(
                        rehearsal, on: call, hearing: hearing, voice: voice, tell: tell)
                    return try await conversation.run(recording: recording) {
                        referrals.withLock { referrals in
                            defer { referrals = [] }
                            return referrals
                        } + handedOn()
                    }
                }
            } catch {
                await endpoint.shutdown(drain: .zero)
                throw error
            }
            await endpoint.shutdown(drain: .zero)
            return outcome
        } catch {
            var caller = RehearsedCaller(rehearsal)
            _ = caller.receive(.failed(Self.sentence(error)), at: .zero)
            return caller.outcome
        }
    }

    private static func sentence(_ error: any Error) -> String {
        if error is CancellationError { return "it was given up" }
        if case CallError.ended(let end) = error {
            return "the call was not answered: \(end.explanation)" + (end.status.map { " (\($0))" } ?? "")
        }
        return "there was no call: \(error)"
    }
}
