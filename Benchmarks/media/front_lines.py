"""What the speech front end is tried on: telephone lines with echo, and rooms with noise. All of it is seeded."""
import numpy as np
from scipy.signal import butter, fftconvolve, lfilter, sosfilt

RATE = 8000
FRAME = RATE // 50


def level(samples):
    """dBov, root mean square."""
    return 20 * np.log10(max(1e-3, np.sqrt(np.mean(np.square(samples, dtype=float)))) / 32768)


def active(samples, below=30):
    """Whether each frame of 20 ms has speech in it: less than `below` dB under the loud ones. For clean speech."""
    frames = samples[:len(samples) // FRAME * FRAME].reshape(-1, FRAME).astype(float)
    power = 10 * np.log10(np.mean(frames ** 2, axis=1) + 1e-3)
    return power > max(np.percentile(power, 95) - below, 20)


def speech_level(samples):
    """dBov of the frames with speech in them."""
    frames = samples[:len(samples) // FRAME * FRAME].reshape(-1, FRAME)
    return level(frames[active(samples)])


def at_level(samples, dbov):
    return samples * 10 ** ((dbov - speech_level(samples)) / 20)


def mu_law(samples):
    """There and back (G.711)."""
    x = np.clip(samples, -32635, 32635)
    magnitude = np.abs(x) + 132
    exponent = np.floor(np.log2(magnitude / 128)).clip(0, 7)
    step = 2 ** (exponent + 3)
    mantissa = np.floor(magnitude / step) - 16
    back = (mantissa.clip(0, 15) + 16.5) * step - 132
    return np.sign(x) * back


def to_pcm(samples):
    return np.clip(np.round(samples), -32768, 32767).astype(np.int16)


def hybrid(seed, milliseconds=12):
    """How a two-wire line answers: it begins after a moment, rings and fades. Its energy is 1."""
    random = np.random.default_rng(seed)
    count = milliseconds * RATE // 1000
    response = random.normal(0, 1, count) * np.exp(-np.arange(count) / (count / 4))
    response = sosfilt(butter(2, [250, 3400], "bandpass", fs=RATE, output="sos"), np.r_[np.zeros(8), response])
    return response / np.sqrt(np.sum(response ** 2))


def delayed(samples, milliseconds):
    """Later by a time that may change: a number or one for each sample."""
    place = np.arange(len(samples)) - np.asarray(milliseconds) * RATE / 1000
    return np.interp(place, np.arange(len(samples)), samples, left=0) if np.ndim(milliseconds) else np.r_[
        np.zeros(int(milliseconds * RATE / 1000)), samples][:len(samples)]


def line(near, far, delay, loss, seed=1, noise=-65):
    """What is heard of a line whose far side has `near` on it and returns `far` after `delay` ms, `loss` dB softer."""
    random = np.random.default_rng(seed)
    echo = fftconvolve(mu_law(far), hybrid(seed))[:len(far)] * 10 ** (-loss / 20)
    background = random.normal(0, 32768 * 10 ** (noise / 20), len(far))
    return to_pcm(mu_law(near + delayed(echo, delay) + background))


def turns(samples, talk=3.0, pause=5.0, first=6.0):
    """The same speech, only now and then; and where each turn begins and ends, in samples."""
    result, places, at, source = np.zeros(len(samples)), [], int(first * RATE), 0
    voiced = np.repeat(active(samples), FRAME)
    while at + talk * RATE < len(samples) and source + talk * RATE < len(voiced):
        if not voiced[source]:
            source += FRAME
            continue
        count = int(talk * RATE)
        result[at:at + count] = samples[source:source + count]
        places.append((at, at + count))
        source += count
        at += int((talk + pause) * RATE)
    return result, places


def noise(kind, count, voices, seed=1):
    """Noise of power 1: `white` within the telephone band, `car` (low rumble), or `babble` of all `voices`."""
    random = np.random.default_rng(seed)
    if kind == "babble":
        result = np.zeros(count)
        for voice in voices:
            for _ in range(3):
                result += np.resize(np.roll(voice, random.integers(len(voice))), count) / max(1, np.std(voice))
    elif kind == "car":
        result = lfilter([1], [1, -0.95], random.normal(0, 1, count)) + 0.1 * random.normal(0, 1, count)
    else:
        result = random.normal(0, 1, count)
    result = sosfilt(butter(2, [200, 3500], "bandpass", fs=RATE, output="sos"), result)
    return result / np.std(result)


def with_noise(speech, kind, ratio, voices, seed=1):
    """Speech and a noise `ratio` dB below its active level, through G.711."""
    power = 10 ** ((speech_level(speech) - ratio) / 20) * 32768
    return to_pcm(mu_law(speech + noise(kind, len(speech), voices, seed) * power))


def in_room(speech, reverberation, seed=1):
    """Speech two metres from the telephone in a room that takes `reverberation` ms to fall by 60 dB."""
    random = np.random.default_rng(seed)
    count = reverberation * RATE // 1000
    late = random.normal(0, 1, count) * 10 ** (-3 * np.arange(count) / count)
    # As much energy arrives by the walls as directly.
    late *= 1 / np.sqrt(np.sum(late ** 2))
    late[0] = 0
    return fftconvolve(speech, np.r_[1, late])[:len(speech) + count]
