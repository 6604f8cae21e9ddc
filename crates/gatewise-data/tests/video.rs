//! Video: every container against ffmpeg's frames, folders of pictures, and files that are no video.

use std::fs;
use std::path::{Path, PathBuf};

use gatewise_data::Frames;
use gatewise_data::video::{Augment, VideoError, VideoOptions, decode};

/// Size of the golden clips.
const WIDTH: usize = 54;
const HEIGHT: usize = 38;

fn golden(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name)
}

/// Every frame at its own size, grey alone.
fn whole() -> VideoOptions {
    VideoOptions { width: WIDTH, height: HEIGHT, fps: None, differences: false, ..VideoOptions::default() }
}

fn read(name: &str, options: &VideoOptions) -> Frames {
    decode(&golden(name), options).unwrap_or_else(|e| panic!("{name}: {e}"))
}

#[test]
fn h264_with_b_frames_is_what_ffmpeg_decodes() {
    let expected = read("clip.y4m", &whole());
    assert_eq!((expected.steps, expected.width), (12, WIDTH * HEIGHT));
    // The clip moves: frames in another order would not be equal.
    assert!((1..12).all(|t| expected.row(t) != expected.row(t - 1)));
    for name in ["clip.mp4", "index-last.mp4"] {
        let frames = read(name, &whole());
        assert_eq!(frames.steps, expected.steps, "{name}");
        for (t, (got, expected)) in frames.rows().zip(expected.rows()).enumerate() {
            assert!(got == expected, "{name}: frame {t} differs");
        }
    }
}

#[test]
fn y4m_luma_is_scaled_from_the_range_of_video() {
    let bytes = fs::read(golden("clip.y4m")).unwrap();
    let header = bytes.iter().position(|&b| b == b'\n').unwrap() + 1 + b"FRAME\n".len();
    for (k, (&got, &luma)) in read("clip.y4m", &whole()).values.iter().zip(&bytes[header..][..WIDTH * HEIGHT]).enumerate() {
        let expected = ((f32::from(luma) - 16.0) / 219.0).clamp(0.0, 1.0);
        assert!((got - expected).abs() < 1e-6, "pixel {k}: {got}, expected {expected}");
    }
}

#[test]
fn a_gif_shows_the_same_pictures() {
    let (clip, gif) = (read("clip.mp4", &whole()), read("clip.gif", &whole()));
    assert_eq!(gif.steps, 6);
    for (t, (a, b)) in gif.rows().zip(clip.rows()).enumerate() {
        let difference = a.iter().zip(b).map(|(a, b)| (a - b).abs()).sum::<f32>() / a.len() as f32;
        // Two weights of the colours (BT.601, BT.709) and 256 colours with dither.
        assert!(difference < 0.06, "frame {t} differs by {difference} a pixel");
    }
}

#[test]
fn a_folder_of_pictures_is_a_clip_in_the_order_of_its_numbers() {
    let folder = tempfile::tempdir().unwrap();
    for (name, grey) in [("frame10.png", 30), ("frame9.PNG", 20), ("frame1.png", 10)] {
        let mut encoder = png::Encoder::new(fs::File::create(folder.path().join(name)).unwrap(), 8, 6);
        encoder.set_color(png::ColorType::Rgb);
        encoder.write_header().unwrap().write_image_data(&[grey; 8 * 6 * 3]).unwrap();
    }
    fs::write(folder.path().join("notes.txt"), "no picture").unwrap();
    fs::write(folder.path().join(".hidden.png"), "no picture").unwrap();
    let options = VideoOptions { width: 2, height: 2, ..VideoOptions::default() };
    let frames = decode(folder.path(), &options).unwrap();
    assert_eq!((frames.steps, frames.width), (3, 8));
    for (t, row) in frames.rows().enumerate() {
        let (grey, difference) = ((t + 1) as f32 * 10.0 / 255.0, if t == 0 { 0.0 } else { (10.0_f32 / 255.0).sqrt() });
        assert!(row[..4].iter().all(|x| (x - grey).abs() < 1e-6) && row[4..].iter().all(|x| (x - difference).abs() < 1e-6), "{row:?}");
    }
    let parts = |grey, differences| decode(folder.path(), &VideoOptions { grey, differences, ..options.clone() }).unwrap();
    let (still, moving) = (parts(true, false), parts(false, true));
    assert_eq!((still.width, moving.width), (4, 4));
    for ((row, still), moving) in frames.rows().zip(still.rows()).zip(moving.rows()) {
        assert_eq!(row, [still, moving].concat());
    }
}

