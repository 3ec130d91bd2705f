/// What the command line asks for.
struct Options {
    var towns: UInt64 = 250
    var scenarios = 40
    var tasks: Int?
    /// The one town to play, with its trace.
    var seed: UInt64?
    var wantsHelp = false

    static let usage = """
        Calls of all kinds in virtual time, through a forking proxy and over bad networks; every town has a seed of its own.

          sip-simulation                   250 towns with 40 scenarios each, on all cores
          sip-simulation --seed 17         the trace of that town alone, and what is wrong with it

          --towns N      how many towns, from seed 0 on (250)
          --scenarios N  how many calls, requests and subscriptions begin in each (40)
          --tasks N      how many towns at a time (as many as there are cores)
        """

    struct Mistake: Error, CustomStringConvertible {
        let description: String
    }

    init(_ arguments: some Sequence<String>) throws(Mistake) {
        var rest = arguments.makeIterator()
        while let option = rest.next() {
            switch option {
            case "--towns": towns = try Self.number(rest.next(), of: option)
            case "--scenarios": scenarios = try Self.number(rest.next(), of: option)
            case "--tasks": tasks = try Self.number(rest.next(), of: option)
            case "--seed": seed = try Self.number(rest.next(), of: option)
            case "--help", "-h": wantsHelp = true
            default: throw Mistake(description: "\(option) is no option; --help lists them")
            }
        }
    }

    private static func number<Number: FixedWidthInteger>(
        _ text: String?, of option: String
    ) throws(Mistake) -> Number {
        guard let number = text.flatMap({ Number($0) }), number >= 0 else {
            throw Mistake(description: "\(option) needs a number")
        }
        return number
    }
}
