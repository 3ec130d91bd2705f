internal import AsyncHTTPClient
internal import FoundationEssentials
internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix
internal import SIPCore

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// A service that the agent needs, and a request to it that costs nothing and needs the key.
public struct ServiceQuestion: Sendable {
    /// Where the configuration names it, e.g. `model`.
    public var subject: String
    /// Who it is, e.g. `openai`.
    public var name: String
    /// What is asked for, by GET.
    public var url: String
    /// Header fields, the key among them.
    public var headers: [(name: String, value: String)]
    /// Where the key was found, for a person who has to look; `nil` when none is sent.
    public var keyPlace: String?

    public init(
        subject: String, name: String, url: String, headers: [(name: String, value: String)] = [],
        keyPlace: String? = nil
    ) {
        self.subject = subject
        self.name = name
        self.url = url
        self.headers = headers
        self.keyPlace = keyPlace
    }

    /// What stands before the path.
    var origin: String {
        let scheme = url.firstRange(of: "://")?.upperBound ?? url.startIndex
        return String(url[..<(url[scheme...].firstIndex(of: "/") ?? url.endIndex)])
    }
}

/// Whether the services that the agent needs are there and take our keys.
struct ServicesCheck {
    private static let patience = TimeAmount.seconds(8)

    private let questions: [ServiceQuestion]

    init(_ questions: [ServiceQuestion]) {
        self.questions = questions
    }

    func look() async -> (results: [CheckResult], times: [TimeTold]) {
        guard !questions.isEmpty else { return ([], []) }
        var configuration = HTTPClient.Configuration()
        configuration.timeout.connect = Self.patience
        configuration.redirectConfiguration = .disallow
        configuration.connectionPool.retryConnectionEstablishment = false
        let client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
        var results: [CheckResult] = []
        var times: [TimeTold] = []
        for question in questions {
            var request = HTTPClientRequest(url: question.url)
            request.headers = HTTPHeaders(question.headers.map { ($0.name, $0.value) })
            let answer: Answer
            do {
                let response = try await client.execute(request, timeout: Self.patience)
                answer = .status(Int(response.status.code))
                if let text = response.headers.first(name: "date"), let date = try? SIPDate(parsing: text) {
                    times.append(
                        TimeTold(
                            who: question.name, theirs: date.seconds, ours: Int64(Date().timeIntervalSince1970)))
                }
            } catch {
                answer = .none(reason: Self.sentence(error))
            }
            results.append(Self.judge(question, answer))
        }
        try? await client.shutdown()
        return (results, times)
    }

    enum Answer: Sendable, Equatable {
        case status(Int)
        case none(reason: String)
    }

    /// Why there is no answer, without what only programmers understand.
    static func sentence(_ error: any Error) -> String {
        switch error {
        case let error as HTTPClientError where error == .connectTimeout: "no connection came up within 8 s"
        case let error as HTTPClientError where error == .deadlineExceeded || error == .readTimeout:
            "no answer came within 8 s"
        case let error as NIOConnectionError:
            if let first = error.connectionErrors.first {
                sentence(first.error)
            } else {
                "there is no address for \(error.host)"
            }
        case let error as IOError: unsafe String(cString: strerror(error.errnoCode))
        default: "\(error)"
        }
    }

    static func judge(_ question: ServiceQuestion, _ answer: Answer) -> CheckResult {
        let (subject, name) = (question.subject, question.name)
        switch answer {
        case .status(200..<300):
            let key = question.keyPlace == nil ? "" : " and takes the key"
            return CheckResult(subject, .fine, "\(name) answers\(key).")
        case .status(let status) where status == 401 || status == 403:
            let place = question.keyPlace.map { "the key in \($0)" } ?? "us without a key"
            return CheckResult(
                subject, .failure, "\(name) refuses \(place) (\(status)).",
                fix: question.keyPlace == nil
                    ? "Give it one: \(subject).api_key_env or \(subject).api_key_file."
                    : "Get a new key from \(name), and put it there.")
        case .status(429):
            return CheckResult(
                subject, .warning, "\(name) takes the key, and has had enough of us for now (429).",
                fix: "Look at your limits and your balance there.")
        case .status(let status) where status >= 500:
            return CheckResult(
                subject, .warning, "\(name) is in trouble (\(status)).",
                fix: "Look at its status page; name another with \(subject).fallback.")
        case .status(let status):
            // A server of one's own need not know this path.
            return CheckResult(
                subject, .fine, "\(name) answers at \(question.origin) (\(status)); the key was not tried.")
        case .none(let reason):
            return CheckResult(
                subject, .failure, "\(name) can't be reached at \(question.origin): \(reason).",
                fix: "Look at the address, at DNS (`getent hosts`), at a firewall, or whether it runs.")
        }
    }
}
