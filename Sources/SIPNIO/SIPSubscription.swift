public import SIPCore

/// A subscription of ours to events of somebody else (RFC 6665).
public final class SIPSubscription: Sendable {
    /// News of the resource.
    public struct Notification: Sendable {
        /// How the subscription stands.
        public let state: SubscriptionState
        /// The NOTIFY, with its body; 200 is already sent.
        public let request: Request
    }

    package let id: SubscriptionID
    /// Every notification, in order, until the subscription is over; for one reader. A reader that stalls misses the
    /// oldest.
    public let notifications: AsyncStream<Notification>

    private let userAgent: SIPUserAgent
    private let sink: AsyncStream<Notification>.Continuation
    private let ends: AsyncStream<SubscriptionEnd>
    private let endSink: AsyncStream<SubscriptionEnd>.Continuation

    init(id: SubscriptionID, userAgent: SIPUserAgent) {
        self.id = id
        self.userAgent = userAgent
        (notifications, sink) = AsyncStream.makeStream(of: Notification.self, bufferingPolicy: .bufferingNewest(64))
        (ends, endSink) = AsyncStream.makeStream(of: SubscriptionEnd.self, bufferingPolicy: .bufferingNewest(1))
    }

    /// Ends it; one last notification may come.
    public func unsubscribe() async {
        await userAgent.perform(.unsubscribe(id))
    }

    /// Waits until it is over; for one reader.
    ///
    /// - Returns: why; `nil` when the task was cancelled before.
    public func ended() async -> SubscriptionEnd? {
        for await end in ends { return end }
        return nil
    }

    func notified(_ state: SubscriptionState, by request: Request) {
        sink.yield(Notification(state: state, request: request))
    }

    func ended(_ end: SubscriptionEnd) {
        sink.finish()
        endSink.yield(end)
        endSink.finish()
    }
}
