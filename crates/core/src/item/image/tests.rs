use super::*;
use candor_picture::PictureError;
use image::codecs::webp::WebPEncoder;
use image::metadata::Orientation;
use image::{
    DynamicImage, ExtendedColorType, GrayImage, ImageBuffer, ImageEncoder, ImageFormat, Rgb,
    RgbImage, RgbaImage,
};
use proptest::prelude::*;
use sha2::{Digest, Sha256};
use std::io::Cursor;

fn encode(image: impl Into<DynamicImage>, format: ImageFormat) -> Vec<u8> {
    let mut out = Cursor::new(Vec::new());
    image.into().write_to(&mut out, format).unwrap();
    out.into_inner()
}

/// A picture without symmetries.
fn pattern(width: u32, height: u32) -> RgbImage {
    RgbImage::from_fn(width, height, |x, y| {
        let v = x * 31 + y * 57 + x * y * 3;
        Rgb([v as u8, (v / 3) as u8, (255 - (x * 5 + y) % 256) as u8])
    })
}

/// The definition of the area average, one target pixel at a time.
fn naive(picture: &RgbImage, left: u32, top: u32, width: u32, height: u32, side: u32) -> Vec<u8> {
    let overlap = |source: u32, target: u32, size: u32| {
        let end = ((source + 1) * side).min((target + 1) * size);
        u64::from(end.saturating_sub((source * side).max(target * size)))
    };
    let mut out = Vec::new();
    for c in 0..3 {
        for ty in 0..side {
            for tx in 0..side {
                let mut sum = 0;
                for y in 0..height {
                    for x in 0..width {
                        let p = picture.get_pixel(left + x, top + y)[c];
                        sum += overlap(x, tx, width) * overlap(y, ty, height) * u64::from(p);
                    }
                }
                let area = u64::from(width * height);
                out.push(((sum + area / 2) / area) as u8);
            }
        }
    }
    out
}

fn sha(vector: &CanonicalVector) -> String {
    hex::encode(&Sha256::digest(vector.bytes())[..8])
}

#[test]
fn four_pixels_become_four_quadrants() {
    let picture = RgbImage::from_raw(2, 2, vec![1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]).unwrap();
    let vector = image_vector(Form::ImageRgb32V1, &encode(picture, ImageFormat::Png)).unwrap();
    let at = |c: usize, y: usize, x: usize| vector.bytes()[(c * 32 + y) * 32 + x];
    for c in 0..3 {
        let c8 = c as u8;
        assert_eq!(at(c, 0, 0), 1 + c8);
        assert_eq!(at(c, 15, 15), 1 + c8);
        assert_eq!(at(c, 15, 16), 4 + c8);
        assert_eq!(at(c, 16, 15), 7 + c8);
        assert_eq!(at(c, 31, 31), 10 + c8);
    }
}

#[test]
fn averages_are_rounded_half_up() {
    // Blocks of 2 x 2 with values 0, 0, 0, 2 (mean 0.5) and 0, 0, 0, 1 (mean 0.25).
    let picture = GrayImage::from_fn(64, 64, |x, y| {
        let corner = x % 2 == 1 && y % 2 == 1;
        image::Luma([u8::from(corner) * if x < 32 { 2 } else { 1 }])
    });
    let vector = image_vector(Form::ImageRgb32V1, &encode(picture, ImageFormat::Png)).unwrap();
    for row in vector.bytes().chunks(32) {
        assert_eq!((row[0], row[15], row[16], row[31]), (1, 1, 0, 0));
    }
}

#[test]
fn one_and_a_half_pixels_share_the_middle_one() {
    // 48 columns to 32: targets 0 and 1 are (2 a + b) / 3 and (b + 2 c) / 3.
    let picture = GrayImage::from_fn(48, 32, |x, _| {
        image::Luma([[30, 90, 150][(x % 3) as usize]])
    });
    let vector = image_vector(Form::ImageRgb32V1, &encode(picture, ImageFormat::Png)).unwrap();
    assert_eq!(&vector.bytes()[..4], &[50, 130, 50, 130]);
}

