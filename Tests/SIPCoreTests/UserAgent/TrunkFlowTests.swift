import SIPCore
import TelephonyPrimitives
import Testing

@Suite("A flow of a trunk")
struct TrunkFlowTests {
    @Test("is played by our core as the list says", arguments: TrunkFlow.all.filter { !$0.isOfAccounts })
    func plays(_ flow: TrunkFlow) throws {
        var player = TrunkPlayer(flow)
        try player.play()
    }

    @Test("is there, and each is played here or with the accounts")
    func counted() {
        #expect(TrunkFlow.all.count == 66)
        #expect(TrunkFlow.all.filter(\.isOfAccounts).map(\.id) == ["register", "register-423", "register-503"])
    }
}
