/* The cases of media-bench-codec by the C libraries: CASE SPEECHDIR FRAMES. A G.711 table is what everybody writes. */
#include <opus/opus.h>
#include <spandsp.h>
#include <speex/speex_resampler.h>
#include <srtp2/srtp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PREPARED = 500, PACKETS = 4000 };
static int16_t *speech;
static long speech_length;
static volatile long sink;
static long frames;

static void load(const char *folder, int kilohertz) {
    char path[512];
    snprintf(path, sizeof path, "%s/speech%dk.raw", folder, kilohertz);
    FILE *file = fopen(path, "rb");
    if (!file) { perror(path); exit(1); }
    fseek(file, 0, SEEK_END);
    speech_length = ftell(file) / 2;
    rewind(file);
    speech = malloc(speech_length * 2);
    if (fread(speech, 2, speech_length, file) != (size_t)speech_length) exit(1);
    fclose(file);
}

static int16_t *frame(long index, int length) { return speech + index % (speech_length / length) * length; }

/* G.711 */

static int16_t decoding[256];
static uint8_t encoding[65536];

static void tables(int is_a) {
    for (int code = 0; code < 256; code++) {
        int bits = is_a ? code ^ 0x55 : ~code & 0xFF, segment = bits >> 4 & 7, step = bits & 15;
        int value = is_a ? (segment ? ((step << 4) + 0x108) << (segment - 1) : (step << 4) + 8)
                         : (((step << 3) + 132) << segment) - 132;
        decoding[code] = (bits & 0x80) == (is_a ? 0x80 : 0) ? value : -value;
    }
    /* Any code will do for the cost of a table. */
    for (int sample = 0; sample < 65536; sample++) encoding[sample] = sample >> 8;
}

static void g711(int is_decoding, int is_a, const char *folder) {
    load(folder, 8);
    tables(is_a);
    uint8_t octets[160];
    int16_t samples[160];
    static uint8_t payloads[PREPARED][160];
    for (int i = 0; i < PREPARED; i++)
        for (int j = 0; j < 160; j++) payloads[i][j] = encoding[(uint16_t)frame(i, 160)[j]];
    for (long i = 0; i < frames; i++) {
        if (is_decoding) {
            uint8_t *from = payloads[i % PREPARED];
            for (int j = 0; j < 160; j++) samples[j] = decoding[from[j]];
            sink += samples[i % 160];
        } else {
            int16_t *from = frame(i, 160);
            for (int j = 0; j < 160; j++) octets[j] = encoding[(uint16_t)from[j]];
            sink += octets[i % 160];
        }
    }
}

/* G.722 by spandsp */

static void g722(int is_decoding, const char *folder) {
    load(folder, 16);
    g722_encode_state_t *encoder = g722_encode_init(NULL, 64000, 0);
    g722_decode_state_t *decoder = g722_decode_init(NULL, 64000, 0);
    static uint8_t payloads[PREPARED][160];
    for (int i = 0; is_decoding && i < PREPARED; i++) g722_encode(encoder, payloads[i], frame(i, 320), 320);
    uint8_t octets[160];
    int16_t samples[320];
    for (long i = 0; i < frames; i++) {
        if (is_decoding) sink += g722_decode(decoder, samples, payloads[i % PREPARED], 160);
        else sink += g722_encode(encoder, octets, frame(i, 320), 320);
    }
}

/* Opus */

static OpusEncoder *opus_encoder(int rate) {
    int error;
    OpusEncoder *encoder = opus_encoder_create(rate, 1, OPUS_APPLICATION_VOIP, &error);
    opus_encoder_ctl(encoder, OPUS_SET_BITRATE(24000));
    opus_encoder_ctl(encoder, OPUS_SET_COMPLEXITY(5));
    opus_encoder_ctl(encoder, OPUS_SET_INBAND_FEC(1));
    opus_encoder_ctl(encoder, OPUS_SET_PACKET_LOSS_PERC(0));
    return encoder;
}

static void opus(const char *what, int kilohertz, const char *folder) {
    load(folder, kilohertz);
    int length = kilohertz * 20, error;
    OpusEncoder *encoder = opus_encoder(kilohertz * 1000);
    if (!strcmp(what, "encode")) {
        uint8_t octets[1500];
        for (long i = 0; i < frames; i++) sink += opus_encode(encoder, frame(i, length), length, octets, 1200);
        return;
    }
    static uint8_t payloads[PREPARED][400];
    static int lengths[PREPARED];
    for (int i = 0; i < PREPARED; i++) lengths[i] = opus_encode(encoder, frame(i, length), length, payloads[i], 400);
    OpusDecoder *decoder = opus_decoder_create(kilohertz * 1000, 1, &error);
    int16_t samples[960];
    for (long i = 0; i < frames; i++) {
        int is_lost = !strcmp(what, "conceal") && i % 2;
        sink += opus_decode(decoder, is_lost ? NULL : payloads[i % PREPARED], is_lost ? 0 : lengths[i % PREPARED],
                            samples, length, 0);
    }
}

