internal import Agent
internal import CallAPI
internal import Synchronization
internal import Telephony

/// Places the calls that are ordered, each in a task of its own.
final class OutgoingService: CallPlacing, Sendable {
    private struct Placement: Sendable {
        var order: CallOrder
        var call: OutgoingCall
        var page: CallPage
        /// Ends when it is not wanted any more before it is answered.
        var withdrawals: AsyncStream<Void>
        var answered: Answered
    }

    /// The call, once it is answered.
    private final class Answered: Sendable {
        let call = Mutex<(any Call)?>(nil)
    }

    private let service: CallService
    private let endpoint: Endpoint
    private let line: OutgoingLine
    /// Calls at once, in both directions.
    private let capacity: Int
    private let placements: AsyncStream<Placement>
    private let sink: AsyncStream<Placement>.Continuation
    private let isOpen = Mutex(true)

    init(service: CallService, endpoint: Endpoint, line: OutgoingLine, capacity: Int) {
        self.service = service
        self.endpoint = endpoint
        self.line = line
        self.capacity = capacity
        (placements, sink) = AsyncStream.makeStream()
    }

    var abilities: AgentAbilities { service.agent.abilities }

    func obstacle(to destination: Destination) -> String? { line.obstacle(to: destination) }

    func canonical(_ destination: Destination) -> Destination { line.canonical(destination) }

    func address(of destination: Destination) -> String { line.address(of: destination) }

    func place(_ order: CallOrder) -> Bool {
        isOpen.withLock { isOpen in
            guard isOpen, service.journal.calls.count() < capacity else { return false }
            let call = line.call(order)
            let page = CallPage(
                order.id, direction: .outgoing, remote: CallParty(address: "\(order.destination)"),
                local: line.local(of: call, to: order.destination), agent: service.agent.name, in: service.journal)
            let (withdrawals, withdrawal) = AsyncStream.makeStream(of: Void.self)
            let answered = Answered()
            service.journal.calls.opened(
                CallDoor(
                    prompter: order.brief.prompter, transfers: order.brief.transfers,
                    supervision: order.brief.supervision, abilities: service.agent.abilities,
                    hangUp: {
                        withdrawal.finish()
                        await answered.call.withLock { $0 }?.hangUp(reason: .normal)
                    }, record: { page.note($0) },
                    pauseRecording: { [service] in service.switches.set(isPaused: $0, of: page.id.text) }), to: order.id
            )
            sink.yield(
                Placement(order: order, call: call, page: page, withdrawals: withdrawals, answered: answered))
            return true
        }
    }

    /// Takes no more orders; those that were taken are carried out.
    func close() {
        isOpen.withLock { $0 = false }
        sink.finish()
    }

    /// Carries orders out until ``close()``.
    func run() async {
        await withDiscardingTaskGroup { group in
            for await placement in placements {
                group.addTask {
                    await self.carry(placement)
                    placement.order.onEnd?(placement.page.result)
                }
            }
        }
    }

    private func carry(_ placement: Placement) async {
        let (page, answered) = (placement.page, placement.answered)
        do {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { [self] in
                    try await line.place(placement.call, to: placement.order.destination, on: endpoint) {
                        page.note(progress: $0)
                    } choice: { choice in
                        page.note { .event(kind: "trunk", detail: choice.sentence, at: $0) }
                    } note: { kind, detail in
                        page.note { .event(kind: kind, detail: detail, at: $0) }
                    } _: { call in
                        answered.call.withLock { $0 = call }
                        await service.talk(on: call, brief: placement.order.brief, page: page)
                    }
                }
                group.addTask {
                    for await _ in placement.withdrawals {}
                    // Up already: whoever hung up has told the call.
                    guard answered.call.withLock({ $0 == nil }) else { return }
                    throw CancellationError()
                }
                // The call's own end, or its withdrawal.
                while (try await group.next()) != nil {
                    if group.isEmpty || page.isOver { break }
                }
                group.cancelAll()
            }
        } catch {
            page.end(CallEnd(placing: error, givenUp: "It was withdrawn before it was answered."))
        }
    }
}

extension CallEnd {
    /// How a call of ours ended that threw this, for its record.
    ///
    /// - Parameter reason: what is said of one that was given up.
    init(placing error: any Error, givenUp reason: String) {
        switch error {
        case CallError.ended(let end): self = end
        case is CancellationError: self.init(cause: .localHangUp, explanation: reason)
        default: self.init(cause: .failed, explanation: "The call could not be placed: \(error)")
        }
    }
}
