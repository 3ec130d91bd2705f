import TelephonyPrimitives
import Testing

@testable import Telephony

/// Ports under calls that come and go in any order.
@Suite struct PortRangeTests {
    @Test("pairs are even, inside the range and nobody else's, and all come back", arguments: 0..<40)
    func property(seed: Int) {
        var random = SeededGenerator(seed: UInt64(seed))
        let lower = UInt16.random(in: 1...65_000, using: &random)
        let upper = min(65_535, Int(lower) + Int.random(in: 0...60, using: &random))
        let ports = lower...UInt16(upper)
        let range = PortRange(ports, startingAt: Int.random(in: Int.min...Int.max, using: &random))
        // Counted another way than the range counts.
        let pairs = ports.filter { $0.isMultiple(of: 2) && $0 < ports.upperBound }
        #expect(range.capacity == pairs.count)
        var taken: [UInt16] = []
        for _ in 0..<1000 {
            let isFull = taken.count == pairs.count
            if Bool.random(using: &random) {
                guard let port = range.take() else {
                    #expect(isFull, "none is given though one is free")
                    continue
                }
                #expect(!isFull && pairs.contains(port) && !taken.contains(port), "\(port) of \(ports)")
                taken.append(port)
            } else if let place = taken.indices.randomElement(using: &random) {
                let port = taken.remove(at: place)
                range.release(port)
                // What is given back twice is free once.
                if Bool.random(using: &random) { range.release(port) }
            }
            #expect(range.used == taken.count)
        }
        for port in taken { range.release(port) }
        #expect(range.used == 0)
        // One that was just freed rests until all others have had their turn.
        let turns = (0..<pairs.count).compactMap { _ in
            let port = range.take()
            port.map { range.release($0) }
            return port
        }
        #expect(Set(turns) == Set(pairs))
        #expect(Set((0..<pairs.count).compactMap { _ in range.take() }) == Set(pairs))
        #expect(range.take() == nil)
    }
}
