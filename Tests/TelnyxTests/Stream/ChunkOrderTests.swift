import TelephonyPrimitives
import Testing

@testable import Telnyx

@Suite("Sound in order")
struct ChunkOrderTests {
    private func media(_ chunk: Int?) -> StreamMedia { StreamMedia([1], chunk: chunk) }

    private func numbers(_ pieces: [ChunkOrder.Piece]) -> [Int] { pieces.compactMap(\.media.chunk) }

    @Test("What comes in order passes at once; what is early waits for what is missing")
    func early() {
        var order = ChunkOrder(patience: .milliseconds(60))
        #expect(numbers(order.receive(media(5), now: .ms(0))) == [5])
        #expect(numbers(order.receive(media(6), now: .ms(20))) == [6])
        #expect(order.receive(media(8), now: .ms(40)).isEmpty && order.deadline == .ms(100))
        #expect(order.receive(media(9), now: .ms(60)).isEmpty)
        #expect(numbers(order.receive(media(7), now: .ms(61))) == [7, 8, 9] && order.deadline == nil)
    }

    @Test("What never comes is given up after its time, and told; what comes later still, or twice, is dropped")
    func lost() {
        var order = ChunkOrder(patience: .milliseconds(60))
        _ = order.receive(media(1), now: .ms(0))
        _ = order.receive(media(4), now: .ms(10))
        #expect(order.tick(now: .ms(69)).isEmpty)
        let pieces = order.tick(now: .ms(70))
        #expect(numbers(pieces) == [4] && pieces.map(\.lost) == [2])
        #expect(order.receive(media(2), now: .ms(71)).isEmpty && order.receive(media(4), now: .ms(72)).isEmpty)
        #expect(order.late == 2)
        #expect(numbers(order.receive(media(5), now: .ms(73))) == [5])
    }

    @Test("It holds no more than eight, and a new count or none at all is no loss")
    func bounds() {
        var order = ChunkOrder(patience: .seconds(10))
        _ = order.receive(media(0), now: .ms(0))
        var given: [ChunkOrder.Piece] = []
        for chunk in 2...10 { given += order.receive(media(chunk), now: .ms(1)) }
        #expect(numbers(given) == Array(2...10) && given.map(\.lost) == [1] + Array(repeating: 0, count: 8))
        #expect(numbers(order.receive(media(50_000), now: .ms(2))) == [50_000])
        let restarted = order.receive(media(1), now: .ms(3))
        #expect(numbers(restarted) == [1] && restarted.first?.lost == 0)
        #expect(order.receive(media(nil), now: .ms(4)).count == 1)
        #expect(order.receive(media(-1), now: .ms(4)).count == 1)
        #expect(order.receive(media(.max), now: .ms(4)).count == 1)
    }

    @Test("Any shuffling within the window comes out in order and whole", arguments: 1...50 as ClosedRange<UInt64>)
    func shuffled(_ seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var order = ChunkOrder(patience: .seconds(1))
        var given = numbers(order.receive(media(0), now: .zero))
        for block in 0..<20 {
            var chunks = Array((block * 6 + 1)...(block * 6 + 6))
            chunks.shuffle(using: &generator)
            for chunk in chunks { given += numbers(order.receive(media(chunk), now: .ms(Int64(block)))) }
        }
        #expect(given == Array(0...120) && order.late == 0)
    }

    @Test("A number is new once, within 64 of the highest")
    func window() {
        var window = SequenceWindow()
        let numbers = [10, 12, 11, 75, 12, 75, 12, 10, 1_000_000, 1_000_000, -1, .max, .min]
        let isNew = numbers.map { window.take($0) }
        // 10 is more than 64 behind 75: it can't be known any more.
        #expect(isNew == [true, true, true, true, false, false, false, true, true, false, true, true, true])
    }
}
