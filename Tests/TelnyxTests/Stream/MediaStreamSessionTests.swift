import TelephonyPrimitives
import Testing

@testable import Telnyx

@Suite("A media stream")
struct MediaStreamSessionTests {
    private static let piece = [UInt8](repeating: 0x55, count: 160)

    private func text(_ event: StreamMessage.Event, _ sequence: Int? = nil) -> [UInt8] {
        Array(StreamMessage(event, sequence: sequence, streamID: "s").json.utf8)
    }

    private func begun(
        _ change: (inout MediaStreamSession.Settings) -> Void = { _ in }
    ) -> MediaStreamSession {
        var settings = MediaStreamSession.Settings()
        change(&settings)
        var session = MediaStreamSession(settings, now: .zero)
        _ = session.receive(text(.connected(version: nil)), now: .zero)
        _ = session.receive(text(.start(start())), now: .zero)
        return session
    }

    private func start(_ call: CallControlID = "v3:a") -> StreamStart {
        StreamStart(control: call, from: "+1", to: "+2", format: StreamFormat(.pcmu, sampleRate: 8_000))
    }

    private func orders(_ actions: [MediaStreamSession.Action]) throws -> [StreamOrder] {
        try actions.compactMap { action in
            if case .send(let json) = action { try StreamOrder(parsing: Array(json.utf8)) } else { nil }
        }
    }

    private func isComplaint(_ actions: [MediaStreamSession.Action]) -> Bool {
        if case .complaint? = actions.first { actions.count == 1 } else { false }
    }

