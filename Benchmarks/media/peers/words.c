// What the product's recogniser writes of a recording: words SPEECH_FOLDER IN16K.raw [CUT ..]
// The recording is cut at the samples CUT; each piece is one utterance, its text one line on stdout.
// gcc words.c -I Sources/CLibs/CSherpa SPEECH_FOLDER/lib/libsherpa-onnx-c-api.so -Wl,-rpath,SPEECH_FOLDER/lib
#include <stdio.h>
#include <stdint.h>
#include <stdlib.h>
#include "c-api.h"
static const char *in(const char *folder, const char *name) { char *p = NULL; return asprintf(&p, "%s/moonshine/%s", folder, name) < 0 ? NULL : p; }
int main(int c, char **v) {
  if (c < 3) return 2;
  FILE *f = fopen(v[2], "rb"); if (!f) { perror(v[2]); return 2; }
  fseek(f, 0, SEEK_END); long n = ftell(f) / 2; rewind(f);
  int16_t *x = malloc(n * 2 + 2); float *y = malloc(n * 4 + 4); if (fread(x, 2, n, f) != (size_t)n) return 2; fclose(f);
  for (long i = 0; i < n; i++) y[i] = x[i] / 32768.0f;
  SherpaOnnxOfflineRecognizerConfig k = {0};
  k.feat_config.sample_rate = 16000; k.feat_config.feature_dim = 80;
  k.model_config.moonshine.encoder = in(v[1], "encoder_model.ort"); k.model_config.moonshine.merged_decoder = in(v[1], "decoder_model_merged.ort");
  k.model_config.tokens = in(v[1], "tokens.txt"); k.model_config.num_threads = 1; k.model_config.provider = "cpu"; k.decoding_method = "greedy_search";
  const SherpaOnnxOfflineRecognizer *r = SherpaOnnxCreateOfflineRecognizer(&k); if (!r) return 1;
  for (long from = 0, i = 3; i <= c; i++) {
    long to = i < c ? atol(v[i]) : n; to = to > n ? n : to; if (to <= from) { puts(""); continue; }
    const SherpaOnnxOfflineStream *s = SherpaOnnxCreateOfflineStream(r);
    SherpaOnnxAcceptWaveformOffline(s, 16000, y + from, (int32_t)(to - from)); SherpaOnnxDecodeOfflineStream(r, s);
    const SherpaOnnxOfflineRecognizerResult *t = SherpaOnnxGetOfflineStreamResult(s); puts(t ? t->text : "");
    if (t) SherpaOnnxDestroyOfflineRecognizerResult(t);
    SherpaOnnxDestroyOfflineStream(s); from = to;
  }
  SherpaOnnxDestroyOfflineRecognizer(r); return 0;
}
