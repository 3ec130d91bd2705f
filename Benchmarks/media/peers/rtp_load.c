// RTP for many calls at once: 50 packets a second to each, and a count of what comes back.
// usage: rtp_load LOCALPORT TYPE PAYLOADS OCTETS|opus SECONDS [KEY]   < lines of "ADDRESS PORT"
//   TYPE      the payload type
//   PAYLOADS  a file of payloads of OCTETS each; with "opus", PCM of 16 kHz that is encoded first (24 kbit/s)
//   KEY       60 hexadecimal digits: key and salt of AES_CM_128_HMAC_SHA1_80, with which what is sent is protected
// CLICK=1: one packet in 50 is a click (µ-law), the rest silence; the time until it comes back, for each, in ms.
// All calls have the same local address and an SSRC of their own; the packets of a period are spread over it.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <opus/opus.h>
#include <srtp2/srtp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { maximum_calls = 4096, maximum_payloads = 1000 };
static struct sockaddr_in to[maximum_calls];
static unsigned char payload[maximum_payloads][400];
static int length[maximum_payloads], payloads;
static double click_sent;
static long received;

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec + t.tv_nsec / 1e9;
}

static void load(const char *path, const char *size) {
    FILE *f = fopen(path, "rb");
    if (!f) perror(path), exit(1);
    if (!strcmp(size, "opus")) {
        int error;
        OpusEncoder *encoder = opus_encoder_create(16000, 1, OPUS_APPLICATION_VOIP, &error);
        opus_encoder_ctl(encoder, OPUS_SET_BITRATE(24000));
        opus_int16 pcm[320];
        while (payloads < maximum_payloads && fread(pcm, 2, 320, f) == 320) {
            length[payloads] = opus_encode(encoder, pcm, 320, payload[payloads], sizeof payload[0]);
            payloads++;
        }
    } else {
        int octets = atoi(size);
        while (payloads < maximum_payloads && fread(payload[payloads], 1, octets, f) == (size_t)octets)
            length[payloads++] = octets;
    }
    fclose(f);
    if (!payloads) fprintf(stderr, "%s: no payload\n", path), exit(1);
}

static void drain(int s, int clicks) {
    unsigned char octets[2048];
    for (;;) {
        ssize_t got = recv(s, octets, sizeof octets, MSG_DONTWAIT);
        if (got < 0) return;
        received++;
        if (!clicks || !click_sent || got < 172) continue;
        for (int i = 12; i < got; i++)
            if ((octets[i] & 0x70) == 0) { // louder than half the range
                // Where in the packet it lies counts: the click is the first sample of the one that was sent.
                printf("click %.3f\n", (now() - click_sent) * 1000 + (i - 12) / 8.0);
                click_sent = 0;
                break;
            }
    }
}

int main(int argc, char **argv) {
    if (argc < 6) return 2;
    int type = atoi(argv[2]);
    double seconds = atof(argv[5]);
    int clicks = getenv("CLICK") != NULL;
    load(argv[3], argv[4]);
    srtp_t session = NULL;
    if (argc > 6) {
        unsigned char key[30];
        for (int i = 0; i < 30; i++) sscanf(argv[6] + 2 * i, "%2hhx", &key[i]);
        srtp_init();
        srtp_policy_t policy;
        memset(&policy, 0, sizeof policy);
        srtp_crypto_policy_set_rtp_default(&policy.rtp);
        srtp_crypto_policy_set_rtcp_default(&policy.rtcp);
        policy.ssrc.type = ssrc_any_outbound;
        policy.key = key;
        if (srtp_create(&session, &policy)) return fprintf(stderr, "srtp_create failed\n"), 1;
    }
    int calls = 0, s = socket(AF_INET, SOCK_DGRAM, 0), big = 8 << 20;
    setsockopt(s, SOL_SOCKET, SO_RCVBUFFORCE, &big, sizeof big);
    setsockopt(s, SOL_SOCKET, SO_RCVBUF, &big, sizeof big);
    struct sockaddr_in local = {.sin_family = AF_INET, .sin_port = htons(atoi(argv[1])), .sin_addr = {htonl(INADDR_LOOPBACK)}};
    if (bind(s, (struct sockaddr *)&local, sizeof local)) return perror("bind"), 1;
    char line[256], address[200];
    int port;
    while (calls < maximum_calls && fgets(line, sizeof line, stdin))
        if (sscanf(line, "%199s %d", address, &port) == 2) {
            to[calls].sin_family = AF_INET;
            to[calls].sin_port = htons(port);
            inet_pton(AF_INET, address, &to[calls++].sin_addr);
        }
    if (!calls) return fprintf(stderr, "no calls\n"), 1;
    double begin = now();
    long sent = 0, total = (long)(seconds * 50) * calls;
    for (long n = 0; n < total; n++) {
        long k = n / calls, call = n % calls;
        double due = begin + k * 0.02 + 0.02 * call / calls;
        double wait = due - now();
        if (wait > 0.0002) {
            drain(s, clicks);
            wait = due - now();
            if (wait > 0) usleep(wait * 1e6);
        }
        unsigned char octets[600];
        int which = (k + call * 7) % payloads, size = length[which] + 12;
        octets[0] = 0x80;
        octets[1] = type | (k == 0 ? 0x80 : 0);
        *(unsigned short *)(octets + 2) = htons(k);
        *(unsigned *)(octets + 4) = htonl(k * (strcmp(argv[4], "opus") ? 160 : 960));
        *(unsigned *)(octets + 8) = htonl(1000 + call);
        memcpy(octets + 12, payload[which], length[which]);
        if (clicks) {
            memset(octets + 12, 0xFF, length[which]);
            if (k % 50 == 49 && k + 25 < seconds * 50) octets[12] = 0x80, click_sent = now();
        }
        if (session) srtp_protect(session, octets, &size);
        if (sendto(s, octets, size, 0, (struct sockaddr *)&to[call], sizeof to[call]) == size) sent++;
        if (n % 64 == 0) drain(s, clicks);
    }
    usleep(200000);
    drain(s, clicks);
    printf("sent %ld received %ld seconds %.2f\n", sent, received, now() - begin);
}
