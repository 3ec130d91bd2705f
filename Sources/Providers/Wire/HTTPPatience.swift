/// How long a service may take, and how much it may say.
struct HTTPPatience: Sendable, Hashable {
    /// Until the first progress: what answers the request, not merely a sign of life.
    var first: Duration
    /// From one progress to the next.
    var next: Duration
    /// For all of it.
    var whole: Duration
    /// Octets of the answer.
    var octets: Int

    init(
        first: Duration = .seconds(10), next: Duration = .seconds(10), whole: Duration = .seconds(120),
        octets: Int = 4 << 20
    ) {
        self.first = first
        self.next = next
        self.whole = whole
        self.octets = octets
    }
}
