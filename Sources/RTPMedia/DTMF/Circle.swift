/// Sine and cosine by turns, for tables.
package enum Circle {
    package static func cosine(turns: Double) -> Double { sine(turns: turns + 0.25) }

    package static func sine(turns: Double) -> Double {
        // Into -1/4 to 1/4 of a turn, where the series is short.
        var part = turns - turns.rounded()
        if part > 0.25 { part = 0.5 - part } else if part < -0.25 { part = -0.5 - part }
        let angle = part * 2 * .pi
        var term = angle
        var sum = angle
        for index in 1...10 {
            term *= -angle * angle / Double(2 * index * (2 * index + 1))
            sum += term
        }
        return sum
    }
}
