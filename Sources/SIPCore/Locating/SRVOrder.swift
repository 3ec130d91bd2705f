/// The order in which the hosts of a service are tried (RFC 2782).
package enum SRVOrder {
    /// By priority; within one priority at random, in proportion to the weights.
    ///
    /// - Parameters:
    ///   - records: the answer's, in any order.
    ///   - random: chooses within a priority; the same generator state chooses the same order.
    package static func arrange(
        _ records: [SRVRecord], using random: inout some RandomNumberGenerator
    ) -> [SRVRecord] {
        var arranged: [SRVRecord] = []
        arranged.reserveCapacity(records.count)
        for priority in Set(records.map(\.priority)).sorted() {
            // Weight 0 goes first, so that it has its small chance. The RFC leaves the rest of the order open; a random
            // one takes away the small advantage that the first record would have.
            var left = records.filter { $0.priority == priority && $0.weight == 0 }.shuffled(using: &random)
            left += records.filter { $0.priority == priority && $0.weight != 0 }.shuffled(using: &random)
            while left.count > 1 {
                let sum = left.reduce(0) { $0 + Int($1.weight) }
                var chosen = Int.random(in: 0...sum, using: &random)
                let index = left.firstIndex { record in
                    if chosen <= Int(record.weight) { return true }
                    chosen -= Int(record.weight)
                    return false
                }
                arranged.append(left.remove(at: index ?? 0))
            }
            arranged += left
        }
        return arranged
    }
}
