"""A bot made with pipecat, without any AI: it plays a tone when the call begins, sends back what it hears, and obeys keys.

1: another tone.  2: ten seconds of a tone, which is cut off by a pipecat interruption after three.  3: it leaves.
"""
import asyncio
import math
import struct
import sys

import uvicorn
from fastapi import FastAPI, WebSocket
from pipecat.frames.frames import (
    EndWorkerFrame, InputAudioRawFrame, InputDTMFFrame, InterruptionFrame, OutputAudioRawFrame, StartFrame,
)
from pipecat.pipeline.pipeline import Pipeline
from pipecat.workers.runner import WorkerRunner
from pipecat.pipeline.worker import PipelineParams, PipelineWorker
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor
from pipecat.runner.utils import parse_telephony_websocket
from pipecat.serializers.telnyx import TelnyxFrameSerializer
from pipecat.serializers.twilio import TwilioFrameSerializer
from pipecat.transports.websocket.fastapi import FastAPIWebsocketParams, FastAPIWebsocketTransport

RATE = 16000


def tone(hertz, seconds):
    count = int(RATE * seconds)
    samples = (int(8000 * math.sin(2 * math.pi * hertz * n / RATE)) for n in range(count))
    return OutputAudioRawFrame(audio=struct.pack(f"<{count}h", *samples), sample_rate=RATE, num_channels=1)


class Bot(FrameProcessor):
    echoes = False

    async def process_frame(self, frame, direction):
        await super().process_frame(frame, direction)
        if isinstance(frame, StartFrame):
            await self.push_frame(frame, direction)
            await self.push_frame(tone(500, 2))
        elif isinstance(frame, InputAudioRawFrame):
            if self.echoes:
                await self.push_frame(OutputAudioRawFrame(
                    audio=frame.audio, sample_rate=frame.sample_rate, num_channels=frame.num_channels))
        elif isinstance(frame, InputDTMFFrame):
            print("key", frame.button.value, flush=True)
            await self.obey(frame.button.value)
        else:
            await self.push_frame(frame, direction)

    async def obey(self, key):
        if key == "1":
            await self.push_frame(tone(800, 2))
        elif key == "2":
            await self.push_frame(tone(1200, 10))
            self.create_task(self.interrupt())
        elif key == "3":
            await self.push_frame(EndWorkerFrame(), FrameDirection.UPSTREAM)
        elif key == "4":
            self.echoes = True

    async def interrupt(self):
        await asyncio.sleep(3)
        await self.push_frame(InterruptionFrame())
        print("interrupted", flush=True)


app = FastAPI()


@app.websocket("/ws")
async def serve(websocket: WebSocket):
    await websocket.accept()
    kind, data = await parse_telephony_websocket(websocket)
    print("call", kind, flush=True)
    if kind == "twilio":
        serializer = TwilioFrameSerializer(
            stream_sid=data["stream_id"], params=TwilioFrameSerializer.InputParams(auto_hang_up=False))
    else:
        serializer = TelnyxFrameSerializer(
            stream_id=data["stream_id"], outbound_encoding=data["outbound_encoding"],
            inbound_encoding=data["outbound_encoding"],
            params=TelnyxFrameSerializer.InputParams(auto_hang_up=False))
    transport = FastAPIWebsocketTransport(
        websocket=websocket,
        params=FastAPIWebsocketParams(
            audio_in_enabled=True, audio_out_enabled=True, add_wav_header=False, serializer=serializer))
    worker = PipelineWorker(
        Pipeline([transport.input(), Bot(), transport.output()]),
        params=PipelineParams(audio_in_sample_rate=RATE, audio_out_sample_rate=RATE))

    @transport.event_handler("on_client_disconnected")
    async def gone(transport, client):
        print("caller left", flush=True)
        await worker.cancel()

    runner = WorkerRunner(handle_sigint=False)
    await runner.add_workers(worker)
    await runner.run()
    print("over", flush=True)


if __name__ == "__main__":
    config = uvicorn.Config(app, host="127.0.0.1", port=int(sys.argv[1]), log_level="warning")
    server = uvicorn.Server(config)

    async def main():
        serving = asyncio.create_task(server.serve())
        while not server.started:
            await asyncio.sleep(0.05)
        print("ready", flush=True)
        await serving

    asyncio.run(main())
