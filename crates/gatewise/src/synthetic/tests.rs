//! Series over all kinds.

use super::*;

/// FNV-1a over the bits of values.
fn fingerprint(values: impl Iterator<Item = f64>) -> u64 {
    values
        .flat_map(|value| value.to_bits().to_le_bytes())
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

#[test]
fn a_seed_gives_the_same_bytes_everywhere() {
    let series = |stream| {
        let mut rng = Draws::new(11, stream);
        let seasons = Seasons::draw(&mut rng);
        let (kind, rows) = (Kind::ALL[stream as usize % Kind::ALL.len()], 1 + rng.below(300));
        draw_kind(&mut rng, kind, rows, seasons).values
    };
    assert_eq!(series(3), series(3));
    assert_ne!(series(3), series(12));
    assert_eq!(fingerprint((0..207).flat_map(series)), 0x2288_1dc3_8f1c_9cbc);
}

#[test]
fn every_series_is_finite_and_of_its_length() {
    for stream in 0..6000 {
        let mut rng = Draws::new(1, stream);
        let seasons = Seasons::draw(&mut rng);
        let rows = if stream % 10 == 0 { 1 + rng.below(3) } else { 1 + rng.below(400) };
        let series = draw(&mut rng, rows, seasons);
        assert_eq!(series.values.len(), rows);
        assert!(series.values.iter().all(|value| value.abs() < BOUND), "{stream}: {}", series.kind.name());
    }
    for kind in Kind::ALL {
        for season in [1, 24] {
            let seasons = Seasons { season, longer: if season > 1 { 168 } else { 1 } };
            let series = draw_kind(&mut Draws::new(2, 0), kind, 5000, seasons);
            assert!(series.values.len() == 5000 && series.values.iter().all(|value| value.abs() < BOUND), "{}", kind.name());
            assert!(draw_kind(&mut Draws::new(2, 1), kind, 0, seasons).values.is_empty());
        }
    }
}

#[test]
fn kinds_and_seasons_are_drawn_by_their_shares() {
    assert!((SHARES.iter().map(|(_, share)| share).sum::<f64>() - 1.0).abs() < 1e-12);
    assert!((SEASONS.iter().map(|(_, share)| share).sum::<f64>() - 1.0).abs() < 1e-12);
    let n = 4000;
    let mut rng = Draws::new(3, 0);
    let drawn: Vec<(Kind, Seasons)> = (0..n)
        .map(|_| {
            let seasons = Seasons::draw(&mut rng);
            let series = draw(&mut rng, 2, seasons);
            (series.kind, series.seasons)
        })
        .collect();
    let near = |count: usize, share: f64, name: &str| {
        // Five standard errors.
        let error = 5.0 * (share * (1.0 - share) / f64::from(n)).sqrt();
        assert!((count as f64 / f64::from(n) - share).abs() < error, "{name}: {count} of {n}, not {share}");
    };
    for (kind, share) in SHARES {
        near(drawn.iter().filter(|(drawn, _)| *drawn == kind).count(), share, kind.name());
        assert_eq!(kind.share(), share);
    }
    for (season, share) in SEASONS {
        near(drawn.iter().filter(|(_, seasons)| seasons.season == season).count(), share, "season");
    }
    for (season, longer, share) in LONGER {
        let of_season = Seasons { season, longer };
        let share = share * SEASONS.iter().find(|(other, _)| *other == season).unwrap().1;
        near(drawn.iter().filter(|(_, seasons)| *seasons == of_season).count(), share, "longer season");
    }
}

#[test]
fn names_are_those_of_serde() {
    for kind in Kind::ALL {
        assert_eq!(serde_json::to_value(kind).unwrap(), kind.name());
    }
}

#[test]
fn enough_series_are_pure_walks_and_white_noise() {
    let n = 6000;
    let (mut walks, mut white) = (0, 0);
    for stream in 0..n {
        let mut rng = Draws::new(4, stream);
        let seasons = Seasons::draw(&mut rng);
        let kind = rng.pick(&SHARES);
        let (before, after) = {
            let draft = raw(&mut rng, kind, 30, seasons);
            let before = draft.nature;
            (before, transform::apply(&mut rng, draft, |rng| vec![rng.normal(); 30]).nature)
        };
        walks += usize::from(after == Nature::Walk);
        white += usize::from(before == Nature::White);
    }
    assert!(walks * 100 >= n as usize * 12, "{walks} of {n} stay pure walks");
    assert!(white * 100 >= n as usize * 5, "{white} of {n} are white noise");
}

#[test]
fn a_walk_spreads_with_the_root_of_time_and_keeps_no_direction() {
    // Variance of differences over `lag` rows, in units of one row's; of a walk it is the lag.
    let (mut ratio, mut products, mut n) = (0.0, 0.0, 0.0);
    for stream in 0..400 {
        let values = noise::walk(&mut Draws::new(5, stream), 200).values;
        let steps: Vec<f64> = values.windows(2).map(|pair| pair[1] - pair[0]).collect();
        let variance = steps.iter().map(|step| step * step).sum::<f64>() / 199.0;
        ratio += values.iter().zip(&values[9..]).map(|(a, b)| (b - a) * (b - a)).sum::<f64>() / 191.0 / variance;
        products += steps.windows(2).map(|pair| pair[0] * pair[1]).sum::<f64>() / 198.0 / variance;
        n += 1.0;
    }
    assert!((ratio / n - 9.0).abs() < 0.6, "{}", ratio / n);
    assert!((products / n).abs() < 0.02, "{}", products / n);
}

#[test]
fn counts_are_whole_with_zeros_and_constants_constant() {
    let mut with_zeros = 0;
    for stream in 0..200 {
        let mut rng = Draws::new(6, stream);
        let seasons = Seasons::draw(&mut rng);
        let counts = draw_kind(&mut rng, Kind::Intermittent, 240, seasons).values;
        assert!(counts.iter().all(|value| *value >= 0.0 && value.fract() == 0.0));
        with_zeros += usize::from(counts.contains(&0.0));
        let constant = draw_kind(&mut rng, Kind::Constant, 50, seasons).values;
        assert!(constant.iter().all(|value| *value == constant[0]));
    }
    assert!(with_zeros > 140, "{with_zeros} of 200");
}

#[test]
fn yearly_series_often_grow_by_ratios_and_break() {
    let mut by_ratio = 0;
    for stream in 0..1000 {
        let mut rng = Draws::new(7, stream);
        let kind = rng.pick(&SHARES);
        by_ratio += usize::from(raw(&mut rng, kind, 40, Seasons::NONE).nature == Nature::Ratio);
    }
    assert!(by_ratio > 120, "{by_ratio} of 1000");
    let broken = (0..2000)
        .filter(|&stream| {
            let mut rng = Draws::new(8, stream);
            let breaks = breaks::Breaks::draw(&mut rng);
            (0..500).any(|_| breaks.now(&mut rng))
        })
        .count();
    assert!((520..680).contains(&broken), "{broken} of 2000");
}
