import TelephonyPrimitives
import Testing

@testable import SIPCore

@Suite("An INVITE client transaction")
struct InviteClientTransactionTests {
    private func make(isReliable: Bool = false) throws -> InviteClientTransaction {
        InviteClientTransaction(
            request: try TransactionMessages.request("INVITE"), isReliable: isReliable, timers: .standard, now: .zero)
    }

    /// Runs the machine's own timers and notes at which second each step came.
    private func run(_ machine: inout InviteClientTransaction, until end: Int = 100) -> [(Double, ClientStep)] {
        var steps: [(Double, ClientStep)] = []
        while let deadline = machine.deadline, deadline <= .zero + .seconds(end) {
            steps.append(((deadline - .zero).inSeconds, machine.timerFired(now: deadline)))
        }
        return steps
    }

    @Test("over UDP repeats at doubling distances and times out at 64·T1 (Timers A and B)")
    func noAnswer() throws {
        var machine = try make()
        let steps = run(&machine)
        #expect(steps.map(\.0) == [0.5, 1.5, 3.5, 7.5, 15.5, 31.5, 32])
        #expect(steps.dropLast().allSatisfy { $0.1.transmit == machine.request.octets && $0.1.isRetransmission })
        #expect(steps.last?.1.failure == .timeout)
        #expect(steps.last?.1.transmit == nil)
        #expect(machine.isTerminated)
    }

    @Test("over TCP repeats nothing and times out all the same")
    func reliable() throws {
        var machine = try make(isReliable: true)
        let steps = run(&machine)
        #expect(steps.map(\.0) == [32])
        #expect(steps.first?.1.failure == .timeout)
    }

    @Test("is quiet after a provisional response, for however long it rings")
    func provisional() throws {
        var machine = try make()
        let ringing = TransactionMessages.response(180, to: machine.request)
        #expect(machine.receive(ringing, now: .zero).deliver?.status == 180)
        #expect(machine.deadline == nil)
        #expect(machine.isProceeding)
        #expect(machine.receive(ringing, now: .zero).deliver?.status == 180)
        #expect(machine.timerFired(now: .zero + .seconds(200)).failure == nil)
    }

    @Test(
        "acknowledges a refusal on its own branch and each copy of it until Timer D", arguments: [300, 404, 503, 699])
    func refused(status: Int) throws {
        var machine = try make()
        let refusal = TransactionMessages.response(status, to: machine.request)
        let step = machine.receive(refusal, now: .zero)
        #expect(step.deliver?.status == status)
        guard case .request(let ack) = try Message(parsing: try #require(step.transmit)) else {
            Issue.record("the ACK is no request")
            return
        }
        #expect(ack.method == .ack)
        #expect(ack.requestURIText == machine.request.requestURIText)
        #expect(ack.values(of: .via) == machine.request.values(of: .via))
        #expect(ack.values(of: .route) == machine.request.values(of: .route))
        #expect(ack.first(.to) == refusal.first(.to))
        #expect(ack.first(.from) == machine.request.first(.from))
        #expect(ack.first(.cseq) == "1 ACK")
        #expect(ack.first(.maxForwards) == "70")
        #expect(ack.first(.proxyAuthorization) == "Digest x")
        try ack.validate()

        let copy = machine.receive(refusal, now: .zero + .seconds(5))
        #expect(copy.transmit == step.transmit)
        #expect(copy.deliver == nil)
        let late = machine.receive(TransactionMessages.response(200, to: machine.request), now: .zero + .seconds(6))
        #expect(late.transmit == nil && late.deliver == nil)
        #expect(machine.deadline == .zero + .seconds(32))
        _ = run(&machine)
        #expect(machine.isTerminated)
    }

    @Test("over TCP is over with the refusal")
    func refusedReliably() throws {
        var machine = try make(isReliable: true)
        let step = machine.receive(TransactionMessages.response(486, to: machine.request), now: .zero)
        #expect(step.transmit != nil)
        #expect(machine.isTerminated)
    }

    @Test("hands up every 2xx until Timer M and acknowledges none itself (RFC 6026)", arguments: [false, true])
    func accepted(isReliable: Bool) throws {
        var machine = try make(isReliable: isReliable)
        let answer = TransactionMessages.response(200, to: machine.request)
        for second in [0, 1, 20] {
            let step = machine.receive(answer, now: .zero + .seconds(second))
            #expect(step.deliver?.status == 200)
            #expect(step.transmit == nil)
        }
        #expect(machine.receive(TransactionMessages.response(180, to: machine.request), now: .zero).deliver == nil)
        #expect(machine.receive(TransactionMessages.response(486, to: machine.request), now: .zero).deliver == nil)
        #expect(machine.deadline == .zero + .seconds(32))
        _ = run(&machine)
        #expect(machine.isTerminated)
        #expect(machine.receive(answer, now: .zero + .seconds(40)).deliver == nil)
    }

    @Test("fails with its transport while nothing has come")
    func transport() throws {
        var machine = try make()
        #expect(machine.transportFailed().failure == .transport)
        #expect(machine.isTerminated)

        var ringing = try make()
        _ = ringing.receive(TransactionMessages.response(180, to: ringing.request), now: .zero)
        #expect(ringing.transportFailed().failure == nil)

        var connected = try make(isReliable: true)
        _ = connected.receive(TransactionMessages.response(180, to: connected.request), now: .zero)
        #expect(connected.transportFailed().failure == .transport)
    }
}
