// What the kernel takes for RTP: a socket for each call, epoll, one packet in and one out, nothing done with them.
// usage: udp_floor CALLS FIRSTPORT: echoes on that many ports, two apart, until it is killed.
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>

int main(int argc, char **argv) {
    if (argc < 3) return 2;
    int calls = atoi(argv[1]), port = atoi(argv[2]);
    int poller = epoll_create1(0);
    for (int i = 0; i < calls; i++) {
        int s = socket(AF_INET, SOCK_DGRAM, 0);
        struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(port + 2 * i), .sin_addr = {htonl(INADDR_LOOPBACK)}};
        if (bind(s, (struct sockaddr *)&a, sizeof a)) return perror("bind"), 1;
        struct epoll_event e = {.events = EPOLLIN, .data.fd = s};
        epoll_ctl(poller, EPOLL_CTL_ADD, s, &e);
    }
    puts("ready");
    fflush(stdout);
    for (;;) {
        struct epoll_event events[256];
        int n = epoll_wait(poller, events, 256, -1);
        for (int i = 0; i < n; i++) {
            char octets[2048];
            struct sockaddr_in from;
            socklen_t length = sizeof from;
            ssize_t got = recvfrom(events[i].data.fd, octets, sizeof octets, MSG_DONTWAIT, (struct sockaddr *)&from, &length);
            if (got > 0) sendto(events[i].data.fd, octets, got, 0, (struct sockaddr *)&from, length);
        }
    }
}
