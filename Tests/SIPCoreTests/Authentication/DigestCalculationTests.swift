import Testing

@testable import SIPCore

@Suite("A digest response")
struct DigestCalculationTests {
    @Test("is what the published and computed vectors say", arguments: DigestVectors.all.vectors)
    func vector(_ vector: DigestVectors.Vector) throws {
        let algorithm = try #require(DigestAlgorithm(name: vector.algorithm))
        let calculation = DigestCalculation(
            algorithm: algorithm, username: vector.username, realm: vector.realm, password: vector.password,
            method: vector.method ?? "", uri: vector.uri, nonce: vector.nonce, cnonce: vector.cnonce ?? "",
            nonceCount: vector.nc ?? "", quality: vector.qop.flatMap { QualityOfProtection(name: $0) },
            body: vector.body)
        #expect(calculation.secretHash == vector.ha1)
        #expect(calculation.response == vector.response ?? vector.rspauth)
    }

    @Test("rests on a SHA-512/256 that is right at every padding length")
    func hash() {
        // FIPS 180-4 example, and lengths around the end of a block.
        #expect(
            hexadecimal(SHA512Half256.hash(Array("abc".utf8)))
                == "53048e2681941ef99b2e29b76b4c7dabe4c2d0c634fc6d46e0e2f13107e7af23")
        #expect(
            hexadecimal(SHA512Half256.hash([]))
                == "c672b8d1ef56ed28ab87c3622c5114069bdd3ad7b8f9737498d0c01ecef0967a")
        let known = [
            111:
                "0239e429f98d0ed61ee8e2a7c30afe98c1c3a80ce5dff62a107e9c538f7632ce",
            112:
                "9216b5303edb66504570bee90e48ea5beaa5e9fe9f760bbd3e0460559fc005f6",
            119:
                "6cb452f832033489de69b49d6a8e8a1e0018092f1986c132287f4ca4ab3ee545",
            120:
                "2e6ca4d879d367d7708701ed2e448540d04a6b8fcd2b0806278cf36090b9ba2b",
            128:
                "b88f97e274f9c1d49f181c8cbd01a9c74930ad055a46ac4499a1d601f1c80bf2",
            300:
                "19f6f40dff1362d4798293b101b08b0e7d6ca4748780c164701ecce2412e3d17",
        ]
        for (length, digest) in known {
            #expect(hexadecimal(SHA512Half256.hash(Array(repeating: 0x61, count: length))) == digest)
        }
    }
}
