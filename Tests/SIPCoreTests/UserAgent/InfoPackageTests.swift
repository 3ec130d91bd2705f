import SIPCore
import TelephonyPrimitives
import Testing

@Suite("An INFO of ours")
struct InfoPackageTests {
    private let body = Body(contentType: "application/x-state", octets: Array("on".utf8))

    private func refusals(_ stage: Stage) -> Int {
        stage.events.count { if case .notice(let notice) = $0 { notice.kind == .command } else { false } }
    }

    @Test(
        "names its package where the peer's Recv-Info does, and is not sent elsewhere",
        arguments: [
            ("state", "foo, State;v=1", true), ("STATE;v=2", "state", true), ("state", "foo", false),
            ("state", "", false), ("state", nil, false), (nil, nil, true),
        ] as [(String?, String?, Bool)])
    func package(_ package: String?, recvInfo: String?, isSent: Bool) throws {
        for isCaller in [true, false] {
            var stage = Stage()
            let id =
                isCaller
                ? try stage.establishOutgoing(headers: recvInfo.map { [(HeaderName("Recv-Info"), $0)] } ?? [])
                : try stage.establishIncoming(headers: recvInfo.map { ["Recv-Info: \($0)"] } ?? [])
            stage.command(.info(id, body, headers: [(.infoPackage, "wrong")], package: package))
            let info = stage.lastRequest(.info)
            #expect((info != nil) == isSent)
            #expect(refusals(stage) == (isSent ? 0 : 1))
            guard let info else { continue }
            #expect(info.values(of: .infoPackage) == [package ?? "wrong"])
            #expect(info.first(.contentDisposition) == (package == nil ? nil : "Info-Package"))
            #expect(info.first(.contentType) == "application/x-state")
            #expect(info.body == body.octets)
            stage.respond(200, to: info)
        }
    }

    @Test("has the disposition that is wanted, and need have no body")
    func disposition() throws {
        var stage = Stage()
        let id = try stage.establishOutgoing(headers: [(HeaderName("Recv-Info"), "state")])
        stage.command(.info(id, body, package: "state", disposition: "render;handling=optional"))
        #expect(stage.lastRequest(.info)?.values(of: .contentDisposition) == ["render;handling=optional"])
        stage.command(.info(id, nil, package: "state"))
        let bare = try #require(stage.lastRequest(.info))
        #expect(bare.first(.infoPackage) == "state")
        #expect(bare.first(.contentDisposition) == nil && bare.first(.contentType) == nil && bare.body.isEmpty)
    }

    @Test("follows what the peer's last Recv-Info says")
    func changed() throws {
        var stage = Stage()
        let id = try stage.establishIncoming(headers: ["Recv-Info: state"])
        for (recvInfo, count) in [("Recv-Info: other", 0), ("X-None: 1", 0), ("Recv-Info: state, other", 1)] {
            stage.request("UPDATE", headers: [recvInfo, "Allow: UPDATE"], body: "v=0 offer")
            stage.command(.answerReinvite(id, body: .answer))
            stage.command(.info(id, body, package: "state"))
            #expect(stage.requests.count { $0.method == .info } == count, "\(recvInfo)")
        }
    }

    @Test("is of packages that our REGISTER announces when there are some (RFC 6086 §5.3)")
    func register() throws {
        for packages in [[], ["dtmf", "state"]] {
            var configuration = UserAgentConfiguration()
            configuration.infoPackages = packages
            var stage = Stage(configuration)
            _ = stage.register(try Accounts.alice())
            #expect(try #require(stage.registers.last).list(of: .recvInfo) == packages)
        }
    }
}
