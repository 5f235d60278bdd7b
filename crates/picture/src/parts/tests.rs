use super::*;
use crate::picture::Window;
use proptest::prelude::*;

fn sample(name: &str) -> Vec<u8> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/data/pictures/");
    std::fs::read(format!("{folder}{name}")).unwrap()
}

fn found(bytes: &[u8]) -> Parts {
    parts(bytes, &Limits { bytes: 1 << 30 })
}

/// Of the pixels that libheif makes of `grid.heic`.
const GRID: &str = "14169ae1b994481a";

/// The colour of the middle.
fn middle(bytes: &[u8]) -> [u8; 3] {
    let square = Picture::decode(bytes).unwrap().square(3, Window::Whole);
    square[12..15].try_into().unwrap()
}

const RED: [u8; 3] = [200, 30, 40];
const BLUE: [u8; 3] = [30, 60, 200];

/// Decoders of these formats show what is there of a file that is cut off, without an error.
#[test]
fn what_is_cut_off_is_told() {
    let jpeg = image::RgbImage::from_fn(96, 96, |x, y| {
        image::Rgb([x * y, x ^ y, x + y].map(|v| v as u8))
    });
    let mut whole = std::io::Cursor::new(Vec::new());
    jpeg.write_to(&mut whole, image::ImageFormat::Jpeg).unwrap();
    let whole = whole.into_inner();
    assert_eq!(found(&whole).unseen, []);
    let cut = &whole[..whole.len() * 2 / 3];
    assert!(
        Picture::decode(cut).is_ok(),
        "who is refused needs no telling"
    );
    let told = |bytes: &[u8]| -> Vec<Unseen> {
        let all = found(bytes).unseen.into_iter();
        all.map(|(what, ..)| what).collect()
    };
    assert_eq!(told(cut), [Unseen::Cut]);

    let pages = sample("pages.tif");
    let place = u32::from_le_bytes(pages[4..8].try_into().unwrap()) as usize;
    let count = u16::from_le_bytes(pages[place..place + 2].try_into().unwrap()) as usize;
    let next = place + 2 + 12 * count;
    let mut lost = pages.clone();
    lost[next..next + 4].copy_from_slice(&[0xff; 4]);
    assert_eq!(told(&lost), [Unseen::Frames]);
    assert!(found(&lost).pictures.is_empty());
    lost[next..next + 4].fill(0);
    assert!(
        !told(&lost).contains(&Unseen::Frames),
        "it says that there is no other page"
    );
}

#[track_caller]
fn shows(part: &Part, colour: [u8; 3]) {
    let seen = middle(&part.bytes);
    let near = seen.iter().zip(colour).all(|(a, b)| a.abs_diff(b) <= 3);
    assert!(near, "{}: {seen:?} is not {colour:?}", part.name);
}

/// What a network sees is the first frame; every other one is a picture of its own, and a frame that was seen is none.
#[test]
fn every_page_and_every_frame_is_a_picture() {
    for name in [
        "pages.tif",
        "pages-jpeg.tif",
        "frames.gif",
        "frames.png",
        "frames.webp",
    ] {
        let bytes = sample(name);
        let found = found(&bytes);
        assert_eq!(found.pictures.len(), 2, "{name}");
        shows(&found.pictures[0], RED);
        shows(&found.pictures[1], BLUE);
        assert!(found.unseen.is_empty(), "{name}: {:?}", found.unseen);
        for part in &found.pictures {
            // A part has no parts: nothing is taken out twice.
            assert!(
                parts(&part.bytes, &Limits { bytes: 1 << 30 })
                    .pictures
                    .is_empty()
            );
        }
    }
    let fax = found(&sample("fax.tif"));
    assert_eq!(middle(&fax.pictures[0].bytes), [0; 3]);
    assert_eq!(middle(&fax.pictures[1].bytes), [255; 3]);
}

#[test]
fn thumbnails_are_pictures_where_they_show_something_else() {
    for name in ["thumbnail-same.jpg", "thumbnail-bars.jpg"] {
        assert!(found(&sample(name)).pictures.is_empty(), "{name}");
    }
    let other = found(&sample("thumbnail-other.jpg"));
    assert_eq!(other.pictures.len(), 1);
    shows(&other.pictures[0], RED);
    assert_eq!(other.pictures[0].name, "thumbnail.jpg");
}