/* SRTP */

static srtp_t context(const char *suite, srtp_ssrc_type_t direction) {
    static uint8_t key[64];
    for (int i = 0; i < 64; i++) key[i] = i;
    srtp_policy_t policy;
    memset(&policy, 0, sizeof policy);
    if (!strcmp(suite, "AEAD_AES_128_GCM")) srtp_crypto_policy_set_aes_gcm_128_16_auth(&policy.rtp);
    else if (!strcmp(suite, "AEAD_AES_256_GCM")) srtp_crypto_policy_set_aes_gcm_256_16_auth(&policy.rtp);
    else if (!strcmp(suite, "AES_CM_128_HMAC_SHA1_80")) srtp_crypto_policy_set_aes_cm_128_hmac_sha1_80(&policy.rtp);
    else if (!strcmp(suite, "AES_CM_128_HMAC_SHA1_32")) srtp_crypto_policy_set_aes_cm_128_hmac_sha1_32(&policy.rtp);
    else if (!strcmp(suite, "AES_256_CM_HMAC_SHA1_80")) srtp_crypto_policy_set_aes_cm_256_hmac_sha1_80(&policy.rtp);
    else srtp_crypto_policy_set_aes_cm_256_hmac_sha1_32(&policy.rtp);
    policy.rtcp = policy.rtp;
    policy.ssrc.type = direction;
    policy.key = key;
    policy.window_size = 128;
    srtp_t made;
    if (srtp_create(&made, &policy)) exit(1);
    return made;
}

static void number(uint8_t *packet, long sequence) {
    packet[2] = sequence >> 8;
    packet[3] = sequence;
}

static void protect(const char *suite) {
    srtp_init();
    /* Both directions, as a call has them: the crypto library allocates for each packet, and what that costs depends on
       what lies in the heap. */
    srtp_t out = context(suite, ssrc_any_outbound), in = context(suite, ssrc_any_inbound);
    (void)in;
    uint8_t packet[300] = {0x80};
    for (long i = 0; i < frames; i++) {
        number(packet, i);
        int length = 172;
        if (srtp_protect(out, packet, &length)) exit(1);
        sink += length;
    }
}

static void unprotect(const char *suite) {
    srtp_init();
    srtp_t out = context(suite, ssrc_any_outbound), in = context(suite, ssrc_any_inbound);
    static uint8_t packets[PACKETS][224];
    static int lengths[PACKETS];
    for (int i = 0; i < PACKETS; i++) {
        packets[i][0] = 0x80;
        number(packets[i], i);
        lengths[i] = 172;
        srtp_protect(out, packets[i], &lengths[i]);
    }
    for (long i = 0; i < frames && i < PACKETS; i++) {
        if (srtp_unprotect(in, packets[i], &lengths[i])) exit(1);
        sink += lengths[i];
    }
}

static void resample(int from, int to, int quality, const char *folder) {
    load(folder, from);
    int error;
    SpeexResamplerState *state = speex_resampler_init(1, from * 1000, to * 1000, quality, &error);
    int16_t samples[4000];
    for (long i = 0; i < frames; i++) {
        spx_uint32_t consumed = from * 20, produced = 4000;
        speex_resampler_process_int(state, 0, frame(i, from * 20), &consumed, samples, &produced);
        sink += produced;
    }
}

int main(int count, char **arguments) {
    if (count != 4) return 2;
    const char *what = arguments[1], *folder = arguments[2];
    frames = atol(arguments[3]);
    char name[64];
    int one, two, three;
    if (sscanf(what, "pcm%*1[ua]-%63s", name) == 1) g711(!strcmp(name, "decode"), what[3] == 'a', folder);
    else if (sscanf(what, "g722-%63s", name) == 1) g722(!strcmp(name, "decode"), folder);
    else if (sscanf(what, "opus-%63[a-z]-%d", name, &one) == 2) opus(name, one, folder);
    else if (sscanf(what, "unprotect-%63s", name) == 1) unprotect(name);
    else if (sscanf(what, "protect-%63s", name) == 1) protect(name);
    else if (sscanf(what, "resample-%d-%d-%d", &one, &two, &three) == 3) resample(one, two, three, folder);
    else return 2;
    printf("%ld\n", sink);
    return 0;
}
