//! No input makes a method panic, return what is not finite, or lose the sign of its spread.

use gatewise_baselines::{Method, fit};

/// SplitMix64.
struct Noise(u64);

impl Noise {
    fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn below(&mut self, n: u64) -> u64 {
        self.bits() % n
    }

    fn uniform(&mut self) -> f64 {
        (self.bits() >> 11) as f64 / (1u64 << 53) as f64
    }
}

/// Series of one kind, `n` rows.
fn series(kind: u64, n: usize, noise: &mut Noise) -> Vec<f64> {
    let mut level = 0.0;
    (0..n)
        .map(|t| {
            let (u, i) = (noise.uniform() - 0.5, t as f64);
            level += u;
            match kind {
                0 => 0.0,
                1 => 1e9 + 1e-3 * u,
                2 => -7.25,
                3 => level,
                4 => 1e-300 * u,
                5 => 1e300 * u,
                6 => f64::MAX * if u > 0.0 { 1.0 } else { -1.0 },
                7 => 1.5f64.powi(t as i32 % 900),
                8 => (-0.5 * i).exp(),
                9 => f64::from(u8::from(u > 0.3)),
                10 => (10.0 * u).round().max(0.0),
                11 => 5.0 + 2.0 * i,
                12 => [1.0, 100.0, 1e-9, 3.0][t % 4],
                13 => 10f64.powf(40.0 * u),
                14 => (1.0 + 0.3 * u) * [1.0, 2.0, 4.0, 3.0][t % 4] * 1.02f64.powi(t as i32),
                15 => {
                    if t + 1 == n {
                        1e6
                    } else {
                        1.0
                    }
                }
                16 => 100.0 + (t % 2) as f64,
                17 => f64::from_bits(noise.bits() & !(0x7FFu64 << 52)),
                18 => {
                    if t < n / 2 {
                        1.0 + u
                    } else {
                        0.0
                    }
                }
                _ => {
                    if u > 0.45 {
                        f64::MIN_POSITIVE
                    } else {
                        u
                    }
                }
            }
        })
        .collect()
}

#[test]
fn always_finite_and_never_a_panic() {
    let mut noise = Noise(1);
    let lengths = [1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 14, 24, 25, 37, 60, 130];
    let seasons: [&[usize]; 7] = [&[], &[2], &[4], &[12], &[7, 30], &[30], &[4, 4000]];
    for round in 0..1500u64 {
        let kind = round % 20;
        let n = lengths[noise.below(lengths.len() as u64) as usize];
        let seasons = seasons[noise.below(seasons.len() as u64) as usize];
        let y = series(kind, n, &mut noise);
        let more_kind = noise.below(20);
        let more = series(more_kind, noise.below(20) as usize, &mut noise);
        let is_constant = |rows: &[f64]| rows.iter().all(|value| *value == rows[0]);
        for method in Method::ALL {
            let Some(mut fitted) = fit(method, &y, seasons) else { continue };
            for extended in [false, true] {
                if extended {
                    fitted.extend(&more);
                }
                let case = || format!("{method:?} {} of kind {kind} then {more_kind}, {seasons:?}: {y:?}", fitted.label());
                let forecast = fitted.forecast(50);
                assert_eq!((forecast.mean.len(), forecast.sd.len()), (50, 50));
                assert!(forecast.mean.iter().all(|value| value.is_finite()), "mean of {}", case());
                assert!(forecast.sd.iter().all(|value| value.is_finite() && *value >= 0.0), "sd of {}", case());
                if !extended && !is_constant(&y) && kind != 17 {
                    assert!(forecast.sd.iter().all(|value| *value > 0.0), "sd of {}", case());
                }
            }
        }
    }
}

#[test]
fn rows_of_another_size_may_follow() {
    let decaying: Vec<f64> = (0..60).map(|t| (-0.5 * t as f64).exp() * [1.0, 1.2][t % 2]).collect();
    let growing: Vec<f64> = decaying.iter().map(|value| 1.0 / value).collect();
    for y in [decaying, growing] {
        for method in Method::ALL {
            let Some(mut fitted) = fit(method, &y, &[2]) else { continue };
            for _ in 0..40 {
                fitted.extend(&[f64::MAX, 0.0, f64::MIN, 1e-300, -1.0]);
                let forecast = fitted.forecast(30);
                let finite = forecast.mean.iter().chain(&forecast.sd).all(|value| value.is_finite());
                assert!(finite, "{}: {forecast:?}", fitted.label());
            }
        }
    }
}

#[test]
fn rows_that_are_not_finite_are_refused() {
    for method in Method::ALL {
        for value in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            assert!(fit(method, &[1.0, value, 3.0, 0.0, 0.0, 2.0, 0.0, 1.0], &[2]).is_none());
        }
        assert!(fit(method, &[], &[]).is_none());
    }
}

#[test]
fn a_constant_stays_where_it_is() {
    for level in [0.0, -3.5, 1e9] {
        for method in Method::ALL {
            for seasons in [&[][..], &[4], &[4, 12]] {
                let intermittent = matches!(method, Method::Croston | Method::Tsb);
                let Some(fitted) = fit(method, &[level; 40], seasons) else {
                    assert!(intermittent || (method == Method::SeasonalNaive && seasons.is_empty()), "{method:?}");
                    continue;
                };
                let forecast = fitted.forecast(5);
                assert_eq!(forecast.mean, [level; 5], "{method:?}");
                assert_eq!(forecast.sd, [0.0; 5], "{method:?}");
            }
        }
    }
}

#[test]
fn long_horizons_do_not_explode() {
    let growing: Vec<f64> = (0..60).map(|t| 10.0 * 1.05f64.powi(t)).collect();
    let step = growing[59] - growing[58];
    for method in Method::ALL {
        let Some(fitted) = fit(method, &growing, &[]) else { continue };
        // Within a straight line a few times as steep as the last step, where the series itself would be at 1e23.
        let last = fitted.forecast(1000).mean[999];
        assert!(last <= growing[59] + 10.0 * 1000.0 * step, "{} {last}", fitted.label());
    }
}