    @Test("It begins with start, hears both tracks in order, and ends with stop")
    func life() {
        var session = MediaStreamSession(now: .zero)
        #expect(session.receive(text(.connected(version: "1.0.0")), now: .ms(1)).isEmpty)
        #expect(session.receive(text(.start(start()), 1), now: .ms(2)) == [.began(start())])
        func media(_ track: StreamMedia.Track, _ chunk: Int) -> StreamMedia {
            StreamMedia(Self.piece, track: track, chunk: chunk, timestamp: chunk * 20)
        }
        #expect(
            session.receive(text(.media(media(.inbound, 1)), 2), now: .ms(20)) == [.heard(media(.inbound, 1), lost: 0)])
        #expect(session.receive(text(.media(media(.inbound, 3)), 4), now: .ms(40)).isEmpty)
        #expect(
            session.receive(text(.media(media(.outbound, 1)), 5), now: .ms(41)) == [
                .heard(media(.outbound, 1), lost: 0)
            ])
        #expect(
            session.receive(text(.media(media(.inbound, 2)), 3), now: .ms(42)) == [
                .heard(media(.inbound, 2), lost: 0), .heard(media(.inbound, 3), lost: 0),
            ])
        #expect(
            session.receive(text(.dtmf(PressedDigits("5"), occurredAt: 7), 6), now: .ms(43)) == [
                .pressed(PressedDigits("5"), occurredAt: 7)
            ])
        // Twice the same message.
        #expect(
            isComplaint(session.receive(text(.dtmf(PressedDigits("5"), occurredAt: 7), 6), now: .ms(44))),
            "a key counted twice")
        _ = session.receive(text(.media(media(.inbound, 5)), 8), now: .ms(60))
        #expect(
            session.receive(text(.stop(StreamStop()), 9), now: .ms(80)) == [
                .heard(media(.inbound, 5), lost: 1), .ended(.stopped),
            ])
        #expect(session.receive(text(.mark("x")), now: .ms(81)).isEmpty && session.closed().isEmpty)
        #expect(session.deadline == nil)
    }

    @Test("Sound goes out at the pace at which it is heard, 200 ms ahead, in pieces of 20 ms")
    func pace() throws {
        var session = begun()
        // Two seconds at once.
        var sent = try orders(session.play(Array(repeating: 0x55, count: 16_000), now: .ms(0))).count
        #expect(sent == 10 && session.queued == .milliseconds(1_800))
        var time: Int64 = 0
        while let deadline = session.deadline, sent < 100 {
            #expect(deadline > .ms(time))
            time = deadline.nanoseconds / 1_000_000
            let pieces = try orders(session.tick(now: deadline))
            #expect(pieces.allSatisfy { $0 == .media(Self.piece) })
            sent += pieces.count
            // Never more than the lead ahead of what has been heard.
            #expect(sent * 20 <= time + 220)
        }
        #expect(sent == 100 && session.queued == .zero && session.deadline == nil)
    }

    @Test("What is less than 20 ms waits for more, and is filled up before a mark, by a flush, or when it is due")
    func rests() throws {
        var session = begun()
        #expect(session.play([1, 2, 3], now: .ms(0)).isEmpty)
        #expect(
            try orders(session.play(Array(repeating: 4, count: 157), now: .ms(0))) == [
                .media([1, 2, 3] + Array(repeating: 4, count: 157))
            ])
        _ = session.play([9], now: .ms(0))
        #expect(
            try orders(session.mark("m", now: .ms(0))) == [
                .media([9] + Array(repeating: 0xFF, count: 159)), .mark("m"),
            ])
        _ = session.play([8], now: .ms(0))
        #expect(try orders(session.flush(now: .ms(0))) == [.media([8] + Array(repeating: 0xFF, count: 159))])
        _ = session.play([7], now: .ms(0))
        #expect(session.deadline == .ms(60) && session.tick(now: .ms(59)).isEmpty)
        #expect(try orders(session.tick(now: .ms(60))) == [.media([7] + Array(repeating: 0xFF, count: 159))])
    }

    @Test("Sound that comes in pieces of 10 ms is not filled up while more is on its way")
    func dribble() throws {
        var session = begun()
        var sent: [StreamOrder] = []
        for step in 0..<20 as Range<Int64> {
            let now = Instant.ms(1_000 + step * 10)
            if let deadline = session.deadline, deadline <= now { sent += try orders(session.tick(now: now)) }
            sent += try orders(session.play(Array(repeating: 0x55, count: 80), now: now))
        }
        #expect(sent == Array(repeating: .media(Self.piece), count: 10))
        _ = session.play([1], now: .ms(1_200))
        #expect(session.deadline == .ms(1_220))
    }

    @Test("A mark comes back when what was before it has been heard; what is cleared was not heard")
    func marks() throws {
        var session = begun()
        _ = session.play(Self.piece, now: .ms(0))
        #expect(try orders(session.mark("one", now: .ms(0))) == [.mark("one")])
        #expect(session.receive(text(.mark("one")), now: .ms(30)) == [.reached(mark: "one", isHeard: true)])
        // One second, a mark behind it that is not sent yet, and one that is.
        _ = session.mark("sent", now: .ms(40))
        _ = session.play(Array(repeating: 1, count: 8_000), now: .ms(40))
        #expect(try orders(session.mark("kept", now: .ms(40))).isEmpty)
        let cut = session.clear(now: .ms(100))
        #expect(try orders(cut) == [.clear])
        #expect(cut.contains(.reached(mark: "kept", isHeard: false)) && session.queued == .zero)
        #expect(session.receive(text(.mark("sent")), now: .ms(120)) == [.reached(mark: "sent", isHeard: false)])
        // After a clear the next sound goes out at once.
        #expect(try orders(session.play(Self.piece, now: .ms(130))) == [.media(Self.piece)])
        #expect(isComplaint(session.receive(text(.mark("never")), now: .ms(140))), "a mark that was not sent is taken")
        _ = session.mark("last", now: .ms(150))
        #expect(session.closed() == [.reached(mark: "last", isHeard: false), .ended(.closed)])
    }

    @Test("A socket that takes nothing holds sound back, never a clear, and is given up after five seconds")
    func backPressure() throws {
        var session = begun()
        #expect(session.socket(isWritable: false, now: .ms(0)).isEmpty)
        #expect(session.play(Self.piece, now: .ms(1)).isEmpty && session.deadline == .ms(5_000))
        #expect(try orders(session.clear(now: .ms(2))) == [.clear])
        _ = session.play(Self.piece, now: .ms(3))
        #expect(try orders(session.socket(isWritable: true, now: .ms(4))) == [.media(Self.piece)])
        _ = session.socket(isWritable: false, now: .ms(10))
        #expect(session.socket(isWritable: false, now: .ms(4_000)).isEmpty)
        #expect(session.tick(now: .ms(5_009)).isEmpty)
        #expect(session.tick(now: .ms(5_010)) == [.close(code: 1011, reason: "nothing is taken"), .ended(.stalled)])
    }

    @Test("Nothing waits without bounds: what is too much is dropped and told")
    func bounds() {
        var session = begun { $0.capacity = .seconds(1) }
        #expect(session.play(Array(repeating: 1, count: 8_000), now: .ms(0)).count == 10)
        #expect(session.play(Array(repeating: 1, count: 8_000), now: .ms(0)) == [.dropped(.seconds(1))])
        #expect(session.room == .milliseconds(200))
        var marks = 0
        for number in 0..<2_000 {
            if isComplaint(session.mark("m\(number)", now: .ms(0))) { break }
            marks += 1
        }
        #expect(marks == SoundQueue.maximumMarks)
        var complaints = 0
        for _ in 0..<100 { complaints += session.receive(Array("?".utf8), now: .ms(1)).count }
        #expect(complaints == MediaStreamSession.maximumComplaints - 1)
        #expect(session.receiveBinary().isEmpty)
    }

    @Test("A stream of another call, and one that never begins, is closed")
    func strangers() {
        var session = MediaStreamSession(now: .zero)
        #expect(session.deadline == .ms(10_000))
        #expect(session.tick(now: .ms(10_000)) == [.close(code: 1008, reason: "no start"), .ended(.noStart)])
        var settings = MediaStreamSession.Settings()
        settings.call = "v3:a"
        session = MediaStreamSession(settings, now: .zero)
        let actions = session.receive(text(.start(start("v3:b"))), now: .ms(1))
        #expect(actions.suffix(2) == [.close(code: 1008, reason: "another call"), .ended(.wrongCall)])
        session = MediaStreamSession(settings, now: .zero)
        #expect(
            isComplaint(session.receive(text(.media(StreamMedia(Self.piece))), now: .ms(1))),
            "sound before start is taken")
        #expect(session.receive(text(.start(start("v3:a"))), now: .ms(2)) == [.began(start("v3:a"))])
        #expect(session.leave() == [.close(code: 1000, reason: ""), .ended(.left)])
    }

    @Test("What is played before start waits for it")
    func early() throws {
        var session = MediaStreamSession(now: .zero)
        #expect(session.play(Self.piece, now: .ms(0)).isEmpty)
        #expect(try orders(session.receive(text(.start(start())), now: .ms(50))) == [.media(Self.piece)])
    }

    @Test(
        "Every codec at every rate goes out in pieces of 20 ms",
        arguments: [
            (StreamFormat(.pcmu, sampleRate: 8_000), 160), (StreamFormat(.pcma, sampleRate: 8_000), 160),
            (StreamFormat(.g722, sampleRate: 8_000), 160), (StreamFormat(.l16, sampleRate: 8_000), 320),
            (StreamFormat(.l16, sampleRate: 16_000), 640), (StreamFormat(.l16, sampleRate: 22_050), 882),
            (StreamFormat(.l16, sampleRate: 24_000), 960), (StreamFormat(.l16, sampleRate: 48_000), 1_920),
        ])
    func formats(_ format: StreamFormat, _ size: Int) throws {
        #expect(format.isAllowed)
        var session = begun { $0.reply = format }
        let sent = try orders(session.play(Array(repeating: 0, count: size * 3), now: .zero))
        #expect(sent == Array(repeating: .media(Array(repeating: 0, count: size)), count: 3))
        _ = session.play(Array(repeating: 0, count: 2), now: .zero)
        guard case .media(let filled)? = try orders(session.flush(now: .zero)).first else {
            Issue.record("nothing was filled up")
            return
        }
        #expect(filled.count == size)
        if format.encoding == .l16 {
            #expect(isComplaint(session.play([1], now: .zero)), "half a sample was taken")
        }
    }

    @Test("Packets of Opus stay whole and count as long as they are; what is none is refused")
    func opus() throws {
        var session = begun { $0.reply = StreamFormat(.opus, sampleRate: 16_000) }
        // Configuration 1 (SILK, 20 ms), one frame.
        let packet: [UInt8] = [0x08, 1, 2, 3]
        var sent = 0
        for _ in 0..<20 { sent += try orders(session.play(packet, now: .zero)).count }
        #expect(sent == 10 && session.queued == .milliseconds(200))
        // A code that says more frames than there is room for.
        #expect(isComplaint(session.play([0x0B], now: .zero)), "no packet was taken")
    }

    @Test("Whatever is done in whatever order, it stays within its bounds", arguments: 1...30 as ClosedRange<UInt64>)
    func anything(_ seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        var session = begun { $0.capacity = .seconds(2) }
        var time: Int64 = 0
        var ended = 0
        for step in 0..<2_000 {
            time += Int64.random(in: 0...30, using: &generator)
            let now = Instant.ms(time)
            var actions: [MediaStreamSession.Action] = []
            switch Int.random(in: 0..<11, using: &generator) {
            case 0...2:
                actions = session.play(
                    Array(repeating: 1, count: Int.random(in: 0...3_000, using: &generator)), now: now)
            case 3: actions = session.mark("m\(step)", now: now)
            case 4: actions = session.clear(now: now)
            case 5: actions = session.flush(now: now)
            case 6: actions = session.socket(isWritable: Bool.random(using: &generator), now: now)
            case 7:
                let chunk = Int.random(in: 0...60, using: &generator)
                actions = session.receive(text(.media(StreamMedia(Self.piece, chunk: chunk))), now: now)
            case 8:
                actions = session.receive(
                    text(.mark("m\(Int.random(in: 0...step, using: &generator))")), now: now)
            case 9: actions = session.receive(text(.start(start())), now: now)
            default: actions = session.tick(now: now)
            }
            ended += actions.filter { if case .ended = $0 { true } else { false } }.count
            #expect(session.queued >= .zero && session.queued <= .seconds(2) + .milliseconds(20))
        }
        #expect(ended <= 1)
    }
}
