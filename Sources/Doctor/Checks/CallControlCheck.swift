internal import Agent
internal import AsyncHTTPClient
internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix
public import Telnyx

/// An account at Telnyx, to be looked at.
public struct CallControlQuestion: Sendable {
    public var client: TelnyxClient
    /// Where its key was found, for a person who has to look.
    public var keyPlace: String
    /// The keys by which webhooks are checked, as the portal shows them; empty when none were given.
    public var publicKeys: [String]

    public init(client: TelnyxClient, keyPlace: String, publicKeys: [String] = []) {
        self.client = client
        self.keyPlace = keyPlace
        self.publicKeys = publicKeys
    }
}

/// Whether the API key is good, what is wrong with the account, and whether its webhooks reach somebody.
struct CallControlCheck {
    private static let subject = "call control"
    private static let patience = TimeAmount.seconds(8)
    /// Webhook URLs that are tried.
    private static let most = 8

    private let question: CallControlQuestion

    init(_ question: CallControlQuestion) {
        self.question = question
    }

    func look() async -> [CheckResult] {
        let account: TelnyxAccount
        do throws(AccountUnread) {
            account = try await question.client.account()
        } catch {
            return [Self.judge(error, keyPlace: question.keyPlace)]
        }
        var results = [
            CheckResult(Self.subject, .fine, "Telnyx takes the API key of \(question.keyPlace).")
        ]
        results += AccountReview(account).findings.map(CheckResult.init)
        let urls = account.connections.filter { [.application, .document].contains($0.kind) && $0.isActive }.compactMap(
            \.webhookURL)
        if !urls.isEmpty { results.append(judgeKeys()) }
        var tried: Set<String> = []
        for url in urls where tried.count < Self.most && tried.insert(url).inserted {
            results.append(Self.judge(webhook: url, await Self.ask(url)))
        }
        return results
    }

    static func judge(_ error: AccountUnread, keyPlace: String) -> CheckResult {
        CheckResult(
            subject, .failure, "\(error)",
            fix: "The key is that of \(keyPlace); `trunkline telnyx status` asks the same.")
    }

    /// Whether the keys can be such; whether they are the account's, Telnyx tells nobody.
    func judgeKeys() -> CheckResult {
        guard !question.publicKeys.isEmpty else {
            return CheckResult(
                Self.subject, .unknown, "Public key: not checked, for none was given (TELNYX_PUBLIC_KEY).",
                fix: "Copy it from the portal (Keys & Credentials, Public Key): without it no webhook is believed.")
        }
        for key in question.publicKeys {
            do {
                _ = try WebhookVerifier(publicKey: key)
            } catch {
                return CheckResult(
                    Self.subject, .failure, "The public key can't be used: \(error)",
                    fix: "Copy it from the portal (Keys & Credentials, Public Key).")
            }
        }
        return CheckResult(
            Self.subject, .fine,
            "The public key is one; that it is this account's, the first webhook will show, for Telnyx's API doesn't tell it."
        )
    }

    // MARK: Webhooks
    /// What an unsigned webhook was answered.
    enum WebhookAnswer: Sendable, Equatable {
        case status(Int)
        case none(reason: String)
    }

    private static func ask(_ url: String) async -> WebhookAnswer {
        var configuration = HTTPClient.Configuration()
        configuration.timeout.connect = patience
        configuration.redirectConfiguration = .disallow
        configuration.connectionPool.retryConnectionEstablishment = false
        let client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
        var request = HTTPClientRequest(url: url)
        request.method = .POST
        request.headers.add(name: "content-type", value: "application/json")
        request.headers.add(name: "user-agent", value: "trunkline doctor")
        request.body = .bytes(ByteBuffer(string: "{}"))
        let answer: WebhookAnswer
        do {
            answer = .status(Int(try await client.execute(request, timeout: patience).status.code))
        } catch {
            answer = .none(reason: ServicesCheck.sentence(error))
        }
        try? await client.shutdown()
        return answer
    }

    static func judge(webhook url: String, _ answer: WebhookAnswer) -> CheckResult {
        switch answer {
        case .status(200..<300):
            CheckResult(
                subject, .warning, "\(url) takes a webhook that nobody has signed.",
                fix: "Have it check signatures: anybody could play Telnyx there.")
        case .status(404):
            CheckResult(
                subject, .failure, "\(url) is reached, and there is nothing at its path (404).",
                fix: "Compare the path of the webhook URL with that of the server, and of a proxy before it.")
        case .status(300..<400):
            CheckResult(
                subject, .warning, "\(url) sends elsewhere: Telnyx follows that only sometimes.",
                fix: "Enter the URL that it leads to.")
        case .status(let status) where status >= 500:
            CheckResult(
                subject, .failure, "\(url) is in trouble (\(status)).",
                fix: "Look whether the server behind it runs, and whether its proxy finds it.")
        case .status(let status):
            CheckResult(subject, .fine, "\(url) is reached from here, and refuses what is not signed (\(status)).")
        case .none(let reason):
            CheckResult(
                subject, .failure, "\(url) can't be reached from here: \(reason).",
                fix:
                    "Look whether the server runs, at its name, its certificate, and at firewalls; from inside a network "
                    + "its public address may not be reachable though it is from outside.")
        }
    }
}

extension CheckResult {
    /// What was found in an account at Telnyx.
    package init(_ finding: AccountReview.Finding) {
        let verdict: Verdict =
            switch finding.verdict {
            case .fine: .fine
            case .warning: .warning
            case .failure: .failure
            }
        self.init(PrintableText.of(finding.subject), verdict, PrintableText.of(finding.text), fix: finding.fix)
    }
}
