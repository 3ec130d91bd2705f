internal import Agent
internal import Telephony

/// What happens on a call, while it happens (server-sent events).
extension CallAPI {
    func events(of id: String, _ request: APIRequest) async throws(Problem) -> APIResponse {
        try noQuery(request)
        var last = 0
        if request.has("last-event-id") {
            guard let number = request.header("last-event-id").flatMap({ Int($0) }), number >= 0 else {
                throw Problem(400, "bad_event_id", "Last-Event-ID is to be the id of an event of this call.")
            }
            last = number
        }
        let call = CallIdentifier(id)
        guard let entry = calls.entry(call) else {
            _ = try await stored(id)
            throw Problem(
                404, "events_gone", "The call is over, and its events are gone; GET /v1/calls/\(id) has all of it.")
        }
        // Its record may have been erased by another program.
        if entry.state == .ended, await isErased(call) { _ = try await stored(id) }
        // This tells an EventSource to come no more.
        if entry.log.isEnd(last) { return APIResponse(204) }
        guard calls.hasRoomForReader else {
            throw Problem(429, "too_many_readers", "Too many streams of events are open.", retryAfter: 10)
        }
        return APIResponse(
            200, headers: [("content-type", "text/event-stream"), ("cache-control", "no-store")],
            body: .stream(EventReader(of: call, in: calls, after: last)))
    }
}