#[test]
fn the_large_form_is_the_centre_square() {
    let picture = pattern(261, 230);
    let vector = image_vector(
        Form::ImageRgb224V1,
        &encode(picture.clone(), ImageFormat::Png),
    )
    .unwrap();
    // floor((261 - 230) / 2) = 15
    let cut = image::imageops::crop_imm(&picture, 15, 0, 230, 230).to_image();
    let again = image_vector(Form::ImageRgb224V1, &encode(cut, ImageFormat::Png)).unwrap();
    assert_eq!(vector, again);
}

#[test]
fn transparency_is_white() {
    let pixel = [200, 0, 100, 51]; // 0.2 of the colour, 0.8 of white
    let picture = RgbaImage::from_fn(5, 5, |_, _| image::Rgba(pixel));
    let vector = image_vector(Form::ImageRgb32V1, &encode(picture, ImageFormat::Png)).unwrap();
    let [r, g, b] = [0, 1024, 2048].map(|i| vector.bytes()[i]);
    assert_eq!((r, g, b), (244, 204, 224));
}

#[test]
fn sixteen_bits_are_narrowed() {
    let picture: ImageBuffer<Rgb<u16>, _> = ImageBuffer::from_fn(4, 4, |_, _| {
        Rgb([65_535u16, 257 * 77 + 128, 257 * 77 + 129])
    });
    let vector = image_vector(
        Form::ImageRgb32V1,
        &encode(DynamicImage::ImageRgb16(picture), ImageFormat::Png),
    )
    .unwrap();
    let [r, g, b] = [0, 1024, 2048].map(|i| vector.bytes()[i]);
    assert_eq!((r, g, b), (255, 77, 78));
}

/// A little-endian EXIF block with nothing but the orientation.
fn exif(orientation: u8) -> Vec<u8> {
    let mut out = b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0".to_vec();
    out.extend([orientation, 0, 0, 0, 0, 0, 0, 0]);
    out
}

#[test]
fn stated_orientation_is_applied() {
    let stored = pattern(40, 24);
    for code in 1..=8u8 {
        let mut file = Vec::new();
        let mut encoder = WebPEncoder::new_lossless(&mut file);
        encoder.set_exif_metadata(exif(code)).unwrap();
        encoder
            .write_image(stored.as_raw(), 40, 24, ExtendedColorType::Rgb8)
            .unwrap();
        let mut upright = DynamicImage::ImageRgb8(stored.clone());
        upright.apply_orientation(Orientation::from_exif(code).unwrap());
        let size = (upright.width(), upright.height());
        let expected = encode(upright, ImageFormat::Png);
        assert_eq!(Picture::decode(&file).unwrap().size(), size);
        for form in [Form::ImageRgb32V1, Form::ImageRgb96V1, Form::ImageRgb224V1] {
            let found = image_vector(form, &file).unwrap();
            assert_eq!(found, image_vector(form, &expected).unwrap(), "EXIF {code}");
        }
    }
}

/// The published bytes of the forms: a change here breaks every commitment ever made.
#[test]
fn the_forms_are_pinned() {
    let picture = pattern(123, 77);
    let png = encode(picture.clone(), ImageFormat::Png);
    let pins = [
        (Form::ImageRgb32V1, "d1398561dc660d79"),
        (Form::ImageRgb96V1, "d7477733fddeb3e1"),
        (Form::ImageRgb224V1, "62c72385bf98d038"),
    ];
    let found = pins.map(|(form, _)| sha(&image_vector(form, &png).unwrap()));
    assert_eq!(found, pins.map(|(_, pin)| pin.to_owned()));
    for format in [ImageFormat::Bmp, ImageFormat::Tiff, ImageFormat::WebP] {
        let file = encode(picture.clone(), format);
        for (form, pin) in pins {
            assert_eq!(sha(&image_vector(form, &file).unwrap()), pin, "{format:?}");
        }
    }
}

