// front FILE OUT REPORT [denoise=DB] [agc=LEVEL] [vad] [dereverb]: what libspeexdsp's preprocessor makes of a file at
// 8 kHz. REPORT gets a line for each frame: whether it takes it for speech, and how likely it thinks that is.
// front cost-CASE-KHZ SPEECHDIR FRAMES: the same and its echo canceller, for counting instructions.
#include <speex/speex_echo.h>
#include <speex/speex_preprocess.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static SpeexPreprocessState *preprocessor(int frame, int rate) {
    SpeexPreprocessState *state = speex_preprocess_state_init(frame, rate);
    int off = 0;
    speex_preprocess_ctl(state, SPEEX_PREPROCESS_SET_DENOISE, &off);
    speex_preprocess_ctl(state, SPEEX_PREPROCESS_SET_AGC, &off);
    speex_preprocess_ctl(state, SPEEX_PREPROCESS_SET_DEREVERB, &off);
    return state;
}

static int cost(char *what, const char *folder, int frames) {
    char *kind = strtok(what + 5, "-"), path[1000];
    int khz = atoi(strtok(NULL, "-")), frame = khz * 20, sink = 0, is_echo = strcmp(kind, "echo") == 0;
    snprintf(path, sizeof path, "%s/speech%dk.raw", folder, khz);
    FILE *file = fopen(path, "rb");
    if (!file) return 1;
    static short speech[48000 * 120];
    int count = fread(speech, 2, 48000 * 120, file) / frame;
    short *out = malloc(frame * 2), *heard = malloc(frame * 2);
    SpeexPreprocessState *noise = preprocessor(frame, khz * 1000);
    int on = 1, db = -12, rate = khz * 1000;
    speex_preprocess_ctl(noise, SPEEX_PREPROCESS_SET_DENOISE, &on);
    speex_preprocess_ctl(noise, SPEEX_PREPROCESS_SET_NOISE_SUPPRESS, &db);
    SpeexEchoState *echo = speex_echo_state_init(frame, khz * 64);
    speex_echo_ctl(echo, SPEEX_ECHO_SET_SAMPLING_RATE, &rate);
    for (int i = 0; i < frames; i++) {
        // The echo is what was played two frames ago, 12 dB softer.
        short *played = speech + i % count * frame, *before = speech + (i + count - 2) % count * frame;
        for (int n = 0; n < frame; n++) heard[n] = is_echo ? before[n] / 4 : before[n];
        if (is_echo) {
            // The library's canceller is given the aligned frame, as ours gives it.
            speex_echo_cancellation(echo, heard, i < 2 ? played : before, out);
            sink += out[0];
        } else {
            speex_preprocess_run(noise, heard);
            sink += heard[0];
        }
    }
    printf("%d\n", sink);
    return 0;
}

int main(int argc, char **argv) {
    if (argc == 4 && strncmp(argv[1], "cost-", 5) == 0) return cost(argv[1], argv[2], atoi(argv[3]));
    if (argc < 4) return 2;
    FILE *in = fopen(argv[1], "rb"), *out = fopen(argv[2], "wb"), *report = fopen(argv[3], "w");
    if (!in || !out || !report) return 1;
    SpeexPreprocessState *state = preprocessor(160, 8000);
    int on = 1;
    for (int i = 4; i < argc; i++) {
        if (strcmp(argv[i], "vad") == 0) speex_preprocess_ctl(state, SPEEX_PREPROCESS_SET_VAD, &on);
        if (strcmp(argv[i], "dereverb") == 0) {
            speex_preprocess_ctl(state, SPEEX_PREPROCESS_SET_DENOISE, &on);
            speex_preprocess_ctl(state, SPEEX_PREPROCESS_SET_DEREVERB, &on);
        }
        if (strncmp(argv[i], "denoise=", 8) == 0) {
            int db = -atoi(argv[i] + 8);
            speex_preprocess_ctl(state, SPEEX_PREPROCESS_SET_DENOISE, &on);
            speex_preprocess_ctl(state, SPEEX_PREPROCESS_SET_NOISE_SUPPRESS, &db);
        }
        if (strncmp(argv[i], "agc=", 4) == 0) {
            float level = atof(argv[i] + 4);
            speex_preprocess_ctl(state, SPEEX_PREPROCESS_SET_AGC, &on);
            speex_preprocess_ctl(state, SPEEX_PREPROCESS_SET_AGC_LEVEL, &level);
        }
    }
    short frame[160];
    while (fread(frame, 2, 160, in) == 160) {
        int speech = speex_preprocess_run(state, frame), probability = 0;
        speex_preprocess_ctl(state, SPEEX_PREPROCESS_GET_PROB, &probability);
        fwrite(frame, 2, 160, out);
        fprintf(report, "%d\t%d\n", speech, probability);
    }
    fclose(out);
    fclose(report);
    return 0;
}
