internal import TelephonyPrimitives

/// All elements of a list, page after page, each page asked for when it is wanted.
public struct PagedList<Element: Sendable>: AsyncSequence, Sendable {
    public typealias Failure = TelnyxError

    let client: TelnyxClient
    let request: TelnyxRequest
    let element: @Sendable (JSONValue) -> Element?

    public func makeAsyncIterator() -> Iterator { Iterator(list: self) }

    public struct Iterator: AsyncIteratorProtocol {
        let list: PagedList
        private var walk = PageWalk()
        private var page: ArraySlice<Element> = []

        init(list: PagedList) {
            self.list = list
        }

        public mutating func next() async throws(TelnyxError) -> Element? {
            try await next(isolation: nil)
        }

        public mutating func next(isolation actor: isolated (any Actor)?) async throws(TelnyxError) -> Element? {
            while true {
                if let element = page.popFirst() { return element }
                guard let query = walk.next else { return nil }
                var request = list.request
                request.query += query
                let answer = try await list.client.send(request)
                let data = answer["data"]?.array ?? []
                walk.received(answer["meta"], count: data.count)
                page = data.compactMap(list.element)[...]
            }
        }
    }

    /// All of them at once.
    ///
    /// - Parameter maximum: more are left out.
    /// - Throws: ``TelnyxError``.
    public func all(atMost maximum: Int = 10_000) async throws(TelnyxError) -> [Element] {
        var elements: [Element] = []
        var iterator = makeAsyncIterator()
        while elements.count < maximum, let element = try await iterator.next() { elements.append(element) }
        return elements
    }
}
