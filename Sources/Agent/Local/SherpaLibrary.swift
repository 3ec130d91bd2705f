internal import CSherpa

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// The functions of sherpa-onnx's C library, loaded at run time, so that `trunkline` starts without it.
@safe final class SherpaLibrary: @unchecked Sendable {
    typealias CreateRecognizer =
        @convention(c) (
            UnsafePointer<SherpaOnnxOfflineRecognizerConfig>?
        ) -> OpaquePointer?
    typealias Destroy = @convention(c) (OpaquePointer?) -> Void
    typealias CreateStream = @convention(c) (OpaquePointer?) -> OpaquePointer?
    typealias AcceptOffline = @convention(c) (OpaquePointer?, Int32, UnsafePointer<Float>?, Int32) -> Void
    typealias Decode = @convention(c) (OpaquePointer?, OpaquePointer?) -> Void
    typealias GetResult = @convention(c) (OpaquePointer?) -> UnsafePointer<SherpaOnnxOfflineRecognizerResult>?
    typealias DestroyResult = @convention(c) (UnsafePointer<SherpaOnnxOfflineRecognizerResult>?) -> Void
    typealias CreateVoice = @convention(c) (UnsafePointer<SherpaOnnxOfflineTtsConfig>?) -> OpaquePointer?
    typealias Generate =
        @convention(c) (
            OpaquePointer?, UnsafePointer<CChar>?, UnsafePointer<SherpaOnnxGenerationConfig>?, OpaquePointer?,
            OpaquePointer?
        ) -> UnsafePointer<SherpaOnnxGeneratedAudio>?
    typealias DestroyAudio = @convention(c) (UnsafePointer<SherpaOnnxGeneratedAudio>?) -> Void
    typealias CreateDetector = @convention(c) (UnsafePointer<SherpaOnnxVadModelConfig>?, Float) -> OpaquePointer?
    typealias AcceptDetector = @convention(c) (OpaquePointer?, UnsafePointer<Float>?, Int32) -> Void
    typealias AskDetector = @convention(c) (OpaquePointer?) -> Int32

    typealias GetVersion = @convention(c) () -> UnsafePointer<CChar>?

    /// The version whose header is in CSherpa.
    static let version = "2.0.1"

    let createRecognizer: CreateRecognizer
    let destroyRecognizer: Destroy
    let createStream: CreateStream
    let destroyStream: Destroy
    let acceptOffline: AcceptOffline
    let decode: Decode
    let result: GetResult
    let destroyResult: DestroyResult
    let createVoice: CreateVoice
    let destroyVoice: Destroy
    let generate: Generate
    let destroyAudio: DestroyAudio
    let createDetector: CreateDetector
    let destroyDetector: Destroy
    let acceptDetector: AcceptDetector
    let detected: AskDetector
    let isDetectorEmpty: AskDetector
    let popDetector: Destroy

    /// - Throws: ``ProviderError/unavailable(_:)`` naming the file that can't be loaded or the function it lacks.
    init(_ directory: SpeechDirectory) throws(ProviderError) {
        // The runtime first: the library refers to it by name.
        _ = unsafe try Self.open(directory.runtime)
        let handle = unsafe try Self.open(directory.library)
        func find<Function>(_ name: String, _ type: Function.Type) throws(ProviderError) -> Function {
            guard let symbol = unsafe dlsym(handle, "SherpaOnnx" + name) else {
                throw .unavailable(
                    "\(directory.library) has no function SherpaOnnx\(name): it is another version than \(Self.version). Run "
                        + "scripts/install-speech.sh again.")
            }
            return unsafe unsafeBitCast(symbol, to: type)
        }
        // The layout of what is handed over belongs to one version.
        let version = unsafe try find("GetVersionStr", GetVersion.self)
        let found = unsafe version().map { unsafe String(cString: $0) } ?? "of no version"
        guard found == Self.version else {
            throw .unavailable(
                "\(directory.library) is \(found), but \(Self.version) is needed. Run scripts/install-speech.sh again.")
        }
        unsafe createRecognizer = try find("CreateOfflineRecognizer", CreateRecognizer.self)
        unsafe destroyRecognizer = try find("DestroyOfflineRecognizer", Destroy.self)
        unsafe createStream = try find("CreateOfflineStream", CreateStream.self)
        unsafe destroyStream = try find("DestroyOfflineStream", Destroy.self)
        unsafe acceptOffline = try find("AcceptWaveformOffline", AcceptOffline.self)
        unsafe decode = try find("DecodeOfflineStream", Decode.self)
        unsafe result = try find("GetOfflineStreamResult", GetResult.self)
        unsafe destroyResult = try find("DestroyOfflineRecognizerResult", DestroyResult.self)
        unsafe createVoice = try find("CreateOfflineTts", CreateVoice.self)
        unsafe destroyVoice = try find("DestroyOfflineTts", Destroy.self)
        unsafe generate = try find("OfflineTtsGenerateWithConfig", Generate.self)
        unsafe destroyAudio = try find("DestroyOfflineTtsGeneratedAudio", DestroyAudio.self)
        unsafe createDetector = try find("CreateVoiceActivityDetector", CreateDetector.self)
        unsafe destroyDetector = try find("DestroyVoiceActivityDetector", Destroy.self)
        unsafe acceptDetector = try find("VoiceActivityDetectorAcceptWaveform", AcceptDetector.self)
        unsafe detected = try find("VoiceActivityDetectorDetected", AskDetector.self)
        unsafe isDetectorEmpty = try find("VoiceActivityDetectorEmpty", AskDetector.self)
        unsafe popDetector = try find("VoiceActivityDetectorPop", Destroy.self)
    }

    private static func open(_ path: String) throws(ProviderError) -> UnsafeMutableRawPointer {
        guard let handle = unsafe dlopen(path, RTLD_NOW | RTLD_GLOBAL) else {
            let reason = unsafe dlerror().map { unsafe String(cString: $0) } ?? "unknown reason"
            throw .unavailable("\(path) can't be loaded: \(reason). Run scripts/install-speech.sh again.")
        }
        return unsafe handle
    }
}

/// Lends `strings` as C strings, all valid until `body` returns.
func withCStrings<Result>(
    _ strings: [String], _ body: ([UnsafePointer<CChar>?]) throws(ProviderError) -> Result
) throws(ProviderError) -> Result {
    let copies = unsafe strings.map { unsafe strdup($0) }
    defer { for index in unsafe copies.indices { unsafe free(copies[index]) } }
    return try unsafe body(copies.map { unsafe UnsafePointer($0) })
}
