internal import Synchronization

/// The even UDP ports from which calls take an RTP port and the RTCP port above it (RFC 3550 §11).
///
/// Ports are handed out in turn, so that one that was just freed rests for as long as possible: packets of an old call
/// then find nobody.
public final class PortRange: Sendable {
    private struct State {
        var next: Int
        var used: Set<UInt16> = []
    }

    private let first: Int
    private let pairs: Int
    private let state: Mutex<State>

    /// - Parameters:
    ///   - ports: the range from a configuration, e.g. 16384…32767; odd ends are left out.
    ///   - start: which pair to begin with, so that two processes on a machine seldom collide.
    public init(_ ports: ClosedRange<UInt16>, startingAt start: Int = 0) {
        first = (Int(ports.lowerBound) + 1) & ~1
        pairs = max(0, (Int(ports.upperBound) - first + 1) / 2)
        state = Mutex(State(next: pairs > 0 ? start.magnitudeRemainder(pairs) : 0))
    }

    /// How many calls the range holds.
    public var capacity: Int { pairs }

    /// How many pairs are taken now.
    public var used: Int {
        state.withLock { $0.used.count }
    }

    /// Takes the next free pair; `nil` when all are taken.
    ///
    /// - Returns: the even port; the odd one above it goes with it.
    public func take() -> UInt16? {
        state.withLock { state in
            for _ in 0..<pairs {
                let port = UInt16(truncatingIfNeeded: first + state.next * 2)
                state.next = (state.next + 1) % pairs
                if state.used.insert(port).inserted { return port }
            }
            return nil
        }
    }

    public func release(_ port: UInt16) {
        state.withLock { _ = $0.used.remove(port) }
    }
}

extension Int {
    fileprivate func magnitudeRemainder(_ divisor: Int) -> Int {
        Int(magnitude % UInt(divisor))
    }
}
