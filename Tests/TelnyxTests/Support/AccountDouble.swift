import Synchronization
import TelephonyPrimitives

@testable import Telnyx

/// An account at Telnyx in memory: lists in pages, things made, things changed.
final class AccountDouble: TelnyxTransport {
    private let state: Mutex<State>

    fileprivate struct State {
        var collections: [String: [JSONValue]]
        var lastID = 100
        var changes: [TelnyxRequest] = []
        /// By collection, what is answered in place of doing it.
        var refusals: [String: TelnyxAnswer] = [:]
    }

    init(_ collections: [String: [JSONValue]] = [:]) {
        state = Mutex(State(collections: collections))
    }

    /// What was made and changed.
    var changes: [TelnyxRequest] { state.withLock { $0.changes } }

    func refuse(_ collection: String, with answer: TelnyxAnswer) {
        state.withLock { $0.refusals[collection] = answer }
    }

    func send(_ request: TelnyxRequest, key: Secret, limit: Duration) async throws(TransportFailure) -> TelnyxAnswer {
        state.withLock { $0.answer(to: request) }
    }
}

extension AccountDouble.State {
    fileprivate mutating func answer(to request: TelnyxRequest) -> TelnyxAnswer {
        let segments = request.path.split(separator: "/").map(String.init)
        guard let collection = segments.first else { return Self.refusal(404) }
        if request.method == .get { return refusals["GET " + collection] ?? list(collection, request.query) }
        changes.append(request)
        if let refusal = refusals[collection] { return refusal }
        switch request.method {
        case .post where segments.count == 1:
            lastID += 1
            var members = request.body?.object ?? [:]
            members["id"] = .string("\(lastID)")
            members["password"] = nil
            collections[collection, default: []].append(.object(members))
            return Self.success(["data": .object(members)])
        case .patch where segments.count == 2:
            guard let place = collections[collection]?.firstIndex(where: { $0["id"]?.string == segments[1] }) else {
                return Self.refusal(404)
            }
            var members = collections[collection]?[place].object ?? [:]
            for (name, value) in request.body?.object ?? [:] { members[name] = value }
            collections[collection]?[place] = .object(members)
            return Self.success(["data": .object(members)])
        default: return Self.refusal(404)
        }
    }

    private func list(_ collection: String, _ query: [QueryItem]) -> TelnyxAnswer {
        func value(_ name: String) -> String? { query.first { $0.name == name }?.value }
        let part = value("filter[phone_number]")
        let found = (collections[collection] ?? []).filter { element in
            part.map { element["phone_number"]?.string?.contains($0) == true } ?? true
        }
        // Two on a page, whatever is asked for, so that there are pages.
        let page = value("page[number]").flatMap { Int($0) } ?? 1
        return Self.success([
            "data": .array(Array(found.dropFirst((page - 1) * 2).prefix(2))),
            "meta": ["total_pages": .number(Double((found.count + 1) / 2)), "page_number": .number(Double(page))],
        ])
    }

    private static func success(_ json: JSONValue) -> TelnyxAnswer {
        TelnyxAnswer(status: 200, body: Array(json.json.utf8))
    }

    private static func refusal(_ status: Int) -> TelnyxAnswer { TelnyxAnswer(status: status) }
}
