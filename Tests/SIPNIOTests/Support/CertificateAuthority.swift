import Foundation
import SIPNIO

/// A root that nobody but the test trusts, and certificates by it, in a folder of their own.
final class CertificateAuthority: Sendable {
    private let folder: URL
    let root: CertificateFiles

    /// What is wrong with a certificate, or nothing.
    enum Flaw: Sendable {
        case none, expired, shortKey, weakHash, selfSigned
    }

    init() throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "sipnio-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        root = CertificateFiles(
            chain: folder.appending(path: "root.pem").path, privateKey: folder.appending(path: "root-key.pem").path)
        try Self.openssl(
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
            "-subj", "/CN=Test Root", "-addext", "basicConstraints=critical,CA:TRUE", "-keyout", root.privateKey,
            "-out", root.chain)
    }

    deinit {
        try? FileManager.default.removeItem(at: folder)
    }

    /// A file of this folder with `text` in it.
    func write(_ text: String, to name: String) throws -> String {
        let file = folder.appending(path: name)
        try text.write(to: file, atomically: true, encoding: .utf8)
        return file.path
    }

    /// Issues a certificate; another call with the same `name` puts another one in its place.
    func issue(
        _ name: String = "server", subject: String = "/CN=unnamed.example", names: String? = "URI:sip:example.com",
        flaw: Flaw = .none
    ) throws -> CertificateFiles {
        let files = CertificateFiles(
            chain: folder.appending(path: "\(name).pem").path,
            privateKey: folder.appending(path: "\(name)-key.pem").path)
        let request = folder.appending(path: "\(name).csr").path
        if flaw == .shortKey {
            try Self.openssl("genrsa", "-out", files.privateKey, "1024")
        } else {
            try Self.openssl("ecparam", "-genkey", "-name", "prime256v1", "-noout", "-out", files.privateKey)
        }
        try Self.openssl("req", "-new", "-key", files.privateKey, "-subj", subject, "-out", request)
        let extensions = try write(names.map { "subjectAltName=\($0)\n" } ?? "keyUsage=digitalSignature\n", to: "names")
        let signer =
            flaw == .selfSigned
            ? ["-signkey", files.privateKey] : ["-CA", root.chain, "-CAkey", root.privateKey, "-CAcreateserial"]
        try Self.openssl(
            [
                "x509", "-req", "-in", request, "-days", flaw == .expired ? "-1" : "2", "-extfile", extensions, "-out",
                files.chain,
            ]
                + signer + (flaw == .weakHash ? ["-sha1"] : []))
        return files
    }

    static func openssl(_ arguments: String...) throws { try openssl(arguments) }

    private static func openssl(_ arguments: [String]) throws {
        let openssl = Process()
        openssl.executableURL = URL(filePath: "/usr/bin/env")
        openssl.arguments = ["openssl"] + arguments
        openssl.standardError = FileHandle.nullDevice
        openssl.standardOutput = FileHandle.nullDevice
        try openssl.run()
        openssl.waitUntilExit()
        guard openssl.terminationStatus == 0 else { throw Unexpected("openssl failed: \(arguments)") }
    }
}

/// What should not have happened, in words.
struct Unexpected: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}
