#!/usr/bin/env python3
"""Deterministic network traces for jitter-buffer tests. usage: jitter_traces.py OUTDIR SPEECH8K.raw [SEED]

Each trace is CSV rows `arrival_us,seq,ts,offset`, in order of arrival; lost packets are absent. Packet i carries samples
[160 i, 160 i + 160) of the speech and leaves at i * 20 ms by the sender's clock (drift traces scale that clock); arrival
times are by the receiver's clock. The constant part of the path delay is left out, so the lag that an evaluator measures
is the network's variable delay plus the buffer's own. Everything is seeded: the same speech and SEED (default 0) give the
same octets."""
import os, sys
import numpy as np

out, speech = sys.argv[1], sys.argv[2]
SEED = int(sys.argv[3]) if len(sys.argv) > 3 else 0
os.makedirs(out, exist_ok=True)
x = np.fromfile(speech, dtype=np.int16)
N = len(x) // 160
send = np.arange(N) * 20.0                       # ms


def R(n):
    return np.random.default_rng(n + 10_007 * SEED)


def rand_loss(p, r):
    return r.random(N) < p


def gilbert(p, burst, r):                        # loss rate p, mean burst length `burst` packets
    q = 1 / burst; pg = p * q / (1 - p); s = False; lost = np.zeros(N, bool)
    for i in range(N):
        s = (r.random() >= q) if s else (r.random() < pg)
        lost[i] = s
    return lost


def jitter(ms, r, rho=0.5):                      # gamma-distributed (heavy right tail), AR(1)-correlated, standard deviation `ms`
    k = 1.5; g = r.gamma(k, ms / np.sqrt(k), N); d = np.zeros(N); d[0] = g[0]
    for i in range(1, N):
        d[i] = rho * d[i - 1] + (1 - rho) * g[i]
    m = k * ms / np.sqrt(k)
    return np.maximum((d - m) * np.sqrt((1 + rho) / (1 - rho)) + m, 0)


def fifo(a, gap=0.3):                            # one path keeps order; packets leave a queue at least `gap` ms apart
    a = a.copy()
    for i in range(1, N):
        a[i] = max(a[i], a[i - 1] + (gap if a[i] < a[i - 1] + gap else 0))
    return a


def stalls(a, r, every, lo, hi):                 # nothing is delivered for lo..hi ms, then all of it at once
    a = a.copy(); t = 1.0
    while t < N * 0.02:
        s = t * 1000; e = s + r.uniform(lo, hi); a[(a >= s) & (a < e)] = e; t += r.exponential(every) + 0.5
    return a


def vad():                                       # DTX: frames under -45 dBFS are not sent after a hangover of 5 frames
    rms = np.sqrt(np.mean(x[:N * 160].reshape(N, 160).astype(float) ** 2, axis=1)); keep = np.zeros(N, bool); h = 0
    for i in range(N):
        h = 5 if rms[i] > 32768 * 10 ** (-45 / 20) else h - 1
        keep[i] = h > 0
    return keep


def write(name, a, lost=None, sent=None):
    rows = []; seq = 65000                       # wraps early on purpose
    for i in range(N):
        if sent is not None and not sent[i]:
            continue                             # not sent: seq does not advance, ts does
        if lost is None or not lost[i]:
            rows.append((int(a[i] * 1000), seq & 0xFFFF, i * 160, i * 160))
        seq += 1
    rows.sort(key=lambda z: z[0])
    with open(f"{out}/{name}.csv", "w") as f:
        f.writelines("%d,%d,%d,%d\n" % z for z in rows)


write("00_clean", send)
for ms in (10, 30, 60, 100):
    write(f"1_jitter{ms:03d}", fifo(send + jitter(ms, R(ms))))
for p in (1, 3, 5, 10, 20):
    write(f"2_random{p:02d}", fifo(send + jitter(5, R(200 + p))), rand_loss(p / 100, R(150 + p)))
    write(f"2_gilbert{p:02d}", fifo(send + jitter(5, R(200 + p))), gilbert(p / 100, 2.5 if p < 20 else 3.5, R(100 + p)))
r = R(300); write("3_wifi_stalls", fifo(stalls(send + jitter(5, r), r, 3.0, 150, 300)))
r = R(310); write("3_4g_handover", fifo(stalls(send + jitter(15, r), r, 12.0, 200, 500), gap=4.0))
r = R(320); t = (send % 30000) / 1000            # bufferbloat: 10 s climb to 400 ms, 3 s full, then the queue empties
ramp = np.where(t < 5, 0, np.where(t < 15, (t - 5) * 40, np.where(t < 18, 400, 0)))
write("3_bufferbloat", fifo(send + jitter(5, r) + ramp, gap=2.0))
for ppm in (100, 200, 500):
    write(f"4_drift_p{ppm}", fifo(send * (1 - ppm * 1e-6) + jitter(3, R(400 + ppm))))     # sender fast
    write(f"4_drift_m{ppm}", fifo(send * (1 + ppm * 1e-6) + jitter(3, R(401 + ppm))))     # sender slow
r = R(500); a = fifo(send + jitter(10, r)); sw = r.random(N) < 0.05; a[sw] += r.uniform(20, 60, sw.sum()); write("5_reorder05", a)
write("6_dtx_jitter30", fifo(send + jitter(30, R(600))), sent=vad())
r = R(700); write("7_lte_mix", fifo(stalls(send + jitter(30, r), r, 6.0, 100, 250)), gilbert(0.03, 2.0, r))
write("8_step_up_down", fifo(send + jitter(5, R(800)) + np.where((send > 40e3) & (send < 80e3), 120, 0)))
