import SIPCore
import TelephonyPrimitives
import TelephonyTesting
import Testing

/// On a busy machine a timer may go off long after it was due.
@Suite("A user agent that is woken late")
struct LateWakeTests {
    enum Repeated: String, CaseIterable {
        case invite = "INVITE"
        case other = "BYE"
        case otherProceeding = "BYE after 100"
        case refusal = "486 INVITE"
        case answer = "200 INVITE"
        case reliable = "180 INVITE"

        var title: String { self == .otherProceeding ? "BYE" : rawValue }
    }

    /// A stage on which the message has just been sent for the first time, and is not going to be answered.
    private func stage(_ repeated: Repeated) throws -> Stage {
        var configuration = UserAgentConfiguration()
        configuration.reliableProvisionals = .whenSupported
        var stage = Stage(configuration)
        stage.wire.precision = .captured
        switch repeated {
        case .invite:
            _ = try stage.call()
        case .other, .otherProceeding:
            stage.command(.end(try stage.establishOutgoing()))
            guard repeated == .otherProceeding else { break }
            stage.respond(100, to: try #require(stage.lastRequest(.bye)))
        case .refusal, .answer, .reliable:
            stage.request("INVITE", headers: repeated == .reliable ? ["Supported: 100rel"] : [], body: "v=0")
            let id = try #require(stage.incoming.last)
            switch repeated {
            case .refusal: stage.command(.reject(id, status: 486))
            case .answer: stage.command(.answer(id, body: .answer))
            default: stage.command(.ring(id))
            }
        }
        return stage
    }

    @Test("sends one copy, and the next no sooner after it than if it had left in time", arguments: Repeated.allCases)
    func late(repeated: Repeated) throws {
        var stage = try stage(repeated)
        // Two copies would have been due by now.
        stage.oversleep(.milliseconds(1_700))
        stage.advance(.seconds(6))
        let expected = repeated == .otherProceeding ? [0, 1.7, 5.7] : [0, 1.7, 2.7, 4.7]
        #expect(stage.seconds(of: repeated.title) == expected)
    }
}
