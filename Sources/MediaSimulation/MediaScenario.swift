internal import RTPMedia
internal import TelephonyPrimitives
internal import TelephonyTesting

/// What happens in a call: all of it follows from the seed.
struct MediaScenario {
    /// How the line is for some time, to the left and to the right.
    struct Phase {
        var length: Duration
        var toLeft: LinkConditions
        var toRight: LinkConditions
    }

    /// What a party, its application or the line does at some moment.
    enum Happening {
        case changeCodec(to: Int)
        /// The side holds the call for a time.
        case hold(isInactive: Bool, Duration)
        case changeKeys
        case changeSource
        case restartNumbers
        case press(String)
        case pause(Duration, announcesNoise: Bool)
        /// Nothing gets to the side for a time, and all of it afterwards.
        case stall(Duration)
        /// Nothing gets through in either direction.
        case cut(Duration)
        /// The application does nothing for a time, and then all at once.
        case lag(Duration)
        /// The side gets another port or host, and says so or doesn't.
        case move(isHost: Bool, isTold: Bool)
        /// Packets are damaged on the way, besides those that arrive.
        case damage(Duration)
    }

    struct Event {
        var time: Duration
        var isLeft: Bool
        var happening: Happening
    }

    static let payloadTypes: [UInt8] = [0, 8, 9, 120, 121, 122, 124]
    /// By ``payloadTypes``; no two of them nor of the telephone-events differ in one bit where that would matter.
    static let codecs: [AudioCodecKind] = [
        .pcmu, .pcma, .g722, .opus(), .opus(.speech, sampleRate: .fullband), .l16(sampleRate: 8000),
        .l16(sampleRate: 16_000),
    ]
    /// How long the line is good at the end.
    static let goodTime = Duration.seconds(5)
    /// When keys are pressed on the good line, after its beginning.
    static let pressTime = Duration.seconds(1)
    static let settlingTime = Duration.seconds(3)

    let seed: UInt64
    var random: SeededGenerator
    /// Places in ``codecs``.
    var codecs: [Int]
    var suite: SRTPSuite?
    var sharesPort: Bool
    var takesEvents: Bool
    var losesControl: Bool
    /// How much faster the clocks of both run, in parts of a million.
    var drifts: [Int]
    var packetTimes: [Int]
    /// The right side sends what nobody should.
    var isHostile: Bool
    var hasStranger: Bool
    var phases: [Phase]
    var events: [Event] = []

    /// When the line is good again.
    var goodFrom: Duration { phases.dropLast().reduce(.zero) { $0 + $1.length } }
    var end: Duration { goodFrom + Self.goodTime }
    var isOpen: Bool { suite == nil }

    init(seed: UInt64) {
        self.seed = seed
        var random = SeededGenerator(seed: seed &* 0x9E37_79B9 &+ 17)
        func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &random) < percent }
        let common = [0, 0, 1, 2, 3, 3, 5, 6]
        codecs = (0..<2).map { _ in common[Int.random(in: 0..<common.count, using: &random)] }
        if chance(4) { codecs[0] = 4 }
        suite = chance(40) ? SRTPSuite.allCases.randomElement(using: &random) : nil
        sharesPort = chance(40)
        takesEvents = chance(75)
        losesControl = chance(15)
        drifts = (0..<2).map { _ in chance(30) ? 0 : Int.random(in: -500...500, using: &random) }
        packetTimes = (0..<2).map { _ in chance(60) ? 20 : [10, 30, 40, 60].randomElement(using: &random) ?? 20 }
        isHostile = chance(15)
        hasStranger = chance(40)
        phases = []
        for _ in 0..<Int.random(in: 1...3, using: &random) {
            phases.append(
                Phase(
                    length: .milliseconds(Int.random(in: 1000...3000, using: &random)),
                    toLeft: Self.conditions(&random), toRight: Self.conditions(&random)))
        }
        var good = LinkConditions()
        good.delay = .milliseconds(Int.random(in: 5...60, using: &random))
        phases.append(Phase(length: Self.goodTime, toLeft: good, toRight: good))
        self.random = random
        addEvents()
        random = self.random
    }

    private static func conditions(_ random: inout SeededGenerator) -> LinkConditions {
        func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &random) < percent }
        var conditions = LinkConditions()
        conditions.delay = .milliseconds(Int.random(in: 1...200, using: &random))
        if chance(70) { conditions.jitter = .milliseconds(Int.random(in: 0...150, using: &random)) }
        if chance(60) { conditions.loss = Double.random(in: 0...0.3, using: &random) }
        if chance(30) {
            conditions.bursts = .init(
                toBad: Double.random(in: 0.005...0.05, using: &random),
                toGood: Double.random(in: 0.05...0.5, using: &random))
        }
        if chance(30) { conditions.reorder = Double.random(in: 0...0.2, using: &random) }
        if chance(30) { conditions.duplicate = Double.random(in: 0...0.3, using: &random) }
        return conditions
    }

    /// Whatever happens is over when the line is good, but for keys that are pressed then.
    private mutating func addEvents() {
        let last = max(300, goodFrom.inMilliseconds - 300)
        for _ in 0..<Int.random(in: 0...8, using: &random) {
            let time = Int64.random(in: 100...last, using: &random)
            let isLeft = Bool.random(using: &random)
            let length = Duration.milliseconds(Int64.random(in: 20...max(21, min(2000, last - time)), using: &random))
            events.append(Event(time: .milliseconds(time), isLeft: isLeft, happening: happening(length, isLeft)))
        }
        for isLeft in [true, false] where Int.random(in: 0..<100, using: &random) < 60 {
            events.append(
                Event(time: goodFrom + Self.pressTime, isLeft: isLeft, happening: .press(digits(upTo: 3))))
        }
        events.sort { $0.time < $1.time }
    }

    private mutating func happening(_ length: Duration, _ isLeft: Bool) -> Happening {
        switch Int.random(in: 0..<12, using: &random) {
        case 0: .changeCodec(to: codecs[1])
        case 1: .hold(isInactive: Bool.random(using: &random), length)
        case 2: isOpen ? .restartNumbers : .changeKeys
        case 3: isOpen ? .changeSource : .changeKeys
        case 4, 5: .press(digits(upTo: 4))
        case 6: .pause(length, announcesNoise: Bool.random(using: &random))
        case 7: .stall(length)
        case 8: .cut(length)
        case 9: .lag(min(length, .milliseconds(300)))
        // Two that move and don't say so never find each other again.
        case 10: .move(isHost: Bool.random(using: &random), isTold: !isLeft || Bool.random(using: &random))
        default: .damage(length)
        }
    }

    private mutating func digits(upTo most: Int) -> String {
        String(
            (0..<Int.random(in: 1...most, using: &random)).map { _ in
                "0123456789*#ABCD".randomElement(using: &random) ?? "0"
            })
    }
}
