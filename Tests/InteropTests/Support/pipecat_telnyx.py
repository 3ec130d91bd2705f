"""Pipecat's serializer for Telnyx on our messages: reads them, and writes its own, one a line.

  pipecat_telnyx.py FILE     FILE has a message of the carrier a line
"""
import asyncio
import pathlib
import struct
import sys
import types

from pipecat.frames.frames import InputAudioRawFrame, InputDTMFFrame, InterruptionFrame, OutputAudioRawFrame
from pipecat.runner.utils import parse_telephony_websocket
from pipecat.serializers.telnyx import TelnyxFrameSerializer

lines = pathlib.Path(sys.argv[1]).read_text().splitlines()


class Socket:
    """As much of a WebSocket as is read at the start."""

    async def texts(self):
        for line in lines:
            yield line

    def iter_text(self):
        return self.texts()

    async def receive_text(self):
        return lines.pop(0)


async def main():
    kind, data = await parse_telephony_websocket(Socket())
    print("call", kind, data["stream_id"], data["call_id"], data["outbound_encoding"], flush=True)
    serializer = TelnyxFrameSerializer(
        stream_id=data["stream_id"], outbound_encoding=data["outbound_encoding"], inbound_encoding=data["outbound_encoding"],
        params=TelnyxFrameSerializer.InputParams(auto_hang_up=False, sample_rate=8000))
    await serializer.setup(types.SimpleNamespace(audio_in_sample_rate=8000))
    for line in lines:
        frame = await serializer.deserialize(line)
        if isinstance(frame, InputAudioRawFrame):
            samples = struct.unpack(f"<{len(frame.audio) // 2}h", frame.audio)
            print("heard", len(samples), samples[0], samples[-1], flush=True)
        elif isinstance(frame, InputDTMFFrame):
            print("key", frame.button.value, flush=True)
    sound = struct.pack("<160h", *range(-8000, 8000, 100))
    out = await serializer.serialize(OutputAudioRawFrame(audio=sound, sample_rate=8000, num_channels=1))
    print("out", out, flush=True)
    print("out", await serializer.serialize(InterruptionFrame()), flush=True)


asyncio.run(main())