/// Telephones store a picture as a grid of tiles. Compared with libheif's: the same bytes.
#[test]
fn a_grid_is_one_picture_and_the_next_one_in_the_file_another() {
    let bytes = sample("grid.heic");
    let picture = Picture::decode(&bytes).unwrap();
    assert_eq!(picture.size(), (512, 192));
    let (_, hash) = picture.rgb().unwrap();
    assert_eq!(hex(&hash[..8]), GRID);
    let found = found(&bytes);
    let names: Vec<&str> = found.pictures.iter().map(|part| &*part.name).collect();
    assert_eq!(names, ["picture-3.png"], "neither tiles nor thumbnail");
    assert_eq!(
        Picture::decode(&found.pictures[0].bytes).unwrap().size(),
        (384, 192)
    );
    assert!(found.unseen.is_empty() && found.beside.is_empty());
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn where_a_picture_ends_is_known_for_every_format() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/data/pictures/");
    let mut looked = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let mut bytes = std::fs::read(entry.unwrap().path()).unwrap();
        if Kind::of(&bytes).is_none() {
            continue;
        }
        let end = end(&bytes).unwrap();
        let own = bytes.len();
        bytes.extend(b"zip behind it");
        let behind = found(&bytes).beside;
        let last = behind.last().expect("what was put there");
        assert!(last.end == bytes.len() && last.start <= own && last.start == end);
        looked += 1;
    }
    assert!(looked > 15);
    let mut bitmap = std::io::Cursor::new(Vec::new());
    let image = image::RgbImage::from_pixel(5, 3, image::Rgb([1, 2, 3]));
    image
        .write_to(&mut bitmap, image::ImageFormat::Bmp)
        .unwrap();
    let mut bitmap = bitmap.into_inner();
    let own = bitmap.len();
    bitmap.extend(b"behind it");
    // The size that the file states is anybody's.
    bitmap[2..6].copy_from_slice(&(own as u32 + 9).to_le_bytes());
    assert_eq!(end(&bitmap), Some(own));
}

/// Beyond the cap frames come from all of the animation, and the others are counted.
#[test]
fn long_animations_are_sampled_and_the_rest_is_counted() {
    let mut bytes = Vec::new();
    let mut encoder = image::codecs::gif::GifEncoder::new(&mut bytes);
    for number in 0..200u32 {
        let shade = image::Rgba([number as u8, 0, 200, 255]);
        let frame = image::RgbaImage::from_pixel(8, 8, shade);
        encoder.encode_frame(image::Frame::new(frame)).unwrap();
    }
    drop(encoder);
    let found = found(&bytes);
    assert_eq!(found.pictures.len(), 50, "every fourth of 199");
    assert_eq!(found.pictures[1].name, "frame-6.png");
    let [(Unseen::Frames, 149, why)] = &found.unseen[..] else {
        panic!("{:?}", found.unseen);
    };
    assert!(why.contains("of 199 different ones"), "{why}");
    // Cut in the middle of a frame: those before are there, the others are counted.
    let cut = super::parts(&bytes[..bytes.len() * 3 / 4], &Limits { bytes: 1 << 30 });
    assert!(cut.pictures.len() > 30 && !cut.unseen.is_empty());
}

#[test]
fn what_is_larger_than_a_family_is_counted() {
    let found = parts(&sample("pages.tif"), &Limits { bytes: 600 });
    let all = found.pictures.len() + found.unseen.len();
    assert!(all == 2 && !found.unseen.is_empty(), "{found:?}");
}

#[test]
fn inks_are_said_to_be_approximate() {
    let [(Unseen::Colour, 1, why)] = &found(&sample("inks.jpg")).unseen[..] else {
        panic!("not told");
    };
    assert!(why.contains("CMYK"), "{why}");
}

