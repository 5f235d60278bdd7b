use super::*;

/// A profile with these tags.
fn profile(space: &[u8; 4], tags: &[(&[u8; 4], Vec<u8>)]) -> Vec<u8> {
    let mut out = vec![0; 128];
    out[16..20].copy_from_slice(space);
    out[20..24].copy_from_slice(b"XYZ ");
    out.extend((tags.len() as u32).to_be_bytes());
    let mut at = 132 + 12 * tags.len();
    for (name, content) in tags {
        out.extend(*name);
        out.extend((at as u32).to_be_bytes());
        out.extend((content.len() as u32).to_be_bytes());
        at += content.len();
    }
    for (_, content) in tags {
        out.extend(content);
    }
    out
}

fn fixed(v: f64) -> [u8; 4] {
    ((v * 65_536.0).round() as i32).to_be_bytes()
}

fn xyz(v: [f64; 3]) -> Vec<u8> {
    [&b"XYZ \0\0\0\0"[..], &v.map(fixed).concat()].concat()
}

fn gamma(g: f64) -> Vec<u8> {
    let g = ((g * 256.0).round() as u16).to_be_bytes();
    [&b"curv\0\0\0\0\0\0\0\x01"[..], &g].concat()
}

fn srgb_curve() -> Vec<u8> {
    let numbers = [2.4, 1.0 / 1.055, 0.055 / 1.055, 1.0 / 12.92, 0.04045].map(fixed);
    [&b"para\0\0\0\0\0\x03\0\0"[..], &numbers.concat()].concat()
}

fn rgb(columns: [[f64; 3]; 3], curve: Vec<u8>) -> Vec<u8> {
    let [r, g, b] = columns.map(xyz);
    let curves = [curve.clone(), curve.clone(), curve];
    let [x, y, z] = curves;
    let tags = [
        (b"rXYZ", r),
        (b"gXYZ", g),
        (b"bXYZ", b),
        (b"rTRC", x),
        (b"gTRC", y),
        (b"bTRC", z),
    ];
    profile(b"RGB ", &tags)
}

const SRGB_COLUMNS: [[f64; 3]; 3] = [
    [0.4360747, 0.2225045, 0.0139322],
    [0.3850649, 0.7168786, 0.0971045],
    [0.1430804, 0.0606169, 0.7141733],
];
const DISPLAY_P3: [[f64; 3]; 3] = [
    [0.51512, 0.2412, -0.00105],
    [0.29198, 0.69225, 0.04189],
    [0.1571, 0.06657, 0.78407],
];
const ADOBE: [[f64; 3]; 3] = [
    [0.60974, 0.31111, 0.01947],
    [0.20528, 0.62567, 0.06087],
    [0.14919, 0.06322, 0.74457],
];

