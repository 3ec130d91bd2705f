/// By which trunks a number is called: the routes with the longest beginning of it count, and their trunks in order.
public struct TrunkRoutes: Hashable, Sendable {
    private struct Route: Hashable, Sendable {
        var beginning: String
        var trunks: [Int]
    }

    /// The longest beginning first.
    private var routes: [Route]
    private let count: Int

    /// Every number goes by the first trunk, and by the next ones when that fails.
    ///
    /// - Parameter count: how many trunks there are.
    public init(count: Int) {
        self.count = max(0, count)
        routes = []
    }

    /// - Parameters:
    ///   - routes: trunks by their places, by the beginning of the numbers, e.g. `+49`; the empty one is of all numbers. A
    ///     number with no route can't be called.
    ///   - count: how many trunks there are; places beyond are left out.
    public init(_ routes: [String: [Int]], count: Int) {
        self.count = max(0, count)
        self.routes = routes.map { beginning, trunks in
            Route(beginning: beginning, trunks: trunks.filter { (0..<count).contains($0) })
        }.sorted { ($1.beginning.utf8.count, $0.beginning) < ($0.beginning.utf8.count, $1.beginning) }
    }

    /// The places of the trunks by which a number may be called, the one to be tried first in front.
    public func trunks(to number: String) -> [Int] {
        guard !routes.isEmpty else { return Array(0..<count) }
        return routes.first { number.hasPrefix($0.beginning) }?.trunks ?? []
    }
}