#[test]
fn the_pace_follows_the_clips_clock() {
    let frames = |fps| read("clip.mp4", &VideoOptions { fps, ..whole() });
    let (all, some) = (frames(None), frames(Some(10.0)));
    assert_eq!((all.steps, some.steps), (12, 5));
    // 25 frames a second: the first at or after every tenth of a second.
    for (got, expected) in some.rows().zip([0, 3, 5, 8, 10]) {
        assert!(got == all.row(expected), "frame {expected}");
    }
}

#[test]
fn other_codings_go_through_ffmpeg_where_there_is_one() {
    match decode(&golden("mpeg4.avi"), &whole()) {
        Ok(frames) => {
            let expected = read("clip.mp4", &whole());
            assert_eq!(frames.steps, 12);
            let difference =
                frames.values.iter().zip(&expected.values).map(|(a, b)| (a - b).abs()).sum::<f32>() / frames.values.len() as f32;
            assert!(difference < 0.03, "{difference} a pixel");
        }
        Err(error) => {
            assert!(matches!(error, VideoError::NeedsFfmpeg { .. }), "{error}");
            assert!(error.help().unwrap().contains("install ffmpeg"));
        }
    }
}

#[test]
fn what_is_no_video_is_named_with_its_cure() {
    let folder = tempfile::tempdir().unwrap();
    let mp4 = fs::read(golden("clip.mp4")).unwrap();
    let gif = fs::read(golden("clip.gif")).unwrap();
    let y4m = fs::read(golden("clip.y4m")).unwrap();
    let header = y4m.iter().position(|&b| b == b'\n').unwrap() + 1;
    let mut noise = mp4.clone();
    let data = mp4.windows(4).position(|word| word == b"mdat").unwrap() + 40;
    noise[data..].iter_mut().enumerate().for_each(|(k, b)| *b = (k * 37 % 251) as u8);
    let cases: [(&str, Vec<u8>, &str); 10] = [
        ("empty.mp4", vec![], "the file is empty"),
        ("cut.mp4", mp4[..mp4.len() - 500].to_vec(), "damaged after"),
        ("no-index.mp4", fs::read(golden("index-last.mp4")).unwrap()[..1500].to_vec(), "cut off"),
        ("noise.mp4", noise, "noise.mp4"),
        ("sound.mp4", fs::read(golden("sound.mp4")).unwrap(), "no frame in this video"),
        ("cut.gif", gif[..gif.len() - 400].to_vec(), "damaged after"),
        ("header.gif", gif[..10].to_vec(), "header.gif"),
        ("cut.y4m", y4m[..y4m.len() - 400].to_vec(), "damaged after 11 frames"),
        ("no-frames.y4m", y4m[..header].to_vec(), "no frame in this video"),
        ("text.avi", b"this is no video".repeat(9), "text.avi"),
    ];
    for (name, bytes, expected) in cases {
        let path = folder.path().join(name);
        fs::write(&path, bytes).unwrap();
        let error = decode(&path, &whole()).err().unwrap_or_else(|| panic!("{name} is read"));
        let text = error.to_string();
        assert!(text.contains(name) && text.contains(expected), "{name}: {text}");
        assert!(error.help().is_some() && !error.is_io(), "{name}");
    }
    let clip = folder.path().join("clip");
    fs::create_dir(&clip).unwrap();
    assert!(matches!(decode(&clip, &whole()), Err(VideoError::NoFrames { .. })));
    fs::write(clip.join("1.png"), "no picture").unwrap();
    let broken = decode(&clip, &whole()).unwrap_err();
    assert!(broken.to_string().contains("1.png"), "{broken}");
    assert!(decode(&folder.path().join("missing.mp4"), &whole()).unwrap_err().is_io());
}

