import Telephony
import TelephonyPrimitives
import Testing

@testable import CallControl
@testable import Telnyx

@Suite("A leg under Call Control")
struct CallControlLegTests {
    @Test("A call is answered with its stream, is up when that begins, and ends by its webhook")
    func usual() {
        var play = LegPlay()
        #expect(play.tell(.answer) == [.order(.answer(withStream: true))])
        #expect(play.tell(.outcome(.answer(withStream: true), nil)).isEmpty)
        #expect(play.webhook("call.answered").isEmpty)
        #expect(play.tell(.streamBegan) == [.up])
        #expect(play.leg.deadline == nil)
        #expect(
            play.webhook("call.dtmf.received", ["digit": "5"]) == [
                .tell(.dtmf(digit: "5", duration: .milliseconds(100)))
            ])
        let end = play.hangup(sip: "200").end
        #expect(end == CallEnd(cause: .remoteHangUp, status: 200, explanation: "The other side hung up."))
        #expect(play.leg.isOver)
        #expect(play.tell(.hangUp(.normal)).isEmpty)
    }

    @Test("Whatever order webhooks, outcome and stream come in, the call is up once")
    func order() {
        let steps: [@Sendable (inout LegPlay) -> [LegAction]] = [
            { $0.tell(.outcome(.answer(withStream: true), nil)) }, { $0.webhook("call.answered") },
            { $0.tell(.streamBegan) }, { $0.webhook("streaming.started") }, { $0.webhook("call.initiated") },
        ]
        for first in steps.indices {
            for second in steps.indices where second != first {
                let rest = steps.indices.filter { $0 != first && $0 != second }
                for order in [rest, rest.reversed()] {
                    var play = LegPlay()
                    var actions = play.tell(.answer)
                    for step in [first, second] + order { actions += steps[step](&play) }
                    #expect(actions == [.order(.answer(withStream: true)), .up], "\(first) \(second) \(order)")
                    #expect(play.wait(60).isEmpty)
                }
            }
        }
    }

    @Test("A rate that an answer does not take is streamed once the call is answered")
    func afterAnswer() {
        for isWebhookFirst in [true, false] {
            var play = LegPlay(streamsWithAnswer: false)
            var actions = play.tell(.answer)
            if isWebhookFirst { actions += play.webhook("call.answered") }
            actions += play.tell(.outcome(.answer(withStream: false), nil))
            if !isWebhookFirst { actions += play.webhook("call.answered") }
            #expect(actions.orders == [.answer(withStream: false), .startStream])
            #expect(play.tell(.streamBegan) == [.up])
        }
    }

    @Test("A stream that never comes is explained with its fix")
    func noStream() {
        var play = LegPlay()
        _ = play.tell(.answer)
        _ = play.tell(.outcome(.answer(withStream: true), nil))
        #expect(play.wait(9.9).isEmpty)
        #expect(play.wait(0.1) == [.order(.hangUp)])
        let end = play.tell(.outcome(.hangUp, nil)).end
        #expect(end?.cause == .failed)
        #expect(
            end?.explanation
                == "Telnyx answered but never opened the media stream to wss://agent.example/telnyx/stream; is "
                + "call_control.public_url reachable from the internet, with a valid certificate, and does the proxy "
                + "pass WebSockets on?")
        // Telnyx's own word comes sooner.
        var told = LegPlay()
        _ = told.tell(.answer)
        _ = told.tell(.outcome(.answer(withStream: true), nil))
        #expect(
            told.webhook("streaming.failed", ["failure_reason": "certificate has expired"]) == [.order(.hangUp)])
        #expect(told.hangup().end?.explanation.contains("(certificate has expired)") == true)
    }

    @Test("The caller gives up while it rings, is being answered, or waits for the stream")
    func givenUp() {
        for steps in 0...2 {
            var play = LegPlay()
            if steps > 0 { _ = play.tell(.answer) }
            if steps > 1 { _ = play.tell(.outcome(.answer(withStream: true), nil)) }
            #expect(play.hangup("originator_cancel", sip: "487").end?.cause == .cancelled)
        }
        // And no webhook says so.
        var silent = LegPlay()
        _ = silent.tell(.answer)
        #expect(silent.tell(.outcome(.answer(withStream: true), .code("90018"))).end?.cause == .cancelled)
    }

    @Test("A command to answer that fails ends the call, and is followed by a hang-up when nobody knows")
    func answerFails() {
        var refused = LegPlay()
        _ = refused.tell(.answer)
        let actions = refused.tell(.outcome(.answer(withStream: true), .code("90041")))
        #expect(actions.orders.isEmpty)
        #expect(actions.end?.explanation.contains("no channel left") == true)
        var silent = LegPlay()
        _ = silent.tell(.answer)
        #expect(
            silent.tell(.outcome(.answer(withStream: true), .unanswered("Telnyx did not answer."))) == [
                .order(.hangUp)
            ])
        #expect(silent.wait(5).end?.cause == .failed)
    }

    // MARK: Lost webhooks

    @Test("The stream ends and no webhook says why: the call is taken for over")
    func lostHangup() {
        var play = LegPlay()
        _ = play.answer()
        #expect(play.tell(.streamEnded(.stopped)).isEmpty)
        #expect(play.wait(1.9).isEmpty)
        #expect(play.wait(0.1) == [.order(.hangUp)])
        #expect(play.tell(.outcome(.hangUp, .code("90018"))).end?.cause == .remoteHangUp)
        // It does say why, a little later.
        var late = LegPlay()
        _ = late.answer()
        _ = late.tell(.streamEnded(.stopped))
        _ = late.wait(1)
        #expect(late.hangup().end?.explanation == "The other side hung up.")
    }

    @Test("Our own hang-up ends the call by its outcome, by the webhook, or by time")
    func hangUp() {
        for way in 0...2 {
            var play = LegPlay()
            _ = play.answer()
            #expect(play.tell(.hangUp(.silence)) == [.order(.hangUp)])
            #expect(play.tell(.hangUp(.normal)).isEmpty)
            // The stream that ends with it is no surprise.
            #expect(play.tell(.streamEnded(.stopped)).isEmpty)
            let actions =
                switch way {
                case 0: play.tell(.outcome(.hangUp, nil))
                case 1: play.hangup()
                default: play.wait(5)
                }
            #expect(actions.end == CallEnd(cause: .localHangUp, explanation: "We hung up (silence)."), "\(way)")
            #expect(play.hangup().isEmpty)
        }
    }

    // MARK: The stream breaks

    @Test("A stream that is cut in mid-call is asked for anew once, and the call goes on")
    func cut() {
        var play = LegPlay()
        _ = play.answer()
        #expect(play.tell(.streamEnded(.closed)).isEmpty)
        #expect(play.wait(0.5).orders == [.startStream])
        #expect(play.tell(.outcome(.startStream, nil)).isEmpty)
        #expect(play.tell(.streamBegan) == [.note(kind: "stream", detail: "The media stream is there again.")])
        #expect(play.wait(60).isEmpty)
        // Again is too often.
        _ = play.tell(.streamEnded(.stalled))
        #expect(play.wait(0.5) == [.order(.hangUp)])
        #expect(play.hangup().end?.explanation.contains("broke off again") == true)
    }

    @Test("One that does not come back, or is refused, ends the call with its reason")
    func notAgain() {
        var play = LegPlay()
        _ = play.answer()
        _ = play.tell(.streamEnded(.closed))
        _ = play.wait(0.5)
        #expect(play.wait(8) == [.order(.hangUp)])
        #expect(play.wait(5).end?.explanation == "The media stream broke off, and Telnyx did not open it again.")
        var over = LegPlay()
        _ = over.answer()
        _ = over.tell(.streamEnded(.closed))
        _ = over.wait(0.5)
        #expect(over.tell(.outcome(.startStream, .code("90018"))).end?.cause == .remoteHangUp)
    }

    @Test("A stream of another call counts for nothing: the right one may still come")
    func wrongCall() {
        var play = LegPlay()
        _ = play.tell(.answer)
        _ = play.tell(.outcome(.answer(withStream: true), nil))
        #expect(play.tell(.streamEnded(.wrongCall)).end == nil)
        #expect(play.tell(.streamBegan) == [.up])
    }

    // MARK: Transfers

    @Test("A transfer ends well when both hear one another, and the caller's leg is left alone")
    func transfer() {
        var play = LegPlay()
        _ = play.answer()
        #expect(play.tell(.transfer) == [.order(.transfer)])
        #expect(play.tell(.transfer) == [.transferred(.busy)])
        #expect(play.webhook("call.initiated", of: .target) == [.tell(.transferProgress(status: 100))])
        #expect(play.webhook("call.answered", of: .target) == [.tell(.transferProgress(status: 180))])
        #expect(play.webhook("call.bridged") == [.tell(.transferProgress(status: 200)), .transferred(nil)])
        #expect(play.webhook("call.bridged", of: .target).isEmpty)
        let actions = play.tell(.hangUp(.normal))
        // Hanging the leg up would cut them off.
        #expect(actions.orders == [.stopStream])
        #expect(actions.end?.cause == .transferred)
    }

    @Test(
        "A transfer that comes to nothing is told with its status, and the call goes on",
        arguments: [
            ("user_busy", nil, 486, "the line is busy"), ("call_rejected", "603", 603, "the call was refused"),
            ("timeout", nil, 480, "nobody answered in time"), ("not_found", "404", 404, "there is no such number"),
        ] as [(String, String?, Int, String)])
    func noTransfer(cause: String, sip: String?, status: Int, sentence: String) {
        var play = LegPlay()
        _ = play.answer()
        _ = play.tell(.transfer)
        #expect(
            play.hangup(cause, sip: sip, of: .target) == [
                .transferred(.refused(status: status, reason: "It was not taken there: \(sentence)."))
            ])
        #expect(play.tell(.transfer) == [.order(.transfer)])
        #expect(play.wait(90) == [.transferred(.refused(status: 0, reason: "Telnyx told no outcome of the transfer."))])
        #expect(play.hangup().end?.cause == .remoteHangUp)
    }

    @Test("Keys of which stream and webhooks tell are told once, in the order of the first witness")
    func keys() {
        var play = LegPlay()
        _ = play.answer()
        var told = ""
        func take(_ actions: [LegAction]) {
            for case .tell(.dtmf(let digit, _)) in actions { told.append(digit) }
        }
        take(play.tell(.pressed(PressedDigits("1"))))
        take(play.tell(.pressed(PressedDigits("1"))))
        take(play.webhook("call.dtmf.received", ["digit": "1"]))
        take(play.webhook("call.dtmf.received", ["digit": "2"]))
        take(play.tell(.pressed(PressedDigits("2"))))
        take(play.webhook("call.dtmf.received", ["digit": "1"]))
        take(play.webhook("call.dtmf.received", ["digit": "1"]))
        take(play.webhook("call.dtmf.received", ["digit": "x"]))
        #expect(told == "1121")
    }

    // MARK: Calls of ours

    @Test("A call of ours rings, is answered, streamed, and up")
    func dial() {
        var play = LegPlay(.outgoing)
        #expect(play.leg.dial(now: play.now) == [.order(.dial)])
        #expect(play.tell(.placed("v3:a")).isEmpty)
        #expect(play.webhook("call.initiated") == [.progress(status: 100, reason: "Trying")])
        #expect(play.webhook("call.answered") == [.order(.startStream)])
        #expect(play.tell(.outcome(.startStream, nil)).isEmpty)
        #expect(play.tell(.streamBegan) == [.progress(status: 200, reason: "OK"), .up])
    }

    @Test(
        "A call of ours that nobody takes is explained",
        arguments: [
            ("user_busy", CallEnd.Cause.rejected), ("call_rejected", .rejected), ("no_answer", .noAnswer),
            ("timeout", .noAnswer), ("not_found", .unreachable), ("something_new", .rejected),
        ])
    func notTaken(cause: String, expected: CallEnd.Cause) {
        var play = LegPlay(.outgoing)
        _ = play.leg.dial(now: play.now)
        _ = play.tell(.placed("v3:a"))
        #expect(play.hangup(cause, sip: "486").end?.cause == expected)
    }

    @Test(
        "T-17: a dial is never repeated: unanswered, its webhooks are waited for; given up, it is hung up when it is told of"
    )
    func dialOnce() {
        var play = LegPlay(.outgoing)
        var orders = play.leg.dial(now: play.now).orders
        orders += play.tell(.outcome(.dial, .unanswered("silence"))).orders
        #expect(play.tell(.hangUp(.normal)).orders.isEmpty)
        orders += play.tell(.placed("v3:a")).orders
        orders += play.wait(120).orders
        #expect(orders == [.dial, .hangUp])
        #expect(play.leg.isOver)
        var refused = LegPlay(.outgoing)
        _ = refused.leg.dial(now: refused.now)
        #expect(refused.tell(.outcome(.dial, .code("90042"))).end?.cause == .unreachable)
    }

    @Test("Whatever comes in whatever order, a leg ends once, and nothing follows its end")
    func anyOrder() {
        var generator = SeededGenerator(seed: 11)
        for _ in 0..<2_000 {
            let isIncoming = Bool.random(using: &generator)
            var play = LegPlay(isIncoming ? .incoming : .outgoing)
            var actions = isIncoming ? [] : play.leg.dial(now: play.now)
            for _ in 0..<Int.random(in: 5...30, using: &generator) {
                let wasOver = play.leg.isOver
                let more: [LegAction] =
                    switch Int.random(in: 0..<16, using: &generator) {
                    case 0: play.tell(.answer)
                    case 1: play.tell(.outcome(.answer(withStream: true), nil))
                    case 2: play.tell(.streamBegan)
                    case 3: play.tell(.streamEnded(.closed))
                    case 4: play.tell(.streamEnded(.stopped))
                    case 5: play.hangup()
                    case 6: play.tell(.transfer)
                    case 7: play.webhook("call.bridged")
                    case 8: play.hangup("user_busy", of: .target)
                    case 9: play.tell(.hangUp(.normal))
                    case 10: play.tell(.outcome(.hangUp, nil))
                    case 11: play.webhook("call.answered")
                    case 12: play.webhook("streaming.failed")
                    case 13: play.tell(.outcome(.startStream, .code("90046")))
                    case 14: play.tell(.placed("v3:a"))
                    default: play.wait(Double.random(in: 0...12, using: &generator))
                    }
                #expect(!wasOver || more.isEmpty)
                actions += more
            }
            actions += play.tell(.hangUp(.shutdown)) + play.wait(200)
            #expect(play.leg.isOver && play.leg.deadline == nil)
            #expect(actions.count { if case .ended = $0 { true } else { false } } == 1)
            #expect(actions.count { $0 == .up } <= 1)
            let wanted = actions.orders.count { $0 == .transfer }
            #expect(actions.count { if case .transferred(let error) = $0 { error != .busy } else { false } } == wanted)
        }
    }
}
