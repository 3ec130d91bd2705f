import TelephonyPrimitives
import Testing

@testable import SIPCore

@Suite("A non-INVITE client transaction")
struct NonInviteClientTransactionTests {
    private func make(isReliable: Bool = false) throws -> NonInviteClientTransaction {
        NonInviteClientTransaction(
            request: try TransactionMessages.request("BYE"), isReliable: isReliable, timers: .standard, now: .zero)
    }

    private func run(_ machine: inout NonInviteClientTransaction) -> [(Double, ClientStep)] {
        var steps: [(Double, ClientStep)] = []
        while let deadline = machine.deadline {
            steps.append(((deadline - .zero).inSeconds, machine.timerFired(now: deadline)))
        }
        return steps
    }

    @Test("over UDP repeats at distances that double up to T2 and times out at 64·T1 (Timers E and F)")
    func noAnswer() throws {
        var machine = try make()
        let steps = run(&machine)
        #expect(steps.map(\.0) == [0.5, 1.5, 3.5, 7.5, 11.5, 15.5, 19.5, 23.5, 27.5, 31.5, 32])
        #expect(steps.last?.1.failure == .timeout)
    }

    @Test("over TCP repeats nothing and times out all the same")
    func reliable() throws {
        var machine = try make(isReliable: true)
        #expect(run(&machine).map(\.0) == [32])
    }

    @Test("after a provisional response repeats every T2")
    func provisional() throws {
        var machine = try make()
        #expect(
            machine.receive(TransactionMessages.response(100, to: machine.request), now: .zero).deliver?.status == 100)
        #expect(run(&machine).map(\.0) == [0.5, 4.5, 8.5, 12.5, 16.5, 20.5, 24.5, 28.5, 32])
    }

    @Test("hands up one final response and swallows its copies until Timer K", arguments: [200, 404, 481])
    func final(status: Int) throws {
        var machine = try make()
        let response = TransactionMessages.response(status, to: machine.request)
        #expect(machine.receive(response, now: .zero).deliver?.status == status)
        let copy = machine.receive(response, now: .zero + .seconds(1))
        #expect(copy.deliver == nil && copy.transmit == nil)
        #expect(machine.deadline == .zero + .seconds(5))
        _ = run(&machine)
        #expect(machine.isTerminated)
    }

    @Test("over TCP is over with the final response")
    func finalReliably() throws {
        var machine = try make(isReliable: true)
        _ = machine.receive(TransactionMessages.response(200, to: machine.request), now: .zero)
        #expect(machine.isTerminated)
    }

    @Test("fails with its transport unless it has been answered")
    func transport() throws {
        var machine = try make()
        #expect(machine.transportFailed().failure == .transport)
        var answered = try make()
        _ = answered.receive(TransactionMessages.response(200, to: answered.request), now: .zero)
        #expect(answered.transportFailed().failure == nil)
    }
}
