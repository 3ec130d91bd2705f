/// SHA-256 (FIPS 180-4), for the comparison of long outputs with published sums.
enum SHA256 {
    static func hex(_ message: [UInt8]) -> String {
        let primes = firstPrimes(64)
        let constants = primes.map { fraction(Double($0), root: 3) }
        var state = primes.prefix(8).map { fraction(Double($0), root: 2) }
        var padded = message + [0x80]
        while padded.count % 64 != 56 { padded.append(0) }
        for shift in stride(from: 56, through: 0, by: -8) {
            padded.append(UInt8(truncatingIfNeeded: UInt64(message.count * 8) >> UInt64(shift)))
        }
        for start in stride(from: 0, to: padded.count, by: 64) {
            compress(&state, padded[start..<(start + 64)], constants)
        }
        return state.map { word in
            let text = String(word, radix: 16)
            return String(repeating: "0", count: 8 - text.count) + text
        }.joined()
    }

    private static func compress(_ state: inout [UInt32], _ block: ArraySlice<UInt8>, _ constants: [UInt32]) {
        var words = stride(from: block.startIndex, to: block.endIndex, by: 4).map { index in
            block[index..<(index + 4)].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        }
        for index in 16..<64 {
            let (early, late) = (words[index - 15], words[index - 2])
            let first = rotate(early, 7) ^ rotate(early, 18) ^ early >> 3
            let second = rotate(late, 17) ^ rotate(late, 19) ^ late >> 10
            words.append(words[index - 16] &+ first &+ words[index - 7] &+ second)
        }
        var round = state
        for index in 0..<64 {
            let (a, e) = (round[0], round[4])
            let choice = (e & round[5]) ^ (~e & round[6])
            let majority = (a & round[1]) ^ (a & round[2]) ^ (round[1] & round[2])
            let first =
                round[7] &+ (rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)) &+ choice &+ constants[index] &+ words[index]
            let second = (rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)) &+ majority
            round = [first &+ second] + round[0..<3] + [round[3] &+ first] + round[4..<7]
        }
        for index in state.indices { state[index] &+= round[index] }
    }

    private static func rotate(_ word: UInt32, _ count: UInt32) -> UInt32 { word >> count | word << (32 - count) }

    private static func firstPrimes(_ count: Int) -> [Int] {
        var primes: [Int] = []
        var candidate = 2
        while primes.count < count {
            if primes.allSatisfy({ candidate % $0 != 0 }) { primes.append(candidate) }
            candidate += 1
        }
        return primes
    }

    /// The first 32 bits of the fraction of a square or cube root, by bisection in whole numbers.
    private static func fraction(_ value: Double, root: Int) -> UInt32 {
        var low = UInt64(0)
        var high = UInt64(1) << 37
        let target = UInt64(value)
        while high - low > 1 {
            let middle = (low + high) / 2
            if isAtMost(middle, root: root, target: target) { low = middle } else { high = middle }
        }
        return UInt32(truncatingIfNeeded: low)
    }

    /// Whether the power of a number with 32 binary places is at most a whole number.
    private static func isAtMost(_ number: UInt64, root: Int, target: UInt64) -> Bool {
        let wide = UInt128(number)
        return root == 2 ? wide * wide <= UInt128(target) << 64 : wide * wide * wide <= UInt128(target) << 96
    }
}
