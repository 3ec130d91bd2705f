internal import Agent
internal import FoundationEssentials
internal import Logging
internal import TrunklineConfiguration
internal import Webhooks

/// Delivers webhooks as long as the server runs. What is left then is delivered when it runs again.
struct WebhookDelivery: Sendable {
    private let post: HTTPPost
    private let courier: WebhookCourier
    private let delivering: Task<Void, Never>

    /// - Returns: `nil` when nobody is to be told.
    init?(_ url: String?, _ signature: WebhookSignature?, from store: SQLiteCallStore, logger: Logger) {
        guard let url, let signature else { return nil }
        let post = HTTPPost(url: url)
        self.post = post
        let courier = WebhookCourier(
            store: store, post: post, signature: signature, logger: logger, wallClock: { WallClock.now })
        // Unstructured: it begins before calls are taken, and ends after the last of them.
        delivering = Task { await courier.run() }
        self.courier = courier
    }

    /// Delivers what is due, for some seconds at most.
    func close() async {
        courier.finish()
        let delivering = delivering
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await delivering.value }
            group.addTask {
                try? await Task.sleep(for: .seconds(3))
                delivering.cancel()
            }
            await group.next()
            group.cancelAll()
        }
        await post.close()
    }
}

extension CallNews {
    /// What a configuration has told.
    static func told(_ webhooks: Configuration.Webhooks) -> Set<CallNews> {
        webhooks.url == nil ? [] : Set(webhooks.events.compactMap { CallNews(rawValue: $0.rawValue) })
    }
}

extension WebhookSignature {
    /// - Returns: `nil` when nobody is to be told.
    /// - Throws: ``AgentMaking/Failure`` when the secret can't be read, or could be guessed.
    init?(_ webhooks: Configuration.Webhooks) throws(AgentMaking.Failure) {
        guard webhooks.url != nil else { return nil }
        var secret = webhooks.secret
        let file = webhooks.secretFile.map(HomePath.expand)
        if let file { secret = try? String(contentsOfFile: file, encoding: .utf8) }
        let place = file.map { "webhooks.secret_file: \($0)" } ?? "webhooks.secret_env"
        guard let secret else {
            throw AgentMaking.Failure(
                sentence: "\(place) can't be read; write a line of `openssl rand -hex 32` into it.")
        }
        guard let signature = WebhookSignature(secret: secret) else {
            throw AgentMaking.Failure(
                sentence: "\(place): the secret is no base64 behind whsec_, or has under "
                    + "\(WebhookSignature.minimumLength) octets, and could be guessed; make one with "
                    + "`openssl rand -hex 32`.")
        }
        self = signature
    }
}