/// Pixels of lossless files, and how they are meant to be seen, against what Pillow makes of them.
#[test]
fn what_a_person_sees_is_defined() {
    let plain = Picture::decode(&sample("plain.png")).unwrap();
    let seen = plain.square(8, Window::Whole);
    assert_eq!(
        Picture::decode(&sample("interlaced.png"))
            .unwrap()
            .rgb()
            .unwrap()
            .1,
        plain.rgb().unwrap().1
    );
    // A quarter turn to the right.
    for name in ["turned.png", "turned.tif", "turned.webp", "turned.jpg"] {
        let turned = Picture::decode(&sample(name)).unwrap();
        assert_eq!(turned.size(), (32, 48), "{name}");
        let square = turned.square(8, Window::Whole);
        let allowed = if name.ends_with("jpg") { 24 } else { 0 };
        for y in 0..8 {
            for x in 0..8 {
                let (there, here) = (3 * (8 * (7 - x) + y), 3 * (8 * y + x));
                let near = (0..3).all(|c| square[here + c].abs_diff(seen[there + c]) <= allowed);
                assert!(near, "{name} at {x} {y}");
            }
        }
    }
    // One colour of the palette is transparent: white.
    let palette = Picture::decode(&sample("palette.png")).unwrap();
    let (image, _) = palette.rgb().unwrap();
    assert_eq!(image.into_rgb8().get_pixel(40, 20).0, [255; 3]);
}

#[test]
fn programs_that_know_less_are_given_one_upright_picture() {
    for name in ["frames.gif", "frames.webp", "grid.heic", "turned.jpg"] {
        let png = for_others(&sample(name)).unwrap();
        assert_eq!(Kind::of(&png), Some(Kind::Png), "{name}");
        assert_eq!(
            Picture::decode(&png).unwrap().size(),
            Picture::decode(&sample(name)).unwrap().size()
        );
    }
    let first = for_others(&sample("pages.tif")).unwrap();
    assert!(for_others(&first).is_none() && found(&first).pictures.is_empty());
    for name in ["plain.png", "inks.jpg"] {
        assert!(for_others(&sample(name)).is_none(), "{name}");
    }
}

#[test]
fn tiff_that_holds_jpeg_is_lossy() {
    assert!(is_lossy(&sample("pages-jpeg.tif")) && !is_lossy(&sample("pages.tif")));
}

#[test]
fn the_first_frame_of_a_webp_file_says_whether_it_is_lossy() {
    let chunk = |name: &[u8; 4], data: &[u8]| {
        let mut out = name.to_vec();
        out.extend((data.len() as u32).to_le_bytes());
        out.extend(data);
        out.extend(vec![0; data.len() % 2]);
        out
    };
    let (lossy, exact) = (chunk(b"VP8 ", &[1; 6]), chunk(b"VP8L", &[1; 5]));
    let file = |chunks: &[Vec<u8>]| {
        let mut out = b"RIFF\0\0\0\0WEBP".to_vec();
        out.extend(chunks.concat());
        out
    };
    let extended = chunk(b"VP8X", &[0; 10]);
    assert!(is_lossy(&file(std::slice::from_ref(&lossy))));
    assert!(!is_lossy(&file(std::slice::from_ref(&exact))));
    let alpha = chunk(b"ALPH", &[0; 3]);
    assert!(is_lossy(&file(&[extended.clone(), alpha, lossy.clone()])));
    assert!(!is_lossy(&file(&[
        extended.clone(),
        exact.clone(),
        lossy.clone()
    ])));
    let frame = |inner: &[u8]| chunk(b"ANMF", &[&[0u8; 16][..], inner].concat());
    assert!(is_lossy(&file(&[extended.clone(), frame(&lossy)])));
    assert!(!is_lossy(&file(&[
        extended.clone(),
        frame(&exact),
        frame(&lossy)
    ])));
    // Sizes that lead nowhere.
    let mut endless = chunk(b"EXIF", &[]);
    endless[4..8].copy_from_slice(&[0xff; 4]);
    assert!(!is_lossy(&file(&[endless])));
    assert!(!is_lossy(&file(&[])));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    /// No byte makes it panic or take more than it may.
    #[test]
    fn damaged_files_never_panic(
        name in prop::sample::select(vec![
            "pages.tif", "pages-jpeg.tif", "fax.tif", "frames.gif", "frames.png", "frames.webp", "two.mpo", "grid.heic",
            "thumbnail-other.jpg", "palette.png",
        ]),
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..12),
    ) {
        let mut file = sample(name);
        for (at, value) in damage {
            let at = at.index(file.len());
            file[at] = value;
        }
        let found = parts(&file, &Limits { bytes: 1 << 24 });
        for range in &found.beside {
            prop_assert!(range.end <= file.len());
        }
        let size: usize = found.pictures.iter().map(|part| part.bytes.len()).sum();
        prop_assert!(size <= 1 << 24);
    }
}
