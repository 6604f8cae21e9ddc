//! The 84 convolutions of a series at one dilation.

/// Weights of a convolution: three of 2, six of −1, which sum to zero.
pub const TAPS: usize = 9;

/// Ways to choose the three.
pub const KERNELS: usize = 84;

/// The places of the three, in the order of features.
pub fn places() -> impl Iterator<Item = [usize; 3]> {
    (0..TAPS).flat_map(|a| (a + 1..TAPS).flat_map(move |b| (b + 1..TAPS).map(move |c| [a, b, c])))
}

/// What all convolutions of a dilation share: a weight of 2 is −1 and 3 more, so the sum of all taps is made once.
#[derive(Debug, Default)]
pub struct Shared {
    length: usize,
    /// −Σ of the nine taps, by channel: (C, T).
    all: Vec<f32>,
    /// Three times each tap: (C, 9, T).
    taps: Vec<f32>,
}

impl Shared {
    /// Prepares `values`, (C, T). What lies outside counts as zero.
    #[inline(always)]
    pub fn prepare(&mut self, values: &[f32], channels: usize, dilation: usize) {
        let length = values.len() / channels;
        self.length = length;
        self.all.clear();
        self.all.resize(channels * length, 0.0);
        self.taps.clear();
        self.taps.resize(channels * TAPS * length, 0.0);
        for (c, values) in values.chunks_exact(length).enumerate() {
            let all = &mut self.all[c * length..][..length];
            for tap in 0..TAPS {
                // Place t reads value t + shift.
                let back = (TAPS / 2).saturating_sub(tap).saturating_mul(dilation).min(length);
                let ahead = tap.saturating_sub(TAPS / 2).saturating_mul(dilation).min(length);
                let (from, count) = (&values[ahead..], length - back - ahead.min(length - back));
                let taps = &mut self.taps[(c * TAPS + tap) * length..][..length];
                for ((tap, all), value) in taps[back..].iter_mut().zip(&mut all[back..]).zip(&from[..count]) {
                    *tap = 3.0 * value;
                    *all -= value;
                }
            }
        }
    }

    /// The convolution with weights of 2 at `places`, summed over the channels `reads`: (T).
    #[inline(always)]
    pub fn convolve(&self, places: [usize; 3], reads: &[usize], out: &mut Vec<f32>) {
        let length = self.length;
        out.clear();
        out.resize(length, 0.0);
        for &channel in reads {
            let tap = |place: usize| &self.taps[(channel * TAPS + place) * length..][..length];
            let all = &self.all[channel * length..][..length];
            let (a, b, c) = (tap(places[0]), tap(places[1]), tap(places[2]));
            for ((((out, all), a), b), c) in out.iter_mut().zip(all).zip(a).zip(b).zip(c) {
                *out += all + a + b + c;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kernel_is_a_convolution_with_zeros_outside() {
        assert_eq!(places().count(), KERNELS);
        let (channels, length) = (2, 13);
        let values: Vec<f32> = (0..channels * length).map(|k| ((k * 7 + 3) % 11) as f32 - 4.0).collect();
        let (mut shared, mut out) = (Shared::default(), Vec::new());
        for dilation in [1, 2, 5, 40] {
            shared.prepare(&values, channels, dilation);
            for places in places() {
                for reads in [&[0][..], &[1], &[1, 0]] {
                    shared.convolve(places, reads, &mut out);
                    for (t, &got) in out.iter().enumerate() {
                        let mut want = 0.0;
                        for &channel in reads {
                            for tap in 0..TAPS {
                                let at = t as i64 + (tap as i64 - 4) * dilation as i64;
                                if (0..length as i64).contains(&at) {
                                    let weight = if places.contains(&tap) { 2.0 } else { -1.0 };
                                    want += weight * values[channel * length + at as usize];
                                }
                            }
                        }
                        assert_eq!(got, want, "{places:?} at {t}, dilation {dilation}");
                    }
                }
            }
        }
    }
}
