internal import TelephonyPrimitives

/// Where the next page of a list is: by number or by cursor, whichever the list has.
struct PageWalk: Sendable {
    /// Pages of one list that are asked for; nobody has so many.
    static let maximumPages = 10_000
    /// Elements of a page.
    static let pageSize = 100

    private var pages = 0
    private var lastCursor: String?
    /// What the next page is asked with; `nil` when there is none.
    private(set) var next: [QueryItem]? = [QueryItem("page[size]", "\(pageSize)")]

    /// Takes in the `meta` of the page that was asked for with ``next``.
    ///
    /// - Parameters:
    ///   - meta: of the answer.
    ///   - count: elements of the page.
    mutating func received(_ meta: JSONValue?, count: Int) {
        pages += 1
        next = nil
        // A list that goes round must end.
        guard pages < Self.maximumPages, count > 0 else { return }
        let size = QueryItem("page[size]", "\(Self.pageSize)")
        let cursors = meta?["cursors"]
        if let cursor = (cursors?["after"] ?? meta?["next_cursor"])?.filledText {
            guard cursor != lastCursor else { return }
            lastCursor = cursor
            next = [size, QueryItem("page[after]", cursor)]
        } else if cursors == nil, let total = meta?["total_pages"]?.looseInteger, pages < total {
            next = [size, QueryItem("page[number]", "\(pages + 1)")]
        }
    }
}
