import TelephonyPrimitives
import Testing

@testable import SIPCore

@Suite("An INVITE server transaction")
struct InviteServerTransactionTests {
    private let invite: Request
    private let ack: Request

    init() throws {
        invite = try TransactionMessages.request("INVITE")
        ack = try TransactionMessages.request("ACK", toTag: "t1")
    }

    private func make(isReliable: Bool = false) -> InviteServerTransaction {
        InviteServerTransaction(isReliable: isReliable, timers: .standard)
    }

    private func run(_ machine: inout InviteServerTransaction) -> [(Double, ServerStep)] {
        var steps: [(Double, ServerStep)] = []
        while let deadline = machine.deadline {
            steps.append(((deadline - .zero).inSeconds, machine.timerFired(now: deadline)))
        }
        return steps
    }

    @Test("answers a copy of the INVITE with the last provisional response")
    func proceeding() {
        var machine = make()
        #expect(machine.receive(invite, now: .zero).transmit == nil)
        for status in [100, 180, 183] {
            let response = TransactionMessages.response(status, to: invite)
            #expect(machine.send(response, now: .zero).transmit == response.octets)
            let copy = machine.receive(invite, now: .zero)
            #expect(copy.transmit == response.octets)
            #expect(copy.isRetransmission)
            #expect(machine.repeatResponse().transmit == response.octets)
        }
        #expect(machine.deadline == nil)
        #expect(machine.receive(ack, now: .zero).deliver == nil)
    }

    @Test("over UDP repeats a refusal up to T2 apart until Timer H, and says that no ACK came (Timers G and H)")
    func refused() {
        var machine = make()
        _ = machine.send(TransactionMessages.response(486, to: invite), now: .zero)
        let steps = run(&machine)
        #expect(steps.map(\.0) == [0.5, 1.5, 3.5, 7.5, 11.5, 15.5, 19.5, 23.5, 27.5, 31.5, 32])
        #expect(steps.dropLast().allSatisfy { $0.1.transmit != nil && !$0.1.isUnacknowledged })
        #expect(steps.last?.1.isUnacknowledged == true)
        #expect(machine.isTerminated)
    }

    @Test("over TCP repeats no refusal but waits for its ACK")
    func refusedReliably() {
        var machine = make(isReliable: true)
        _ = machine.send(TransactionMessages.response(486, to: invite), now: .zero)
        #expect(machine.receive(ack, now: .zero).transmit == nil)
        #expect(machine.isTerminated)

        var lonely = make(isReliable: true)
        _ = lonely.send(TransactionMessages.response(486, to: invite), now: .zero)
        #expect(run(&lonely).map(\.0) == [32])
    }

    @Test("after the ACK of a refusal is quiet and ends with Timer I")
    func confirmed() {
        var machine = make()
        let refusal = TransactionMessages.response(486, to: invite)
        _ = machine.send(refusal, now: .zero)
        #expect(machine.receive(invite, now: .zero).transmit == refusal.octets)
        #expect(machine.receive(ack, now: .zero + .seconds(1)).deliver == nil)
        #expect(machine.receive(ack, now: .zero + .seconds(2)).transmit == nil)
        #expect(machine.receive(invite, now: .zero + .seconds(2)).transmit == nil)
        #expect(run(&machine).map(\.0) == [6])
        #expect(machine.isTerminated)
    }

    @Test("after a 2xx swallows copies of the INVITE and hands up ACKs until Timer L (RFC 6026)")
    func accepted() {
        var machine = make()
        let answer = TransactionMessages.response(200, to: invite)
        _ = machine.send(answer, now: .zero)
        #expect(machine.receive(invite, now: .zero).transmit == nil)
        #expect(machine.receive(ack, now: .zero).deliver != nil)
        #expect(machine.repeatResponse().transmit == answer.octets)
        #expect(run(&machine).map(\.0) == [32])
        #expect(machine.isTerminated)
        #expect(machine.repeatResponse().transmit == nil)
    }

    @Test("sends one final response only", arguments: [(200, 486), (486, 200), (200, 180), (486, 180)])
    func once(first: Int, second: Int) {
        var machine = make()
        #expect(machine.send(TransactionMessages.response(first, to: invite), now: .zero).transmit != nil)
        #expect(machine.send(TransactionMessages.response(second, to: invite), now: .zero).transmit == nil)
    }
}

@Suite("A non-INVITE server transaction")
struct NonInviteServerTransactionTests {
    private let bye: Request

    init() throws {
        bye = try TransactionMessages.request("BYE")
    }

    @Test("swallows copies until it is answered, then answers them again until Timer J")
    func copies() {
        var machine = NonInviteServerTransaction(isReliable: false, timers: .standard, now: .zero)
        #expect(machine.receive(bye, now: .zero).transmit == nil)
        for status in [100, 200] {
            let response = TransactionMessages.response(status, to: bye)
            #expect(machine.send(response, now: .zero + .seconds(1)).transmit == response.octets)
            #expect(machine.receive(bye, now: .zero + .seconds(1)).transmit == response.octets)
        }
        #expect(machine.send(TransactionMessages.response(481, to: bye), now: .zero).transmit == nil)
        #expect(machine.deadline == .zero + .seconds(33))
        _ = machine.timerFired(now: .zero + .seconds(33))
        #expect(machine.isTerminated)
    }

    @Test("over TCP is over with the final response")
    func reliable() {
        var machine = NonInviteServerTransaction(isReliable: true, timers: .standard, now: .zero)
        #expect(machine.send(TransactionMessages.response(200, to: bye), now: .zero).transmit != nil)
        #expect(machine.isTerminated)
    }

    @Test("is forgotten in silence when nobody answers: a 408 would come too late (RFC 4320)")
    func unanswered() {
        var machine = NonInviteServerTransaction(isReliable: false, timers: .standard, now: .zero)
        #expect(machine.timerFired(now: .zero + .seconds(32)).transmit == nil)
        #expect(machine.isTerminated)
    }
}