/// A profile, and colours with what they are in sRGB.
type Case = (Vec<u8>, &'static [([u8; 3], [u8; 3])]);

/// Profiles, and what lcms 2 makes of some colours.
fn cases() -> Vec<Case> {
    vec![
        (
            rgb(DISPLAY_P3, srgb_curve()),
            &[
                ([255, 0, 0], [255, 0, 0]),
                ([0, 255, 0], [0, 255, 0]),
                ([0, 0, 255], [0, 0, 255]),
                ([200, 50, 50], [218, 24, 40]),
                ([50, 120, 200], [0, 122, 206]),
                ([128, 128, 128], [128, 128, 128]),
                ([12, 34, 56], [3, 35, 58]),
                ([240, 230, 140], [242, 230, 126]),
                ([5, 5, 5], [5, 5, 5]),
            ],
        ),
        (
            rgb(ADOBE, gamma(2.19921875)),
            &[
                ([255, 0, 0], [255, 0, 0]),
                ([0, 255, 0], [0, 255, 0]),
                ([0, 0, 255], [0, 0, 255]),
                ([200, 50, 50], [232, 46, 46]),
                ([50, 120, 200], [0, 121, 204]),
                ([128, 128, 128], [129, 129, 129]),
                ([12, 34, 56], [0, 28, 54]),
                ([240, 230, 140], [244, 231, 136]),
                ([5, 5, 5], [1, 1, 1]),
            ],
        ),
        (
            rgb(SRGB_COLUMNS, gamma(1.0)),
            &[
                ([255, 0, 0], [255, 0, 0]),
                ([0, 255, 0], [0, 255, 0]),
                ([0, 0, 255], [0, 0, 255]),
                ([200, 50, 50], [229, 122, 122]),
                ([50, 120, 200], [122, 182, 229]),
                ([128, 128, 128], [188, 188, 188]),
                ([12, 34, 56], [61, 102, 129]),
                ([240, 230, 140], [248, 244, 196]),
                ([5, 5, 5], [38, 38, 38]),
            ],
        ),
    ]
}

/// Numbers of lcms 2 (relative colorimetric) for the same profiles: at most one step away.
#[test]
fn profiles_become_what_a_colour_engine_makes_of_them() {
    let cases: &[Case] = &cases();
    for (profile, pixels) in cases {
        let colour = Colour::of_profile(profile);
        assert!(matches!(colour, Colour::Mapped(_)));
        for (from, to) in *pixels {
            let found = colour.apply(*from);
            let near = found.iter().zip(to).all(|(a, b)| a.abs_diff(*b) <= 1);
            assert!(near, "{from:?} became {found:?}, not {to:?}");
        }
    }
}

#[test]
fn srgb_by_any_name_changes_nothing() {
    for profile in [
        rgb(SRGB_COLUMNS, srgb_curve()),
        profile(b"GRAY", &[(b"kTRC", srgb_curve())]),
    ] {
        assert!(matches!(Colour::of_profile(&profile), Colour::Srgb));
    }
    assert!(matches!(Colour::of_code_points(1, 13), Colour::Srgb));
    // What editors wrote for sRGB into every PNG.
    let primaries = [[0.3127, 0.329], [0.64, 0.33], [0.3, 0.6], [0.15, 0.06]];
    let near = Colour::of_png(0.45455, Some(primaries)).apply([128, 64, 200]);
    assert!(
        (0..3).all(|c| near[c].abs_diff([128, 64, 200][c]) <= 9),
        "{near:?}"
    );
}

/// A picture that is red to the network and blue to a person.
#[test]
fn swapped_channels_are_swapped_back() {
    let [r, g, b] = SRGB_COLUMNS;
    let colour = Colour::of_profile(&rgb([b, g, r], srgb_curve()));
    assert_eq!(colour.apply([255, 0, 0]), [0, 0, 255]);
    assert_eq!(colour.apply([10, 200, 90]), [90, 200, 10]);
}

#[test]
fn gamma_of_a_png_and_code_points_are_applied() {
    // Linear light: half of it is 188 of 255.
    assert_eq!(Colour::of_png(1.0, None).apply([128; 3]), [188; 3]);
    assert_eq!(Colour::of_code_points(1, 8).apply([128; 3]), [188; 3]);
    let wide = Colour::of_code_points(12, 13).apply([200, 50, 50]);
    assert!(wide[0] > 210 && wide[1] < 40, "{wide:?}");
    assert!(Colour::of_code_points(9, 16).unconverted().is_some());
}

#[test]
fn what_is_not_converted_is_said() {
    let mut tables = rgb(DISPLAY_P3, srgb_curve());
    let at = tables.windows(4).position(|w| w == b"bTRC").unwrap();
    tables[at..at + 4].copy_from_slice(b"A2B0");
    for (bytes, why) in [
        (tables, "tables"),
        (profile(b"CMYK", &[]), "inks"),
        (profile(b"Lab ", &[]), "Lab"),
        (profile(b"RGB ", &[]), "without"),
        (b"nonsense".to_vec(), "damaged"),
    ] {
        let told = Colour::of_profile(&bytes).unconverted().unwrap_or_default();
        assert!(told.contains(why), "{told:?} does not say {why}");
    }
    // A profile of grey says nothing of colours.
    let grey = Colour::of_profile(&profile(b"GRAY", &[(b"kTRC", gamma(1.0))]));
    assert_eq!(grey.apply([128; 3]), [188; 3]);
    assert!(grey.fitting(false).unconverted().is_some());
}

/// Hostile numbers become some colour, and no byte makes it panic.
#[test]
fn damaged_profiles_never_panic() {
    let whole = rgb(ADOBE, gamma(2.2));
    for end in 0..whole.len() {
        Colour::of_profile(&whole[..end]);
    }
    for at in 0..whole.len() {
        let mut bytes = whole.clone();
        bytes[at] ^= 0xff;
        Colour::of_profile(&bytes).apply([1, 128, 255]);
    }
}