#[test]
fn settings_out_of_range_are_refused() {
    let bad = [
        ("width", VideoOptions { width: 0, ..whole() }),
        ("height", VideoOptions { height: 5000, ..whole() }),
        ("fps", VideoOptions { fps: Some(0.0), ..whole() }),
        ("fps", VideoOptions { fps: Some(f64::NAN), ..whole() }),
        ("channels", VideoOptions { grey: false, ..whole() }),
        ("max_frames", VideoOptions { max_frames: 0, ..whole() }),
    ];
    for (expected, options) in bad {
        let error = decode(&golden("clip.mp4"), &options).err().unwrap_or_else(|| panic!("{expected} is accepted"));
        assert!(matches!(error, VideoError::Setting { name, .. } if name == expected), "{error}");
    }
}

#[test]
fn augmentation_mirrors_and_moves_all_frames_alike() {
    let options = VideoOptions { width: 3, height: 2, differences: true, ..VideoOptions::default() };
    let frame: Vec<f32> = (0..12).map(|k| k as f32).collect();
    let change = |augment: &Augment, draws: &[f64]| {
        let mut draws = draws.iter().copied();
        let mut values = frame.repeat(2);
        augment.apply(&mut values, &options, &mut || draws.next().unwrap());
        assert_eq!(values[..12], values[12..]);
        values[..12].to_vec()
    };
    assert_eq!(change(&Augment::default(), &[0.3, 0.9]), frame);
    let mirrored = [2.0, 1.0, 0.0, 5.0, 4.0, 3.0, 8.0, 7.0, 6.0, 11.0, 10.0, 9.0];
    assert_eq!(change(&Augment { flip: true, shift: 0 }, &[0.2, 0.9, 0.1]), mirrored);
    assert_eq!(change(&Augment { flip: true, shift: 0 }, &[0.7, 0.9, 0.1]), frame);
    let moved = [4.0, 5.0, 5.0, 4.0, 5.0, 5.0, 10.0, 11.0, 11.0, 10.0, 11.0, 11.0];
    assert_eq!(change(&Augment { flip: false, shift: 1 }, &[0.99, 0.99]), moved);
}

#[test]
fn a_film_is_turned_the_way_its_file_says_was_up() {
    let plain = read("clip.mp4", &whole());
    let mut bytes = fs::read(golden("clip.mp4")).unwrap();
    // The matrix stands 40 bytes behind the name of the track's header, of version 0.
    let header = bytes.windows(4).position(|name| name == b"tkhd").unwrap();
    for (place, value) in [0_i32, 1 << 16, 0, -(1 << 16), 0].into_iter().enumerate().map(|(k, value)| (44 + 4 * k, value)) {
        bytes[header + place..][..4].copy_from_slice(&value.to_be_bytes());
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("phone.mp4");
    fs::write(&path, bytes).unwrap();
    let turned = decode(&path, &VideoOptions { width: HEIGHT, height: WIDTH, ..whole() }).unwrap();
    // A quarter turn to the right: the first column, from below, is the first row.
    for (plain, turned) in plain.rows().zip(turned.rows()) {
        for (y, x) in [(0, 0), (3, 5), (HEIGHT - 1, WIDTH - 1)] {
            assert_eq!(turned[x * HEIGHT + HEIGHT - 1 - y], plain[y * WIDTH + x]);
        }
    }
    // A model of an earlier version reads it as it lies.
    let lying = decode(&path, &VideoOptions { upright: false, ..whole() }).unwrap();
    assert_eq!(lying.values, plain.values);
}