#[test]
fn gif_and_jpeg_are_read() {
    let picture = pattern(50, 50);
    for format in [ImageFormat::Gif, ImageFormat::Jpeg] {
        let vector = image_vector(Form::ImageRgb32V1, &encode(picture.clone(), format)).unwrap();
        let exact = image_vector(
            Form::ImageRgb32V1,
            &encode(picture.clone(), ImageFormat::Png),
        )
        .unwrap();
        let total: u32 = vector
            .bytes()
            .iter()
            .zip(exact.bytes())
            .map(|(a, b)| u32::from(a.abs_diff(*b)))
            .sum();
        assert!(
            total < 40 * 3072,
            "{format:?}: mean difference {}",
            total / 3072
        );
    }
}

#[test]
fn what_is_no_picture_is_refused() {
    let form = Form::ImageRgb32V1;
    assert!(matches!(
        image_vector(form, b"%PDF-1.4 no picture at all"),
        Err(ImageError::Picture(PictureError::Unrecognised))
    ));
    assert!(matches!(
        image_vector(form, b""),
        Err(ImageError::Picture(PictureError::Unrecognised))
    ));
    assert!(matches!(
        image_vector(Form::TextHash4080V1, b""),
        Err(ImageError::Form(_))
    ));
    let png = encode(pattern(20, 20), ImageFormat::Png);
    for length in 8..png.len() - 12 {
        assert!(
            image_vector(form, &png[..length]).is_err(),
            "cut at {length}"
        );
    }
    let float = DynamicImage::ImageRgb32F(ImageBuffer::from_fn(4, 4, |_, _| Rgb([0.5f32; 3])));
    assert!(matches!(
        image_vector(form, &encode(float, ImageFormat::Tiff)),
        Err(ImageError::Picture(PictureError::FloatSamples))
    ));
}

/// A few bytes that announce gigapixels.
#[test]
fn bombs_are_refused() {
    let mut bomb = b"BM".to_vec();
    bomb.extend([0u8; 8]);
    bomb.extend(54u32.to_le_bytes());
    bomb.extend(40u32.to_le_bytes());
    bomb.extend(50_000i32.to_le_bytes());
    bomb.extend(50_000i32.to_le_bytes());
    bomb.extend([1, 0, 24, 0]);
    bomb.extend([0u8; 24]);
    let error = image_vector(Form::ImageRgb32V1, &bomb).unwrap_err();
    assert!(
        matches!(
            error,
            ImageError::Picture(PictureError::TooLarge { .. } | PictureError::Memory)
        ),
        "{error}"
    );
    let mut png = encode(pattern(4, 4), ImageFormat::Png);
    png[16..24].copy_from_slice(&[0, 1, 0, 0, 0, 1, 0, 0]);
    assert!(image_vector(Form::ImageRgb32V1, &png).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn scaling_agrees_with_the_definition(width in 1u32..80, height in 1u32..80) {
        let picture = pattern(width, height);
        let found = image_vector(Form::ImageRgb32V1, &encode(picture.clone(), ImageFormat::Png)).unwrap();
        prop_assert_eq!(found.bytes(), &naive(&picture, 0, 0, width, height, 32)[..]);
    }

    #[test]
    fn damaged_files_never_panic(
        format in prop::sample::select(vec![
            ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::Gif, ImageFormat::Bmp,
            ImageFormat::Tiff, ImageFormat::WebP,
        ]),
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..20),
    ) {
        let mut file = encode(pattern(33, 21), format);
        for (at, value) in damage {
            let at = at.index(file.len());
            file[at] = value;
        }
        let _ = image_vector(Form::ImageRgb96V1, &file);
    }
}

#[test]
fn tiles_hold_every_pixel_once() {
    let (width, height) = (37u32, 18u32);
    let image = RgbImage::from_fn(width, height, |x, y| Rgb([x as u8, y as u8, 7]));
    let bytes = encode(image, ImageFormat::Png);
    let tiles = Picture::decode(&bytes).unwrap().tiles();
    let sizes: Vec<usize> = tiles.iter().map(|tile| tile.len() / 3).collect();
    assert_eq!(sizes, [256, 256, 80, 32, 32, 10]);
    assert_eq!(&tiles[0][..3], [0, 0, 7]);
    assert_eq!(&tiles[2][..3], [32, 0, 7]);
    assert_eq!(&tiles[5][27..], [36, 17, 7]);
}
