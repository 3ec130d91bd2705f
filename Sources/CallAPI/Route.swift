/// What can be asked: a method, and a path in which `{id}` stands for a call.
struct Route: Sendable {
    enum Action: String, Sendable, CaseIterable {
        case health, readiness, metrics, description
        case live, list, place, show, trace, erase, summarise, end, hangUp, transfer, speak, sendKeys, recording, events
        case supervise, endSupervision, whisper, listen
        case createCampaign, listCampaigns, showCampaign, pauseCampaign, resumeCampaign, cancelCampaign
        case listDoNotCall, addDoNotCall, removeDoNotCall
    }

    let method: String
    let path: String
    let action: Action
    /// Whether it is answered without a token.
    let isOpen: Bool

    private init(_ method: String, _ path: String, _ action: Action, isOpen: Bool = false) {
        self.method = method
        self.path = path
        self.action = action
        self.isOpen = isOpen
    }

    static let all: [Route] = [
        Route("GET", "/healthz", .health, isOpen: true), Route("GET", "/readyz", .readiness, isOpen: true),
        Route("GET", "/metrics", .metrics), Route("GET", "/openapi.json", .description, isOpen: true),
        Route("GET", "/v1/live", .live),
        Route("GET", "/v1/calls", .list), Route("POST", "/v1/calls", .place), Route("GET", "/v1/calls/{id}", .show),
        Route("DELETE", "/v1/calls/{id}/record", .erase), Route("DELETE", "/v1/calls/{id}", .end),
        Route("POST", "/v1/calls/{id}/summary", .summarise), Route("POST", "/v1/calls/{id}/hangup", .hangUp),
        Route("POST", "/v1/calls/{id}/transfer", .transfer), Route("POST", "/v1/calls/{id}/speak", .speak),
        Route("POST", "/v1/calls/{id}/dtmf", .sendKeys), Route("POST", "/v1/calls/{id}/recording", .recording),
        Route("POST", "/v1/calls/{id}/supervise", .supervise),
        Route("DELETE", "/v1/calls/{id}/supervise", .endSupervision),
        Route("POST", "/v1/calls/{id}/whisper", .whisper), Route("GET", "/v1/calls/{id}/audio", .listen),
        Route("GET", "/v1/calls/{id}/events", .events), Route("GET", "/v1/calls/{id}/trace", .trace),
        Route("POST", "/v1/campaigns", .createCampaign), Route("GET", "/v1/campaigns", .listCampaigns),
        Route("GET", "/v1/campaigns/{id}", .showCampaign),
        Route("POST", "/v1/campaigns/{id}/pause", .pauseCampaign),
        Route("POST", "/v1/campaigns/{id}/resume", .resumeCampaign),
        Route("POST", "/v1/campaigns/{id}/cancel", .cancelCampaign),
        Route("GET", "/v1/do-not-call", .listDoNotCall), Route("POST", "/v1/do-not-call", .addDoNotCall),
        Route("DELETE", "/v1/do-not-call", .removeDoNotCall),
    ]

    enum Match {
        case found(Route, id: String)
        /// There is such a path, for these methods.
        case otherMethods([String])
        case none
    }

    /// - Parameter path: still escaped. It is compared piece by piece and never put together with another, so that dots and
    ///   slashes in it lead nowhere.
    static func match(_ method: String, _ path: String) -> Match {
        let pieces = path.split(separator: "/", omittingEmptySubsequences: false)
        var methods: [String] = []
        for route in all {
            let wanted = route.path.split(separator: "/", omittingEmptySubsequences: false)
            guard wanted.count == pieces.count else { continue }
            var id = ""
            let fits = zip(wanted, pieces).allSatisfy { wanted, piece in
                guard wanted == "{id}" else { return wanted == piece }
                id = String(piece)
                return isIdentifier(piece)
            }
            guard fits else { continue }
            if route.method == method || (method == "HEAD" && route.method == "GET") { return .found(route, id: id) }
            methods.append(route.method)
        }
        return methods.isEmpty ? .none : .otherMethods(methods)
    }

    private static func isIdentifier(_ piece: Substring) -> Bool {
        (1...64).contains(piece.utf8.count)
            && piece.utf8.allSatisfy { octet in
                switch octet {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
                    true
                default: false
                }
            }
    }
}
