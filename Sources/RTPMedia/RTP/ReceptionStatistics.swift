public import TelephonyPrimitives

/// What one receiver knows of one stream: which numbers came, how many are missing, how unevenly they came
/// (RFC 3550 §6.4.1, §A.1, §A.3, §A.8).
public struct ReceptionStatistics: Sendable {
    /// What a sequence number said about its packet.
    public enum Outcome: Sendable, Equatable {
        /// Numbers are still on probation: the packet is not counted.
        case probation
        /// The next number, or a higher one with a gap before it.
        case ahead
        /// A number from before the highest, for the first time.
        case reordered
        /// A number that came before; counted as received, as §A.3 wants.
        case duplicate
        /// Far from all others: not counted unless the next one confirms the jump.
        case stray
        /// The second packet after a jump: the counts begin anew with it.
        case restarted
    }

    /// RFC 3550 §A.1 MAX_DROPOUT.
    static let maximumDropout: Int64 = 3000
    /// RFC 3550 §A.1 MAX_MISORDER.
    static let maximumMisorder: Int64 = 100

    /// In seconds.
    static let longestTransitChange = 10.0

    /// RTP timestamp units per second.
    public private(set) var clockRate: Int

    private var window: SequenceWindow?
    private var base: Int64 = 0
    private var probationLeft: Int
    private let probation: Int
    private var afterStray: UInt16?
    private var previous: (transit: UInt32, jitter: Double)?
    /// The jitter at the last change of the clock, in units of the present one.
    private var carriedJitter = 0.0
    private var expectedBefore: Int64 = 0
    private var receivedBefore: Int64 = 0
    private var lostBeforeRestart: Int64 = 0

    /// Packets counted since the numbers began or began anew, duplicates included.
    public private(set) var received: Int64 = 0

    /// - Parameters:
    ///   - clockRate: RTP timestamp units per second, at least 1.
    ///   - probation: how many consecutive numbers make a stream (MIN_SEQUENTIAL of §A.1); 0 counts the first packet.
    public init(clockRate: Int, probation: Int = 2) {
        self.clockRate = max(1, clockRate)
        self.probation = max(0, min(probation, 16))
        probationLeft = self.probation
    }

    /// Takes the number of a packet.
    public mutating func receive(sequence: UInt16) -> Outcome {
        guard var window else {
            if probationLeft == 0 || probationLeft == 1 {
                begin(sequence)
                return .ahead
            }
            probationLeft -= 1
            self.window = SequenceWindow(first: sequence)
            return .probation
        }
        let number = window.unwrap(sequence)
        let distance = number &- window.highest
        if isOnProbation {
            guard distance == 1 else {
                probationLeft = probation - 1
                self.window = SequenceWindow(first: sequence)
                return .probation
            }
            probationLeft -= 1
            if probationLeft == 0 {
                begin(sequence)
                return .ahead
            }
            window.insert(number)
            self.window = window
            return .probation
        }
        guard distance < Self.maximumDropout, distance > -Self.maximumMisorder else {
            if sequence == afterStray {
                lostBeforeRestart &+= cumulativeLost
                begin(sequence)
                return .restarted
            }
            afterStray = sequence &+ 1
            return .stray
        }
        let outcome: Outcome = window.contains(number) ? .duplicate : distance > 0 ? .ahead : .reordered
        window.insert(number)
        self.window = window
        received += 1
        return outcome
    }

    private var isOnProbation: Bool { received == 0 }

    private mutating func begin(_ sequence: UInt16) {
        window = SequenceWindow(first: sequence)
        base = Int64(sequence)
        probationLeft = 0
        afterStray = nil
        received = 1
        expectedBefore = 0
        receivedBefore = 0
    }

    /// Takes the timestamp of an audio packet and the time it came, for the jitter.
    ///
    /// Packets that share a timestamp (telephone-events, RFC 4733 §2.5.1.2) say nothing of jitter and are left out.
    public mutating func receive(timestamp: UInt32, arrival: Instant) {
        let units = Double(arrival.nanoseconds) * Double(clockRate) / 1e9
        let wrapped = units.truncatingRemainder(dividingBy: 4_294_967_296)
        let transit = UInt32(truncatingIfNeeded: Int64(wrapped)) &- timestamp
        guard let previous else {
            self.previous = (transit, carriedJitter)
            return
        }
        let difference = abs(Double(Int32(bitPattern: transit &- previous.transit)))
        // A timestamp that jumps by as much is another stream's, not jitter.
        let isJump = difference > Double(clockRate) * Self.longestTransitChange
        self.previous = (transit, isJump ? previous.jitter : previous.jitter + (difference - previous.jitter) / 16)
    }

    /// The stream goes on with another clock: the numbers count on, but transit times of different clocks don't compare
    /// (RFC 7160 §4.1). The jitter so far stays the same time in units of the new clock.
    public mutating func changeClock(to clockRate: Int) {
        let clockRate = max(1, clockRate)
        guard clockRate != self.clockRate else { return }
        carriedJitter = jitterUnits * Double(clockRate) / Double(self.clockRate)
        previous = nil
        self.clockRate = clockRate
    }

    /// The interarrival jitter in timestamp units (§6.4.1, §A.8).
    public var jitterUnits: Double { previous?.jitter ?? carriedJitter }

    /// The interarrival jitter as a time (§6.4.1).
    public var jitter: Duration {
        .nanoseconds(Int64(min(jitterUnits / Double(clockRate), 1e6) * 1e9))
    }

    /// The highest number, counted on over wraps; `nil` before the first counted packet.
    public var extendedHighest: Int64? { isOnProbation ? nil : window?.highest }

    /// How many packets there should have been (§A.3).
    public var expected: Int64 { extendedHighest.map { $0 &- base &+ 1 } ?? 0 }

    /// How many did not come; negative when duplicates outweigh them (§A.3).
    public var cumulativeLost: Int64 { expected &- received }

    /// ``cumulativeLost`` with what was lost before the numbers began anew.
    public var totalLost: Int64 { lostBeforeRestart &+ cumulativeLost }

    /// The fraction lost since the last call of this function, in 1/256 (§A.3); ends the interval.
    public mutating func takeFractionLost() -> UInt8 {
        let expectedNow = expected &- expectedBefore
        let lost = expectedNow &- (received &- receivedBefore)
        expectedBefore = expected
        receivedBefore = received
        guard expectedNow > 0, lost > 0 else { return 0 }
        return UInt8(clamping: (lost << 8) / expectedNow)
    }
}
